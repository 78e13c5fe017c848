"""Scores -> intents with probabilities and slots as spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.text import Unit
from kiloglot.values import Slot

__all__ = ["Chain", "certainty", "likeliest", "probabilities", "slots"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


def probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """Softmax of `logits` [..., classes] divided by `temperature`."""
    scaled = logits.T / np.float32(temperature)
    scaled -= np.maximum.reduce(scaled)
    np.exp(scaled, scaled)
    scaled /= np.add.reduce(scaled)
    return scaled.T


@dataclass(frozen=True, slots=True)
class Chain:
    """Which slot type likes to follow which."""

    transitions: Floats
    """[S from, S to]."""
    into: Floats
    """[S to, S from]: the same, so that what leads to a type lies together."""
    rows: Index
    """[S] where the row of each type begins in `into`, laid flat."""

    @classmethod
    def of(cls, transitions: Floats) -> Chain:
        """`transitions` [S from, S to]."""
        types = len(transitions)
        return cls(transitions, np.ascontiguousarray(transitions.T), np.arange(types) * types)


def likeliest(emissions: Floats, chain: Chain) -> list[int]:
    """The most likely slot types of one utterance of T > 0 units, by Viterbi's algorithm (1967): the path of the
    highest sum of `emissions` [T, S] and transitions, which begins after a unit of no slot.
    """
    into, rows = chain.into, chain.rows
    sums = np.empty_like(into)
    flat = sums.ravel()
    score = emissions[0] + chain.transitions[0]
    sources: list[Index] = []
    for emission in emissions[1:]:
        np.add(into, score, sums)
        source = sums.argmax(1)
        sources.append(source)
        score = flat.take(source + rows)
        score += emission
    path = [score.argmax().item()]
    for source in reversed(sources):
        path.append(source.item(path[-1]))
    return path[::-1]


def slots(
    units: Sequence[Unit], types: Sequence[int], certain: Sequence[float], begins: Floats, names: Sequence[str]
) -> tuple[Slot, ...]:
    """The slots of one utterance of T units, from their `types`, how `certain` these are, and `begins` [T, 1].

    A slot's confidence is that of its least certain unit.
    """
    if not any(types):
        return ()
    return tuple(
        [
            Slot(names[kind - 1], units[first].start, units[last - 1].end, min(certain[first:last]))
            for kind, first, last in _runs(types, begins.ravel().tolist())
        ]
    )


def _runs(types: Sequence[int], begins: Sequence[float]) -> list[tuple[int, int, int]]:
    """(type, first unit, one past the last) of each run of one type other than 0; a run ends where a new slot begins,
    above 0 in `begins`.
    """
    runs = []
    first = before = 0
    for place, kind in enumerate(types):
        if kind != before or (kind and begins[place] > 0):
            if before:
                runs.append((before, first, place))
            first, before = place, kind
    if before:
        runs.append((before, first, len(types)))
    return runs


def certainty(types: Sequence[int], emissions: Floats, chain: Chain) -> list[float]:
    """[T] probability of each type of the best path given its neighbours' types: it is the highest of its unit."""
    path = np.array([0, *types])
    scores = chain.transitions.take(path[:-1], 0)
    scores += emissions
    scores[:-1] += chain.into.take(path[2:], 0)
    scores -= np.maximum.reduce(scores, 1)[:, None]
    found: list[float] = (1 / np.add.reduce(np.exp(scores, scores), 1)).tolist()
    return found
