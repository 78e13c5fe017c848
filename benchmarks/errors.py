"""Why utterances are understood wrongly, by cause, as people read them.

`python -m benchmarks.errors --data MASSIVE --predicted work/massive-dev/told.jsonl --out work/errors.tsv` draws
utterances of `dev` whose intent or slots are wrong, beside their English parallel, for somebody to write a cause into
the last column; those that another model's table has already, wrong in the same way, keep their cause (`--known FILE`).
`--read FILE` counts what was written.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

from benchmarks.archive import unpacked
from kiloglot.cli.faults import ending
from kiloglot.data import load, read_predictions
from kiloglot.errors import ConfigError, DataError
from kiloglot.scoring import Conversion
from kiloglot.scoring.official import gold_tags, tags, tokens
from kiloglot.text import annotate, segment
from kiloglot.values import Prediction, Utterance

__all__ = ["CAUSES", "LOCALES", "Mistake", "counted", "drawn", "main", "read_mistakes", "recalled"]

CAUSES = {
    "noise": "the label is wrong, or another one is as right",
    "intent": "confused with an intent that is close",
    "boundary": "the slot is found, and begins or ends elsewhere",
    "type": "the span is found, and is taken for another slot",
    "missed": "a slot is not found",
    "extra": "a slot is found where there is none",
    "strange": "it hangs on a word that `train` of the locale does not have",
}
LOCALES = ("de-DE", "en-US", "es-ES", "fr-FR", "it-IT", "ja-JP", "nl-NL", "pt-PT", "ru-RU", "sv-SE", "tr-TR", "zh-CN")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One utterance that was understood wrongly."""

    locale: str
    """Its locale."""
    id: str
    """Its id."""
    english: str
    """The same in en-US."""
    gold_intent: str
    """As it is labelled."""
    gold: str
    """The utterance with its slots in brackets."""
    said_intent: str
    """As it was understood; `=` where that is right."""
    said: str
    """The same with the slots that were found; `=` where they are right."""
    strange: str
    """Its words that `train` of the locale does not have."""
    cause: str = ""
    """One of `CAUSES`, once somebody has read it."""


def drawn(
    utterances: Iterable[Utterance], predictions: Iterable[Prediction], locales: Sequence[str], each: int, seed: int = 0
) -> list[Mistake]:
    """`each` mistakes of every one of `locales`, or all where there are fewer; utterances are of `train` and `dev`.

    Utterances have one random order, whatever is predicted: what another model gets wrong as well is drawn again.
    """
    said = {(p.locale, p.id): p for p in predictions}
    known: dict[str, set[str]] = {locale: set() for locale in locales}
    english: dict[str, str] = {}
    wrong: dict[str, list[Utterance]] = {locale: [] for locale in locales}
    for u in utterances:
        if u.locale == "en-US":
            english[u.id] = u.text
        if u.partition == "train" and u.locale in known:
            known[u.locale].update(unit.form for unit in segment(u.text))
        elif u.locale in wrong and (own := said.get((u.locale, u.id))) and not _right(u, own):
            wrong[u.locale].append(u)
    chosen = [u for locale in locales for u in sorted(wrong[locale], key=lambda u: _drawing(seed, u))[:each]]
    return [_mistake(u, said[u.locale, u.id], english.get(u.id, ""), known[u.locale]) for u in chosen]


def _drawing(seed: int, utterance: Utterance) -> bytes:
    """Utterances in this order are in random order."""
    return hashlib.sha256(f"{seed} {utterance.locale} {utterance.id}".encode()).digest()


def _right(utterance: Utterance, said: Prediction) -> bool:
    return said.intent == utterance.intent and _same_slots(utterance, said)


def _same_slots(utterance: Utterance, said: Prediction) -> bool:
    """By the official metric without its fault: on tokens, so that a full stop more or less is none."""
    offsets = tokens(utterance.text, utterance.slots, utterance.locale)
    return tags(offsets, said.slots) == gold_tags(utterance, offsets, Conversion.CORRECTED)


def _mistake(u: Utterance, said: Prediction, english: str, known: set[str]) -> Mistake:
    strange = " ".join(unit.form for unit in segment(u.text) if unit.form not in known)
    intent = "=" if said.intent == u.intent else said.intent
    slots = "=" if _same_slots(u, said) else annotate(u.text, said.slots)
    return Mistake(u.locale, u.id, english, u.intent, annotate(u.text, u.slots), intent, slots, strange)


def write_mistakes(path: Path, mistakes: Sequence[Mistake]) -> None:
    """As a table of tab-separated values with a line of names."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow([field.name for field in fields(Mistake)])
        rows.writerows(map(astuple, mistakes))


def read_mistakes(path: Path) -> list[Mistake]:
    """What somebody has read. Raises DataError where a cause is none."""
    with path.open(encoding="utf-8", newline="") as stream:
        mistakes = [Mistake(**row) for row in csv.DictReader(stream, delimiter="\t")]
    for line, mistake in enumerate(mistakes, start=2):
        if mistake.cause not in CAUSES:
            remedy = f"Write one of {', '.join(CAUSES)} into the last column"
            raise DataError(f"{mistake.cause!r} is no cause", path=path, line=line, remedy=remedy)
    return mistakes


def recalled(mistakes: Iterable[Mistake], known: Iterable[Mistake]) -> list[Mistake]:
    """`mistakes` with the causes of those among `known` that are alike."""
    causes = {replace(mistake, cause=""): mistake.cause for mistake in known}
    return [replace(mistake, cause=causes.get(mistake, "")) for mistake in mistakes]


def counted(mistakes: Sequence[Mistake], exact: Mapping[str, float]) -> str:
    """The mistakes by cause and locale, and where exact match would be if noise were right; `exact` is that of each
    locale, in [0, 1].
    """
    locales = list(dict.fromkeys(mistake.locale for mistake in mistakes))
    count = Counter((mistake.cause, mistake.locale) for mistake in mistakes)
    lines = [" ".join([f"{'cause':10}", *(f"{locale:>6}" for locale in locales), "   all      %"])]
    for cause, meaning in CAUSES.items():
        own = [count[cause, locale] for locale in locales]
        share = 100 * sum(own) / len(mistakes)
        lines.append(" ".join([f"{cause:10}", *(f"{n:6}" for n in own), f"{sum(own):6} {share:6.1f}  {meaning}"]))
    noise = {locale: count["noise", locale] / sum(count[c, locale] for c in CAUSES) for locale in locales}
    reached = sum(exact[locale] for locale in locales) / len(locales)
    ceiling = sum(exact[locale] + (1 - exact[locale]) * noise[locale] for locale in locales) / len(locales)
    lines.append(f"exact match of these locales {100 * reached:.1f}, {100 * ceiling:.1f} if all noise were right")
    return "\n".join(lines)


def main() -> int:
    """Reads the flags, draws mistakes or counts what was read of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1: an archive or a folder")
    parser.add_argument("--predicted", type=Path, required=True, help="predictions on dev, of `make massive-dev`")
    parser.add_argument("--out", type=Path, help="where to write mistakes for somebody to read")
    parser.add_argument("--each", type=int, default=20, help="mistakes of each locale")
    parser.add_argument("--known", type=Path, help="with --out: a file of mistakes whose causes are taken over")
    parser.add_argument("--read", type=Path, help="a file of mistakes whose causes were written down")
    asked = parser.parse_args()
    if not (asked.out or asked.read):
        raise ConfigError("neither --out nor --read", remedy="Name a file to write mistakes to, or one that was read")
    locales = sorted({*LOCALES, "en-US"})
    data = load(unpacked(asked.data, Path("work/errors")), partitions=("train", "dev"), locales=locales).utterances
    predictions = read_predictions(asked.predicted)
    if asked.out:
        known = read_mistakes(asked.known) if asked.known else ()
        write_mistakes(asked.out, recalled(drawn(data, predictions, LOCALES, asked.each), known))
    if asked.read:
        mistakes = read_mistakes(asked.read)
        said = {(p.locale, p.id): p for p in predictions}
        dev = [u for u in data if u.partition == "dev"]
        right: dict[str, list[bool]] = {}
        for u in dev:
            right.setdefault(u.locale, []).append((u.locale, u.id) in said and _right(u, said[u.locale, u.id]))
        exact = {locale: sum(own) / len(own) for locale, own in right.items()}
        sys.stdout.write(counted(mistakes, exact) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
