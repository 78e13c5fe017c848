"""What our model costs by the batch, by the utterance and by its parts. Each function runs in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.corpus import pieces, utterances
from benchmarks.parse_time import parse_time
from benchmarks.timing import timed
from kiloglot.runtime import NLU

__all__ = ["BATCHES", "LENGTHS", "lengths", "parts", "throughput"]

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""Utterances of a batch."""
LENGTHS = (1, 2, 5, 12, 25, 50, 100, 200, 500, 1000)
"""Units of an utterance."""
_ROUNDS = 1000  # of which the least time of each part counts


def throughput(argument: dict[str, Any]) -> list[dict[str, float]]:
    """Utterances a second of `parse_batch` for each size of batch: real utterances of all locales as they come."""
    nlu, texts = NLU.load(argument["model"]), _texts(argument)
    found = []
    for size in BATCHES:
        batches = [texts[at : at + size] for at in range(0, len(texts) - size + 1, size)]
        latency = timed(nlu.parse_batch, batches, argument["seconds"])
        found.append({"batch": size, "milliseconds": latency.p50, "per_second": 1000 * size / latency.p50})
    return found


def lengths(argument: dict[str, Any]) -> list[dict[str, float]]:
    """Milliseconds of `parse` for each length of utterance: running text cut to size."""
    nlu, texts = NLU.load(argument["model"]), _texts(argument)
    found = []
    for units in LENGTHS:
        latency = timed(nlu.parse, pieces(texts, units), argument["seconds"])
        found.append({"units": units, "p50": latency.p50, "p99": latency.p99})
    return found


def parts(argument: dict[str, Any]) -> dict[str, float]:
    """Microseconds of each part of a parse, undisturbed."""
    return parse_time(NLU.load(argument["model"]), repeats=_ROUNDS)


def _texts(argument: dict[str, Any]) -> list[str]:
    """Texts of all locales in a mixed order, and always the same one."""
    found = utterances(Path(argument["corpus"]), "all", "train")
    return [u.text for u in sorted(found, key=lambda u: (u.id, u.locale))]
