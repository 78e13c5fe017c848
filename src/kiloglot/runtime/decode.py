"""Scores -> intents with probabilities, and slots as runs of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Answer", "Chain", "Run", "certainty", "likeliest", "probabilities", "runs"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]
Run = tuple[int, int, int, float]
"""A slot: its type, its first unit, one past its last, and how certain it is."""


class Answer(NamedTuple):
    """What a model says of one utterance."""

    intents: list[int]
    """The likeliest, best first."""
    shares: list[float]
    """How likely each of them is."""
    locale: int
    """The likeliest one; 0 is the first that the model knows."""
    foreign: float
    """How likely it is no command, in [0, 1]; 0 of a model that does not tell."""
    slots: list[Run]
    """In their order."""


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


def runs(types: Sequence[int], certain: Sequence[float], begins: Floats) -> list[Run]:
    """The slots of one utterance of T units, from their `types`, how `certain` these are, and `begins` [T, 1].

    A slot is a run of one type other than 0; it ends where a new one begins, above 0 in `begins`. It is as certain as
    its least certain unit.
    """
    if not any(types):
        return []
    new = (begins.ravel() > 0).tolist()
    found, first = list[Run](), 0
    for place, kind in enumerate([*types, 0]):
        before = types[place - 1] if place else 0
        if kind != before or (kind and new[place]):
            if before:
                found.append((before, first, place, min(certain[first:place])))
            first = place
    return found


def certainty(types: Sequence[int], emissions: Floats, chain: Chain) -> list[float]:
    """[T] probability of each type of the best path given its neighbours' types: it is the highest of its unit."""
    path = np.array([0, *types])
    scores = chain.transitions.take(path[:-1], 0)
    scores += emissions
    scores[:-1] += chain.into.take(path[2:], 0)
    scores -= np.maximum.reduce(scores, 1)[:, None]
    found: list[float] = (1 / np.add.reduce(np.exp(scores, scores), 1)).tolist()
    return found
