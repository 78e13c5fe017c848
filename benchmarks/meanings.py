"""Where intents are lost: a LinearSVC a locale on `dev`, its errors beside rare words, all locales' votes on a meaning.

    python -m benchmarks.meanings --data massive-1.1-train-dev.tar.xz

Utterances that share an id say the same in several languages, so that the classifiers of all locales can vote on it.
What even the vote gets wrong is near the ceiling of what these labels teach; the rest is what one wording fails to say.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.archive import unpacked
from benchmarks.systems.linear_svc import untrained
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import load
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring.table import plain_table
from kiloglot.text import segment
from kiloglot.values import Dataset, Utterance

__all__ = ["Locale", "Meanings", "main", "measured", "text"]

_RARE = 3  # a word that fewer utterances of `train` hold is rare
_SHARPNESS = 7.0  # turns an SVC's margins into probabilities; the best on `train` of en-US, out of fold


@dataclass(frozen=True, slots=True)
class Locale:
    """A LinearSVC of one locale on `dev`."""

    locale: str
    """The locale's tag."""
    right: NDArray[np.bool_]
    """[N] whether the intent of each utterance is right."""
    rare: NDArray[np.bool_]
    """[N] whether the utterance holds a word that is rare in `train`."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """What came of it."""

    locales: tuple[Locale, ...]
    """Each locale by itself."""
    meanings: int
    """Ids of `dev`."""
    voted: float
    """Share of the meanings, in [0, 1], on which the mean of all locales' log-probabilities is right."""


def measured(data: Dataset, progress: Progress = SILENT) -> Meanings:
    """Trains a classifier for every locale of `data` on `train` and asks it about `dev`."""
    place = {name: at for at, name in enumerate(data.ontology.intents)}
    votes: dict[str, NDArray[np.float64]] = {}
    gold: dict[str, int] = {}
    found = []
    with progress.task("Training", len(data.locales), "locales") as task:
        for locale in data.locales:
            train, dev = (tuple(u for u in data.only(part) if u.locale == locale) for part in ("train", "dev"))
            scores = _scores(train, dev, place)
            right = scores.argmax(1) == [place[u.intent] for u in dev]
            found.append(Locale(locale, right, _rare(train, dev)))
            for utterance, row in zip(dev, scores, strict=True):
                votes[utterance.id] = votes.get(utterance.id, 0.0) + row
                gold[utterance.id] = place[utterance.intent]
            task.advance()
    voted = float(np.mean([votes[each].argmax() == gold[each] for each in gold]))
    return Meanings(tuple(found), len(gold), voted)


def _scores(train: Sequence[Utterance], dev: Sequence[Utterance], place: dict[str, int]) -> NDArray[np.float64]:
    """[dev, intents] log-probabilities."""
    classifier = untrained()
    classifier.fit([u.text for u in train], [place[u.intent] for u in train])
    margins = np.full((len(dev), len(place)), -2.0)  # of intents that the locale's `train` lacks
    margins[:, classifier.classes_] = classifier.decision_function([u.text for u in dev])
    margins *= _SHARPNESS
    shifted: NDArray[np.float64] = margins - np.logaddexp.reduce(margins, axis=1, keepdims=True)
    return shifted


def _rare(train: Sequence[Utterance], dev: Sequence[Utterance]) -> NDArray[np.bool_]:
    known = Counter(form for u in train for form in {unit.form for unit in segment(u.text)})
    return np.array([any(known[unit.form] < _RARE for unit in segment(u.text)) for u in dev])


def text(found: Meanings) -> str:
    """The figures for a terminal, in per cent."""
    rows = [_row(each.locale, each.right, each.rare) for each in found.locales]
    right, rare = (np.concatenate([getattr(each, name) for each in found.locales]) for name in ("right", "rare"))
    rows.append(_row("all", right, rare))
    return "\n".join(
        [
            plain_table(("LinearSVC on dev", "intent", "hold a rare word", "wrong of those", "wrong of others"), rows),
            "",
            f"all {len(found.locales)} locales together: "
            f"{100 * found.voted:.1f} % of {found.meanings:,} meanings right",
        ]
    )


def _row(name: str, right: NDArray[np.bool_], rare: NDArray[np.bool_]) -> list[str]:
    def share(part: NDArray[np.bool_]) -> str:
        return f"{100 * part.mean():.1f}" if len(part) else ""

    return [name, share(right), share(rare), share(~right[rare]), share(~right[~rare])]


def main() -> int:
    """Reads the flags, trains, prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.meanings", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1: its archive or its folder")
    parser.add_argument("--locales", nargs="*", help="only these locales; default: all")
    parser.add_argument("--work", type=Path, default=Path("work"), help="folder that an archive is unpacked into")
    asked = parser.parse_args()
    data = load(unpacked(asked.data, asked.work), partitions=("train", "dev"), locales=asked.locales)
    sys.stdout.write(f"{text(measured(data, reporter(quiet=False)))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
