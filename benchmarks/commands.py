"""How well several commands in one utterance are told apart: `make commands` (DATA=ARCHIVE|FOLDER).

Utterances of MASSIVE's `dev` are joined by the word for "and" of the second one's language, two of one locale or of
two. They should be cut there and nowhere else; utterances that hold such a word themselves should not be cut. The
others of `dev` fit the weights of `kiloglot.assistant.commands` (--fit prints them).
"""

from __future__ import annotations

import argparse
import json
import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.archive import unpacked
from kiloglot.assistant import answers
from kiloglot.assistant.commands import FEATURES, READINGS, features
from kiloglot.assistant.conjunctions import CONJUNCTIONS
from kiloglot.assistant.cuts import Cut, cuts
from kiloglot.assistant.readings import fitting
from kiloglot.data import load
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.scoring.table import plain_table
from kiloglot.values import OUTSIDE, Utterance

__all__ = ["Told", "asked", "fitted", "main", "measured"]

Floats = NDArray[np.float64]

_JOINED = 100  # utterances of each kind that are made of one locale's


@dataclass(frozen=True, slots=True)
class Asked:
    """An utterance of one command or two."""

    locale: str
    """Locale of the first command."""
    kind: str
    """`joined`: two of one locale; `two languages`; `single`: one that holds what may join two."""
    text: str
    """What is said."""
    cut: Cut | None
    """Where the second begins; None where there is none."""


@dataclass(frozen=True, slots=True)
class Told:
    """How it went with the utterances of one locale and kind."""

    locale: str
    """The locale; `all` for the mean of all."""
    kind: str
    """As in `Asked`."""
    asked: int
    """How many there were."""
    right: float
    """Share that was cut where it should be, or not at all where it should not."""
    clear: float
    """The same of those whose two halves the model accepts by themselves; of single ones the same as `right`."""


def asked(utterances: Sequence[Utterance], half: int, seed: int = 0) -> Iterator[Asked]:
    """Utterances of one half of `dev`, by their ids."""
    by_locale: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        joinable = utterance.intent != OUTSIDE and utterance.locale.partition("-")[0] in CONJUNCTIONS
        if utterance.partition == "dev" and joinable and _half(utterance.id) == half:
            by_locale[utterance.locale].append(utterance)
    chance = random.Random(seed)
    for locale, own in sorted(by_locale.items()):
        language = locale.partition("-")[0]
        other = chance.choice([each for each in sorted(by_locale) if each.partition("-")[0] != language])
        for kind, others in (("joined", locale), ("two languages", other)):
            for _ in range(_JOINED):
                first, second = chance.choice(own).text, chance.choice(by_locale[others]).text
                joint = CONJUNCTIONS[others.partition("-")[0]][0]
                yield Asked(locale, kind, first + joint + second, Cut(len(first), len(first + joint)))
        for utterance in own:
            if cuts(utterance.text, language):
                yield Asked(locale, "single", utterance.text, None)


def _half(id: str) -> int:
    """0 or 1: a translation is where its original is."""
    return (int(id) if id.isdigit() else zlib.crc32(id.encode())) % 2


def fitted(asked_of: Iterable[tuple[NLU, Sequence[Asked]]]) -> Floats:
    """(bias, weights of the FEATURES): a ridge-regularised logistic regression by Newton's method, over all cuts.

    Each kind of utterance of each model counts the same, however many there are.
    """
    found = [(at, *row) for at, (nlu, utterances) in enumerate(asked_of) for row in _rows(nlu, utterances)]
    sizes = Counter((at, kind) for at, kind, _, _ in found)
    x, y = np.array([row for _, _, row, _ in found]), np.array([right for *_, right in found], float)
    share = np.array([len(found) / len(sizes) / sizes[at, kind] for at, kind, _, _ in found])
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        likely = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (share * (likely - y)) + weights
        weights -= np.linalg.solve((x.T * (share * likely * (1 - likely))) @ x + np.eye(len(weights)), slope)
    return weights


def _rows(nlu: NLU, found: Sequence[Asked]) -> Iterator[tuple[str, tuple[float, ...], bool]]:
    """Of every cut, the kind of its utterance, what is measured, and whether it is right."""
    for each in found:
        whole = fitting(nlu.parse(each.text, top_k=READINGS))
        for cut in cuts(each.text, whole.locale.partition("-")[0]):
            parts = [each.text[: cut.end], each.text[cut.start :]]
            first, second = map(fitting, nlu.parse_batch(parts, top_k=READINGS))
            yield each.kind, (1.0, *features(whole, first, second, cut)), cut == each.cut


def measured(nlu: NLU, found: Sequence[Asked]) -> list[Told]:
    """How it goes, locale by locale, and in the mean of all."""
    outcomes: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
    for each in found:
        (answer,) = answers(nlu, [each.text])
        places = [command.start for command in answer.commands]
        right = places == ([0, each.cut.start] if each.cut else [0])
        halves = nlu.parse_batch([each.text[: each.cut.end], each.text[each.cut.start :]]) if each.cut else ()
        outcomes[each.locale, each.kind].append((right, all(not half.rejected for half in halves)))
    told = [_told(locale, kind, own) for (locale, kind), own in sorted(outcomes.items())]
    for kind in ("joined", "two languages", "single"):
        own = [each for each in told if each.kind == kind]
        means = [float(np.mean([value for value in values if value == value])) for values in _shares(own)]
        told.append(Told("all", kind, sum(each.asked for each in own), *means))
    return told


def _shares(told: Sequence[Told]) -> tuple[list[float], list[float]]:
    return [each.right for each in told], [each.clear for each in told]


def _told(locale: str, kind: str, outcomes: Sequence[tuple[bool, bool]]) -> Told:
    clear = [right for right, understood in outcomes if understood]
    every = [right for right, _ in outcomes]
    return Told(locale, kind, len(outcomes), float(np.mean(every)), float(np.mean(clear)) if clear else float("nan"))


def _table(told: Sequence[Told]) -> str:
    by_locale: dict[str, dict[str, Told]] = defaultdict(dict)
    for each in told:
        by_locale[each.locale][each.kind] = each
    rows = []
    for locale, kinds in by_locale.items():
        cells = [locale]
        for kind in ("joined", "two languages"):
            cells += [f"{100 * kinds[kind].right:.1f}", f"{100 * kinds[kind].clear:.1f}"]
        single = kinds.get("single")
        rows.append((*cells, f"{100 * single.right:.1f}" if single else "", f"{single.asked:,}" if single else ""))
    header = ("", "joined", "understood", "two languages", "understood", "single", "of")
    return plain_table(header, rows)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description="How well several commands in one utterance are told apart.")
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1, or what `prepare home-assistant` wrote")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a bundled model's name, or a folder")
    parser.add_argument("--fit", action="store_true", help="fit the weights on the other half of dev, and print them")
    parser.add_argument("--home", type=Path, help="fit on what `prepare home-assistant` wrote as well, with its model")
    parser.add_argument("--out", type=Path, default=Path("work/commands"))
    said = parser.parse_args()
    utterances, nlu = load(unpacked(said.data, said.out)).utterances, NLU.load(said.model)
    if said.fit:
        asked_of = [(nlu, [*asked(utterances, 0)])]
        if said.home:
            asked_of.append((NLU.load("home"), [*asked(load(said.home).utterances, 0)]))
        weights = fitted(asked_of)
        print(dict(zip(("bias", *FEATURES), weights.round(2).tolist(), strict=True)))
        return
    told = measured(nlu, [*asked(utterances, 1)])
    print(_table(told))
    said.out.mkdir(parents=True, exist_ok=True)
    (said.out / "commands.json").write_text(json.dumps([asdict(each) for each in told], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
