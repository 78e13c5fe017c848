"""What a system of one locale reaches in slots: a linear-chain CRF for each, taught all of `train`, scored on `dev`.

    python -m benchmarks.slot_floors --data massive-1.1-train-dev.tar.xz --out slot-floors.json

Two thirds of a minute a locale. A locale that `--out` has is not trained again, so that a killed run goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.archive import unpacked
from benchmarks.systems.svm_crf import features
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import load, whole_file
from kiloglot.scoring import locale_figures, score_rows
from kiloglot.text import Unit, segment
from kiloglot.values import Ontology, Prediction, Slot, Utterance

__all__ = ["main", "slot_f1", "slots", "tags"]

_OUTSIDE = ""
# The best of four settings tried on en-US, de-DE, ja-JP, tr-TR and sw-KE.
_C1, _C2, _ITERATIONS = 0.05, 0.1, 100


def slot_f1(train: Sequence[Utterance], dev: Sequence[Utterance], ontology: Ontology) -> float:
    """Official slot F1 on `dev`, utterances of one locale, of a CRF that is taught `train`; in [0, 1]."""
    from sklearn_crfsuite import CRF

    chain = CRF(algorithm="lbfgs", c1=_C1, c2=_C2, max_iterations=_ITERATIONS)
    texts = [segment(utterance.text) for utterance in train]
    chain.fit([_read(units) for units in texts], [tags(u, units) for u, units in zip(train, texts, strict=True)])
    texts = [segment(utterance.text) for utterance in dev]
    said = chain.predict([_read(units) for units in texts])
    predictions = [
        Prediction(each.id, each.locale, each.intent, tuple(slots(units, found)))
        for each, units, found in zip(dev, texts, said, strict=True)
    ]
    (figures,) = locale_figures(score_rows(dev, predictions, ontology))
    return figures.slot_micro_f1


def _read(units: Sequence[Unit]) -> list[list[str]]:
    return features([unit.form for unit in units])


def tags(utterance: Utterance, units: Sequence[Unit]) -> list[str]:
    """The slot type of each unit. Neighbours of one type are one slot, as the official metric has it: with half as many
    tags the chain learns in a quarter of the time.
    """
    types = []
    for unit in units:
        within = (each.type for each in utterance.slots if each.start < unit.end and unit.start < each.end)
        types.append(next(within, _OUTSIDE))
    return types


def slots(units: Sequence[Unit], types: Sequence[str]) -> Iterator[Slot]:
    """Runs of units of one type."""
    for type_, run in groupby(zip(units, types, strict=True), key=lambda pair: pair[1]):
        inside = [unit for unit, _ in run]
        if type_ != _OUTSIDE:
            yield Slot(type_, inside[0].start, inside[-1].end)


def main() -> int:
    """Reads the flags, trains, prints the table of `floors.toml`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slot_floors", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1: its archive or its folder")
    parser.add_argument("--locales", nargs="*", help="only these locales; default: all")
    parser.add_argument("--out", type=Path, default=Path("work/slot-floors.json"), help="file that is gone on with")
    asked = parser.parse_args()
    data = load(unpacked(asked.data, asked.out.parent), partitions=("train", "dev"), locales=asked.locales)
    progress = reporter(quiet=False)
    done: dict[str, float] = json.loads(asked.out.read_text(encoding="utf-8")) if asked.out.exists() else {}
    with progress.task("Training", len(data.locales), "locales") as task:
        for locale in data.locales:
            if locale not in done:
                train, dev = (tuple(u for u in data.only(part) if u.locale == locale) for part in ("train", "dev"))
                done[locale] = slot_f1(train, dev, data.ontology)
                with whole_file(asked.out) as file:
                    file.write(json.dumps(done, indent=1) + "\n")
            task.advance()
    sys.stdout.write("[slots]\n")
    sys.stdout.writelines(f"{locale} = {100 * done[locale]:.1f}\n" for locale in data.locales)
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
