"""The home's commands as nobody taught them, beside hassil: `make home-bench`.

    python -m benchmarks.home --model home --massive massive-1.1-train-dev.tar.xz --tatoeba tatoeba

A tenth of Home Assistant's sentence templates is kept from both sides, whole. What they say is asked as it stands and
disturbed; MASSIVE's other commands and Tatoeba's sentences, which no home can do, are asked for false accepts. hassil
is given every name that is said, and sentences without what they require of a name's domain, which favours it.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.archive import unpacked
from benchmarks.home_costs import Cost, costs
from benchmarks.home_said import DISTURBANCES, INFLECTED, TWO, Said, as_said, inflected, together
from benchmarks.home_short import SHORT, short_commands
from benchmarks.home_systems import SYSTEMS, Recognise, systems
from benchmarks.machine import Machine, this_machine
from benchmarks.spoken_names import home
from kiloglot import NLU
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import Content, Household, Notes, load, sha256_of
from kiloglot.data.home import home_locale, home_templates, home_utterances, templates_path
from kiloglot.data.home_massive import of_the_home
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import model_folder
from kiloglot.scoring.table import plain_table
from kiloglot.stages.record import UNFINISHED, resumable_folder
from kiloglot.values import OUTSIDE, Utterance

__all__ = ["Count", "counted", "main", "measured", "text", "written_outside"]

_KINDS = (*DISTURBANCES, INFLECTED, SHORT, TWO)
_NAMED = {"area": "house_place", "name": "device_type"}  # slots of the home -> those of MASSIVE
_OUTSIDE = ("MASSIVE, other commands", "Tatoeba")
_FILES = ("home.json", "home.png")
_COMMANDS = Path(__file__).with_name("home_english.txt")
_FOR = re.compile(r"/for=[a-z_]+")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)?")
_NUMERIC = {
    "brightness", "position", "percentage", "temperature", "volume_level", "volume_step", "hours", "minutes", "seconds",
    "start_hours", "start_minutes", "start_seconds",
}  # fmt: skip
# Tatoeba's files -> languages of the home.
_LANGUAGES = {
    "afr": "af", "ara": "ar", "bul": "bg", "ben": "bn", "cat": "ca", "ces": "cs", "cym": "cy", "dan": "da",
    "deu": "de", "ell": "el", "spa": "es", "est": "et", "eus": "eu", "fin": "fi", "fra": "fr", "gle": "ga",
    "glg": "gl", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ind": "id", "isl": "is",
    "ita": "it", "jpn": "ja", "kat": "ka", "kor": "ko", "cor": "kw", "ltz": "lb", "lit": "lt", "lvs": "lv",
    "mal": "ml", "mon": "mn", "nob": "nb", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru",
    "slk": "sk", "slv": "sl", "srp": "sr", "swe": "sv", "swh": "sw", "tam": "ta", "tel": "te", "tha": "th",
    "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "cmn": "zh-CN", "yue": "zh-HK", "amh": "am", "aze": "az",
    "jav": "jv", "khm": "km", "sqi": "sq", "tgl": "tl",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """One system on one kind of sentence in one language."""

    system: str
    """Of `SYSTEMS`."""
    locale: str
    """The language's locale."""
    kind: str
    """How the sentences were said, or whose they are."""
    asked: int
    """Sentences."""
    accepted: int
    """Of them, those that the system would act on."""
    intents: int
    """Of them, those whose intent is right."""
    exact: int
    """Of them, those whose intent and slots all are right."""
    matched: tuple[float, ...]
    """Seconds of those that were accepted."""
    unmatched: tuple[float, ...]
    """Seconds of the others."""


def measured(
    model: str, massive: Path, tatoeba: Path | None, kept: Path, *, each: int = 25, locales: Sequence[str] = (),
    progress: Progress = SILENT,
) -> list[Count]:  # fmt: skip
    """Asks all systems, `each` sentences of a kind and language; what is in the folder `kept` is not asked again."""
    content = home_templates(templates_path(), Household(), locales, progress)
    tested = [u for u in home_utterances(content, 0, Notes()) if u.partition == "test"]
    said_otherwise = load(massive).utterances
    outside = [u for u in of_the_home((u for u in said_otherwise if u.partition == "dev"), 0) if u.intent == OUTSIDE]
    short = list(short_commands())
    foreign = {
        "MASSIVE, other commands": [(u.locale, u.text) for u in outside],
        "Tatoeba": list(written_outside(tatoeba)),
    }
    english = {u.id: u for u in said_otherwise if u.locale == "en-US"}
    nlu = NLU.load(model)
    counts: list[Count] = []
    gc.freeze()  # What the benchmark holds is not theirs to collect.
    with progress.task("ask", len(content.locales), "locale") as task:
        for locale in content.locales:
            file = kept / f"{locale}.json"
            if not file.exists():
                mine = [u for u in tested if u.locale == locale]
                others = {kind: [text for tag, text in pairs if tag == locale] for kind, pairs in foreign.items()}
                forms = _forms([u for u in said_otherwise if u.locale == locale], english, content, locale)
                said = [*_said(mine, forms, others, each, locale), *(found for tag, found in short if tag == locale)]
                found = [c for name, ask in systems(nlu, locale, content) for c in counted(name, locale, said, ask)]
                fresh = file.with_suffix(".part")
                fresh.write_text(json.dumps([asdict(count) for count in found]), encoding="utf-8")
                fresh.rename(file)
            counts += (Count(**count) for count in json.loads(file.read_text(encoding="utf-8")))
            task.advance(1, locale)
    return counts


def _forms(
    own: Sequence[Utterance], english: Mapping[str, Utterance], content: Content, locale: str
) -> dict[str, list[str]]:
    """Forms of names by slot, as MASSIVE inflects them, without those that are said in `train`."""
    trained = {value for each in content.lists if (each.locale, each.partition) == (locale, "train")
               for value in each.values}  # fmt: skip
    return {
        slot: sorted({a.said for a in home(own, english, [kind], 0)[1] if a.kind == "inflected"} - trained)
        for slot, kind in _NAMED.items()
    }


def _said(
    mine: Sequence[Utterance],
    forms: Mapping[str, Sequence[str]],
    others: Mapping[str, Sequence[str]],
    each: int,
    locale: str,
) -> list[Said]:
    """What a language's systems are asked."""
    rng = random.Random(locale)
    mine = rng.sample(mine, min(each, len(mine)))
    said = [found for kind in DISTURBANCES for u in mine if (found := as_said(kind, u, rng))]
    said += [found for u in mine if (found := together(u, rng.choice(mine), locale))]
    said += [found for u in mine if (found := inflected(u, forms, rng))]
    for kind, texts in others.items():
        said += [Said(kind, text, "", frozenset()) for text in rng.sample(texts, min(each, len(texts)))]
    return said


def counted(system: str, locale: str, said: Sequence[Said], recognise: Recognise) -> Iterator[Count]:
    """The counts of a system on `said`, kind by kind."""
    for kind in dict.fromkeys(each.kind for each in said):
        own = [each for each in said if each.kind == kind]
        answers = [recognise(each.text) for each in own]
        right = [_plain(a.intent) == _plain(s.intent) for a, s in zip(answers, own, strict=True)]
        exact = [_alike(a.slots) == _alike(s.slots) for a, s in zip(answers, own, strict=True)]
        yield Count(
            system, locale, kind, len(own),
            sum(bool(answer.intent) for answer in answers),
            sum(right),
            sum(one and other for one, other in zip(right, exact, strict=True)),
            tuple(answer.seconds for answer in answers if answer.intent),
            tuple(answer.seconds for answer in answers if not answer.intent),
        )  # fmt: skip


def _plain(intent: str) -> str:
    """Without what only says for which devices an intent is: hassil does not tell it."""
    return _FOR.sub("", intent)


def _alike(slots: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Slots as they compare: numbers without their units, words without capitals and punctuation at their ends."""
    found: set[tuple[str, str]] = set()
    for slot, words in slots:
        number = _NUMBERS.search(words) if slot in _NUMERIC else None
        found.add((slot, number.group() if number else words.casefold().strip(" .,?!;:'\"")))
    return frozenset(found)


def written_outside(folder: Path | None) -> Iterator[tuple[str, str]]:
    """(locale, sentence) of the languages that the home has, English with German and Spanish; none that a home can do.

    Its commands are known by their English side: `home_english.txt` has those that hassil or a reader takes for one.
    """
    commands = set(_COMMANDS.read_text(encoding="utf-8").splitlines())
    for file in sorted(folder.glob("*-eng.tsv")) if folder else ():
        locale = home_locale(_LANGUAGES.get(file.stem.partition("-")[0], ""))
        for line in file.read_text(encoding="utf-8").splitlines():
            own, _, english = line.partition("\t")
            if english.strip() in commands:
                continue
            yield locale, own
            if english and file.stem.startswith(("deu", "spa")):
                yield "en-US", english


def text(counts: Sequence[Count], spent: Sequence[Cost], machine: Machine) -> str:
    """The tables: what is understood, what is falsely accepted, how long it takes, what it needs."""
    asked = [system for system in SYSTEMS if any(count.system == system for count in counts)]
    languages = len({count.locale for count in counts if count.system == SYSTEMS[1]})
    busy = f"; other work was running ({machine.load:.1f} processes): take ratios" if machine.busy else ""
    right = [[kind, *(_right(counts, system, kind) for system in asked)] for kind in _KINDS]
    accepted = [[kind, *(_accepted(counts, system, kind) for system in asked)] for kind in _OUTSIDE]
    times = [[system, *_times(counts, system)] for system in asked]
    return "\n".join(
        [
            f"{languages} languages that both sides have, means over them, in per cent",
            "intent and all slots right (intent alone)",
            plain_table(("", *asked), right),
            "",
            "what no home can do, and was acted on",
            plain_table(("", *asked), accepted),
            "",
            f"milliseconds, one thread of {machine.processor}{busy}",
            plain_table(("", "matched p50", "p99", "not matched p50", "p99"), times),
            "",
            plain_table(("", "languages", "MB on disk", "MB in memory"), [cost.row for cost in spent]),
        ]
    )


def _shared(counts: Sequence[Count], system: str, kind: str) -> list[Count]:
    """Those of languages that hassil has too."""
    both = {count.locale for count in counts if count.system == SYSTEMS[1]}
    return [count for count in counts if count.system == system and count.kind == kind and count.locale in both]


def _share(counts: Sequence[Count], field: str) -> float:
    """The mean over languages of a count's share of what was asked, in [0, 1]."""
    return float(np.mean([getattr(count, field) / count.asked for count in counts])) if counts else float("nan")


def _right(counts: Sequence[Count], system: str, kind: str) -> str:
    own = _shared(counts, system, kind)
    return f"{100 * _share(own, 'exact'):.1f} ({100 * _share(own, 'intents'):.1f})" if own else ""


def _accepted(counts: Sequence[Count], system: str, kind: str) -> str:
    own = _shared(counts, system, kind)
    return f"{100 * _share(own, 'accepted'):.1f}" if own else ""


def _times(counts: Sequence[Count], system: str) -> list[str]:
    own = [count for count in counts if count.system == system]
    found: list[str] = []
    for field in ("matched", "unmatched"):
        seconds = [second for count in own for second in getattr(count, field)]
        found += [f"{1e3 * np.percentile(seconds, q):.2f}" if seconds else "" for q in (50, 99)]
    return found


def _by_language(counts: Sequence[Count]) -> str:
    """A row a language: exactly right, over all ways to say it."""
    locales = sorted({count.locale for count in counts})
    rows = []
    for locale in locales:
        cells = []
        for system in SYSTEMS:
            own = [c for c in counts if c.system == system and c.locale == locale and c.kind in _KINDS]
            asked = sum(c.asked for c in own)
            cells.append(f"{100 * sum(c.exact for c in own) / asked:.0f}" if asked else "")
        outside = [c for c in counts if c.system == SYSTEMS[0] and c.locale == locale and c.kind in _OUTSIDE]
        asked = sum(c.asked for c in outside)
        rows.append([locale, *cells, f"{100 * sum(c.accepted for c in outside) / asked:.0f}" if asked else ""])
    return plain_table(("", *SYSTEMS, "kiloglot: false accepts"), rows)


def _picture(counts: Sequence[Count]) -> bytes:
    """A PNG: what is understood, by the way it is said."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(_KINDS))
    for at, system in enumerate(SYSTEMS):
        shares = [100 * _share(_shared(counts, system, kind), "exact") for kind in _KINDS]
        axes.bar(places + 0.27 * (at - 1), shares, 0.26, label=system)
    axes.set_xticks(places, list(_KINDS), fontsize=7)
    axes.set_ylabel("intent and slots right, %")
    axes.set_title("The home's commands, from templates that were kept apart", fontsize=11)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def main() -> int:
    """Reads the flags, asks, prints."""
    parser = argparse.ArgumentParser(prog="make home-bench", description=__doc__)
    parser.add_argument("--model", default="home", help="a bundled model, or a model's folder")
    parser.add_argument("--massive", type=Path, required=True, help="MASSIVE: an archive or a folder")
    parser.add_argument("--tatoeba", type=Path, help="folder of Tatoeba's sentence pairs, as xxx-eng.tsv")
    parser.add_argument("--each", type=int, default=25, help="sentences of a kind and language")
    parser.add_argument("--locales", default="", help="only these, joined by commas")
    parser.add_argument("--out", type=Path, default=Path("work/home-bench"), help="folder for the figures")
    asked = parser.parse_args()
    massive = unpacked(asked.massive, asked.out.parent)
    chosen = [home_locale(tag) for tag in asked.locales.split(",") if tag]
    progress = reporter(quiet=False)
    machine = this_machine(("hassil", "home-assistant-intents", "kiloglot", "numpy", "onnxruntime"))
    same = {
        **vars(asked),
        "manifest": sha256_of(model_folder(asked.model) / "manifest.json"),
        "packages": machine.packages,
    }
    with resumable_folder(asked.out, same, ours=_FILES, overwrite=True, progress=progress) as part:
        counts = measured(
            asked.model, massive, asked.tatoeba, part / UNFINISHED, each=asked.each, locales=chosen, progress=progress
        )  # fmt: skip
        spent = costs(asked.model)
        kept = {"machine": asdict(machine), "costs": [asdict(c) for c in spent], "counts": [asdict(c) for c in counts]}
        (part / _FILES[0]).write_text(json.dumps(kept), encoding="utf-8")
        (part / _FILES[1]).write_bytes(_picture(counts))
    sys.stdout.write(f"{text(counts, spent, machine)}\n\n{_by_language(counts)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
