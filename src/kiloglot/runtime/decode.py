"""Scores -> intents with probabilities and slots as spans."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kiloglot.text import Unit
from kiloglot.values import Slot

__all__ = ["likeliest", "probabilities", "slots"]

Floats = NDArray[np.float32]
Types = NDArray[np.int64]


def probabilities(logits: Floats, temperature: float = 1.0) -> Floats:
    """Softmax of `logits` [..., classes] divided by `temperature`."""
    scaled = logits / np.float32(temperature)
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True), np.float32)


def likeliest(emissions: Floats, transitions: Floats) -> Types:
    """The most likely slot types [T] of one utterance of T > 0 units, by Viterbi's algorithm (1967): the path of the
    highest sum of `emissions` [T, S] and `transitions` [S from, S to], which begins after a unit of no slot.
    """
    scores = [emissions[0] + transitions[0]]
    sums = np.empty_like(transitions)
    for emission in emissions[1:]:
        np.add(transitions, scores[-1][:, None], out=sums)
        scores.append(np.maximum.reduce(sums, axis=0) + emission)
    path = [int(scores.pop().argmax())]
    while scores:
        path.append(int((scores.pop() + transitions[:, path[-1]]).argmax()))
    return np.array(path[::-1], np.int64)


def slots(
    units: Sequence[Unit], emissions: Floats, transitions: Floats, begins: Floats, names: Sequence[str]
) -> tuple[Slot, ...]:
    """The slots of one utterance of T units, from `emissions` [T, S] and `begins` [T].

    A slot's confidence is that of its least certain unit, given the types on both sides of it.
    """
    if not units:
        return ()
    types = likeliest(emissions, transitions)
    if not types.any():
        return ()
    certain = _certainty(types, emissions, transitions).tolist()
    kinds = types.tolist()
    return tuple(
        Slot(names[kinds[first] - 1], units[first].start, units[last - 1].end, min(certain[first:last]))
        for first, last in _spans(kinds, (begins > 0).tolist())
    )


def _spans(types: Sequence[int], begins: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Half-open runs of one type other than 0; a run ends where a new slot begins."""
    first = before = 0
    for place, (kind, new) in enumerate(zip([*types, 0], [*begins, False], strict=True)):
        if kind != before or new:
            if before:
                yield first, place
            first, before = place, kind


def _certainty(types: Types, emissions: Floats, transitions: Floats) -> Floats:
    """[T] probability of each unit's type given its neighbours' types: on the best path, the highest of the unit."""
    before = np.concatenate([[0], types[:-1]])
    scores = emissions + transitions[before]
    scores[:-1] += transitions.T[types[1:]]
    scores -= scores.max(axis=1, keepdims=True)
    return np.asarray(1 / np.exp(scores, out=scores).sum(axis=1), np.float32)
