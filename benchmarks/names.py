"""How often the name that is meant is found, and how often a wrong one: `make names` (DATA=ARCHIVE|FOLDER).

Half of the locales fit the weights of `kiloglot.assistant.weights` (--fit writes them), the other half measures them,
beside an exact comparison and rapidfuzz's WRatio.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from benchmarks.archive import unpacked
from benchmarks.spoken_names import HOME, KINDS, NAMED, Asked, Kind, cities, home
from kiloglot import assistant
from kiloglot.assistant.likeness import features
from kiloglot.assistant.names import Names
from kiloglot.assistant.spoken import spoken
from kiloglot.data import load
from kiloglot.scoring.table import plain_table

__all__ = ["Found", "fitted", "main", "measured"]

Floats = NDArray[np.float64]

SYSTEMS = ("exact", "WRatio 80", "WRatio 90", "kiloglot")
_SIZE = 10_000  # names of the household that look-ups are timed with


@dataclass(frozen=True, slots=True)
class Household:
    """Names, and what is said of them."""

    names: list[str]
    """The names."""
    asked: list[Asked]
    """What is said."""


@dataclass(frozen=True, slots=True)
class Found:
    """How a system did on one kind of spoken names."""

    system: str
    """The system."""
    kind: Kind
    """What had become of the names."""
    right: float
    """Share that was found."""
    wrong: float
    """Share for which another name was given."""
    unsure: float
    """Share for which it was asked which of several is meant."""
    asked: int
    """How many there were."""


def households(data: Path, types: Sequence[str], half: int) -> Iterator[Household]:
    """One a locale of every second locale, then the world's cities in every second one's script."""
    everything = load(data)
    english = {u.id: u for u in everything.utterances if u.locale == "en-US"}
    for number, locale in enumerate(everything.locales):
        if number % 2 == half:
            yield Household(*home([u for u in everything.utterances if u.locale == locale], english, types, number))
            cities_ = Household(*cities(locale))
            if len(cities_.asked) > 100:
                yield cities_


def fitted(found: Sequence[Household]) -> Floats:
    """The weights: a ridge-regularised logistic regression by Newton's method, on the candidates of each look-up."""
    pairs, same = [], []
    for each in found:
        names = Names([[name] for name in each.names])
        for asked in each.asked:
            form = spoken(asked.said)
            candidates = names.candidates(form)
            if candidates:
                pairs.append(features(form, [form for _, form in candidates]))
                same += [asked.meant is not None and each.names[owner] == asked.meant for owner, _ in candidates]
    x = np.concatenate(pairs)
    x, y = np.column_stack([np.ones(len(x)), x]), np.array(same, float)
    upper = np.triu_indices(x.shape[1])
    x = x[:, upper[0]] * x[:, upper[1]]
    weights = np.zeros(x.shape[1])
    for _ in range(25):
        likely = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (likely - y) + 0.1 * weights
        weights -= np.linalg.solve((x.T * (likely * (1 - likely))) @ x + 0.1 * np.eye(len(weights)), slope)
    return weights


def measured(found: Sequence[Household]) -> list[Found]:
    """How every system does."""
    outcomes: dict[tuple[str, Kind], list[tuple[bool, bool, bool]]] = defaultdict(list)
    for each in found:
        names, plain = Names([[name] for name in each.names]), [name.casefold() for name in each.names]
        for asked in each.asked:
            given: dict[str, list[str]] = {"exact": [], "kiloglot": _ours(names, each.names, asked.said)}
            closest = process.extractOne(asked.said.casefold(), plain, scorer=fuzz.WRatio)
            for least in (80, 90):
                given[f"WRatio {least}"] = [each.names[closest[2]]] if closest[1] >= least else []
            for system, likely in given.items():
                right = likely == [asked.meant]
                outcomes[system, asked.kind].append((right, len(likely) == 1 and not right, len(likely) > 1))
    return [
        Found(system, kind, *_shares(own), len(own))
        for kind in KINDS
        for system in SYSTEMS
        if (own := outcomes[system, kind])
    ]


def _shares(outcomes: Sequence[tuple[bool, bool, bool]]) -> tuple[float, float, float]:
    right, wrong, unsure = np.mean(outcomes, axis=0).tolist()
    return right, wrong, unsure


def _ours(names: Names, exact: Sequence[str], said: str) -> list[str]:
    return [exact[number] for number in names.meant(said)]


def timed(found: Sequence[Household]) -> dict[str, float]:
    """Milliseconds of a look-up among 10,000 names, at p50 and p99, and of making the index."""
    called = list(dict.fromkeys(name for each in found for name in each.names))
    many = [f"{called[place % len(called)]} {place // len(called) or ''}".strip() for place in range(_SIZE)]
    begun = time.perf_counter()
    names = Names([[name] for name in many])
    made = time.perf_counter() - begun
    took = []
    for asked in [asked for each in found for asked in each.asked][::7]:
        begun = time.perf_counter()
        names.find(asked.said)
        took.append(1000 * (time.perf_counter() - begun))
    p50, p99 = np.quantile(took, [0.5, 0.99]).round(3).tolist()
    return {"p50": p50, "p99": p99, "index": round(1000 * made, 1)}


def _weights_file(weights: Floats) -> str:
    rows = [weights[at : at + 10] for at in range(0, len(weights), 10)]
    numbers = ",\n".join("    " + ", ".join(f"{weight:.2f}" for weight in row) for row in rows)
    said = "Weights of `likeness`, fitted by `python -m benchmarks.names --fit`: the upper triangle of its matrix."
    return f'"""{said}"""\n\n__all__ = ["WEIGHTS"]\n\nWEIGHTS = (\n{numbers},\n)\n'


def _table(rows: Sequence[Found]) -> str:
    shares = [[f"{100 * share:.1f}" for share in (row.right, row.wrong, row.unsure)] for row in rows]
    cells = [(row.kind, f"{row.asked:,}", row.system, *own) for row, own in zip(rows, shares, strict=True)]
    return plain_table(("kind", "said", "system", "found", "wrong", "asked which"), cells)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description="How well spoken names are found.")
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1, an archive or a folder")
    parser.add_argument("--fit", action="store_true", help="fit the weights, and write them into the package")
    parser.add_argument("--out", type=Path, default=Path("work/names"))
    asked = parser.parse_args()
    data = unpacked(asked.data, asked.out)
    if asked.fit:
        weights = fitted([*households(data, NAMED, 0)])
        Path(assistant.__file__).with_name("weights.py").write_text(_weights_file(weights), encoding="utf-8")
        return
    tests = {"a home": [*households(data, HOME, 1)], "all names": [*households(data, NAMED, 1)]}
    rows = {name: measured(found) for name, found in tests.items()}
    for name, found in tests.items():
        print(f"\n{name}: {np.median([len(each.names) for each in found]):.0f} names in the median household")
        print(_table(rows[name]))
    times = timed(tests["all names"])
    print(f"\nof 10,000 names, in ms: {times}")
    asked.out.mkdir(parents=True, exist_ok=True)
    figures = {name: [asdict(row) for row in found] for name, found in rows.items()}
    (asked.out / "names.json").write_text(json.dumps({**figures, "ms": times}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
