"""Where the time of one parse goes, in microseconds on one core: `python -m benchmarks.parse_time --model MODEL`.

Each part is measured many times, in turn with the others, and the least time counts: what is slower was disturbed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

import numpy as np

from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.runtime.decode import probabilities, slots
from kiloglot.runtime.reading import inputs, read
from kiloglot.runtime.session import Session
from kiloglot.text import ngrams

__all__ = ["main", "parse_time"]

TEXT = "wake me up at seven thirty tomorrow morning with some jazz please"
_T = TypeVar("_T")


class _Stopwatch:
    """The least time of each part, in seconds."""

    def __init__(self) -> None:
        self.least: dict[str, float] = {}

    def time(self, part: str, work: Callable[[], _T]) -> _T:
        """Does `work` and returns what it returns."""
        began = perf_counter()
        done = work()
        self.least[part] = min(self.least.get(part, np.inf), perf_counter() - began)
        return done


def parse_time(nlu: NLU, text: str = TEXT, repeats: int = 3000) -> dict[str, float]:
    """Microseconds of each part of `nlu.parse(text)`, and of the whole under `parse`."""
    watch = _Stopwatch()
    artifact, session = nlu.artifact, Session(nlu.artifact.network)
    types, transitions = nlu.manifest.ontology.slot_types, np.array(artifact.transitions)
    nowhere = np.zeros(1, np.int64)
    for _ in range(repeats):
        found = watch.time("segment", lambda: read(text))
        units = [found.units]
        hashed = watch.time("hash", lambda: ngrams(units))  # noqa: B023 - called at once
        watch.time("gather", lambda: artifact.units.means(hashed.unit, hashed.unit_size))  # noqa: B023
