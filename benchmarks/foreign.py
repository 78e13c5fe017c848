"""What is no command: `python -m benchmarks.foreign --data MASSIVE --texts work/plain-text/held-out`.

Commands of `dev` against sentences that are none, in the locales that have both: AUROC, and the share of the sentences
that is accepted where 95 % of the commands are: by the model's doubt, by its largest probability, by the energy of its
logits (Liu et al. 2020), and by the distance of the embedding from `train`.

`--make OUT --common-voice FOLDER --tatoeba FOLDER --udhr FOLDER` makes the plain text, a file a language, that
`kiloglot doubt --texts OUT/talk --texts OUT/prose` learns from: Tatoeba, as people talk, and prose of the others. Every
tenth English sentence of Tatoeba goes with its translations to OUT/held-out instead.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.archive import unpacked
from kiloglot.cli.faults import ending
from kiloglot.data import load, text_lines
from kiloglot.errors import ConfigError
from kiloglot.runtime import DEFAULT_MODEL, NLU, probabilities
from kiloglot.scoring import accepted, auroc

__all__ = ["main", "plain_text"]

# ISO 639-3, as Tatoeba and UDHR name languages -> MASSIVE's locale.
LANGUAGES = {
    locale.split("=")[0]: locale.split("=")[1]
    for line in (
        "afr=af-ZA amh=am-ET ara=ar-SA aze=az-AZ ben=bn-BD cat=ca-ES cym=cy-GB dan=da-DK deu=de-DE ell=el-GR fin=fi-FI",
        "fra=fr-FR heb=he-IL hin=hi-IN hun=hu-HU hye=hy-AM ind=id-ID isl=is-IS ita=it-IT jpn=ja-JP jav=jv-ID kat=ka-GE",
        "khm=km-KH kor=ko-KR lvs=lv-LV mal=ml-IN mon=mn-MN nob=nb-NO nld=nl-NL pol=pl-PL por=pt-PT ron=ro-RO rus=ru-RU",
        "slv=sl-SL sqi=sq-AL spa=es-ES swe=sv-SE swh=sw-KE tam=ta-IN tel=te-IN tgl=tl-PH tha=th-TH tur=tr-TR urd=ur-PK",
        "vie=vi-VN cmn=zh-CN",
    )
    for locale in line.split()
}
_UDHR = ("amh", "azj_latn", "heb", "hye", "jav", "khm", "kan", "mly_latn", "mya", "als", "swh", "tel", "tha", "tgl")
_PIECE, _PIECE_CHARACTERS = 7, 25  # words, or characters where there are no spaces, of a piece of the declaration
_HELD_OUT = 10  # one English sentence of Tatoeba in so many
_PROSE = 5000  # sentences of Common Voice of a language
_EACH, _COMMANDS = 150, 8000

Floats = NDArray[np.float64]
_Item = TypeVar("_Item")


def plain_text(common_voice: Path, tatoeba: Path, udhr: Path, out: Path) -> None:
    """Writes the plain text and what is held out of it."""
    talk, prose, held_out = out / "talk", out / "prose", out / "held-out"
    for folder in (talk, prose, held_out):
        folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(common_voice.glob("*.txt")):
        _write(prose / f"{file.stem}.common-voice.txt", sorted(set(text_lines(file)), key=_digest)[:_PROSE])
    for locale, lines in _sentences(tatoeba).items():
        _write(talk / f"{locale}.tatoeba.txt", [line for line, held in lines.items() if held == {False}])
        _write(held_out / f"{locale}.txt", [line for line, held in lines.items() if held == {True}])
    for name in _UDHR:
        if (udhr / f"{name}.txt").is_file():
            pieces = [piece for line in text_lines(udhr / f"{name}.txt") for piece in _pieces(line)]
            _write(prose / f"{name}.udhr.txt", pieces)


def _sentences(tatoeba: Path) -> Mapping[str, Mapping[str, set[bool]]]:
    """Sentences of Tatoeba by locale, and whether they are held out: with all their translations, as their English
    sides are; both where those differ.
    """
    found: dict[str, dict[str, set[bool]]] = {}
    for file in sorted(tatoeba.glob("*-eng.tsv")):
        locale = LANGUAGES.get(file.stem.split("-")[0])
        for own, english in (line.split("\t")[:2] for line in text_lines(file) if "\t" in line):
            held = int.from_bytes(_digest(english), "big") % _HELD_OUT == 0
            for tag, line in (("en-US", english), (locale, own)):
                if tag:
                    found.setdefault(tag, {}).setdefault(line, set()).add(held)
    return found


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode(), digest_size=8).digest()


def _pieces(line: str) -> list[str]:
    words = line.split()
    if len(words) > 1:
        return [" ".join(words[at : at + _PIECE]) for at in range(0, len(words), _PIECE)]
    return [line[at : at + _PIECE_CHARACTERS] for at in range(0, len(line), _PIECE_CHARACTERS)]


def _write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _scored(nlu: NLU, texts: Sequence[str], train: NDArray[np.float32]) -> Mapping[str, Floats]:
    reads = [nlu.read(text) for text in texts]
    logits = np.zeros((len(reads), len(nlu.manifest.ontology.intents)), np.float64)
    foreign, near = np.zeros((len(reads), 1)), np.zeros(len(reads))
    for places, scores, _ in nlu.scores(reads):
        logits[places] = scores.intent
        near[places] = np.sort(scores.embedding @ train.T, axis=1)[:, -5:].mean(axis=1)
        if scores.foreign is not None:
            foreign[places] = scores.foreign
    likely = probabilities(logits.astype(np.float32), nlu.manifest.calibration.temperature)
    top = logits.max(axis=1)
    return {
        "doubt": -foreign[:, 0],
        "largest probability": likely.max(axis=1),
        "energy": np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top,
        "embedding": near,
    }


def main() -> int:
    """Reads the flags; makes plain text, or measures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a bundled model, or a model's folder")
    parser.add_argument("--data", type=Path, help="MASSIVE 1.1: an archive or a folder")
    parser.add_argument("--texts", type=Path, help="folder of LOCALE.txt, sentences that are no commands")
    parser.add_argument("--make", type=Path, help="folder to write plain text to")
    for name in ("common-voice", "tatoeba", "udhr"):
        parser.add_argument(f"--{name}", type=Path, help="its folder, for --make")
    asked = parser.parse_args()
    if asked.make:
        if not (asked.common_voice and asked.tatoeba and asked.udhr):
            raise ConfigError("a source is missing", remedy="Name --common-voice, --tatoeba and --udhr")
        plain_text(asked.common_voice, asked.tatoeba, asked.udhr, asked.make)
        return 0
    if not (asked.data and asked.texts):
        raise ConfigError("neither --make nor --data and --texts", remedy="Name one of them")
    rng = random.Random(0)
    files = sorted(asked.texts.glob("*.txt"))
    others = [(file.stem, line) for file in files for line in _some(rng, list(text_lines(file)), _EACH)]
    locales = {locale for locale, _ in others}
    data = load(unpacked(asked.data, Path("work/foreign")), partitions=("train", "dev")).utterances
    commands = [
        u.text for u in _some(rng, [u for u in data if u.partition == "dev" and u.locale in locales], _COMMANDS)
    ]
    nlu = NLU.load(asked.model)
    train = nlu.embed([u.text for u in _some(rng, [u for u in data if u.partition == "train"], _COMMANDS)])
    own, theirs = _scored(nlu, commands, train), _scored(nlu, [text for _, text in others], train)
    out = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    out.writerow(["score", "AUROC", "accepted", *("accepted: " + each for each in ("en-US", "de-DE", "worst"))])
    where = np.array([locale for locale, _ in others])
    for name, score in own.items():
        each = {locale: accepted(score, theirs[name][where == locale]) for locale in sorted(locales)}
        worst = max(each, key=lambda locale: each[locale])
        told = [f"{each.get(locale, 0):.1%}" for locale in ("en-US", "de-DE")] + [f"{worst} {each[worst]:.1%}"]
        out.writerow([name, f"{auroc(score, theirs[name]):.3f}", f"{accepted(score, theirs[name]):.1%}", *told])
    kept, left = (nlu.parse_batch(texts) for texts in (commands, [text for _, text in others]))
    own_share, share = (sum(parse.rejected is None for parse in parses) / len(parses) for parses in (kept, left))
    asis = f"{own_share:.1%} of {len(kept):,} commands and {share:.1%} of {len(left):,} others"
    sys.stdout.write(f"as it is, the model accepts {asis}\n")
    undoubted = theirs["doubt"] >= np.quantile(own["doubt"], 0.05)
    intents = Counter(parse.intent for parse, each in zip(left, undoubted, strict=True) if each)
    most = ", ".join(f"{intent} {count / len(left):.1%}" for intent, count in intents.most_common(5))
    sys.stdout.write(f"taken for, where doubt keeps 95 % of the commands: {most}\n")
    return 0


def _some(rng: random.Random, values: Sequence[_Item], most: int) -> list[_Item]:
    return rng.sample(values, min(most, len(values)))


if __name__ == "__main__":
    sys.exit(ending(main))
