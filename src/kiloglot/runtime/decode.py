"""Scores -> intents with probabilities and slots as spans."""

from __future__ import annotations

from collections.abc import Sequence

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
    """The most likely slot types [T] of one utterance: Viterbi over `emissions` [T, S] and `transitions` [S from, S
    to].
    """
    size = emissions.shape[1]
    score = emissions[0] + transitions[0]
    sources, columns = [], np.arange(size)
    for emission in emissions[1:]:
        candidates = score[:, None] + transitions
        source = candidates.argmax(axis=0)
        sources.append(source)
        score = candidates[source, columns] + emission
    path = [int(score.argmax())]
    for source in reversed(sources):
        path.append(int(source[path[-1]]))
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
    certain = _certainty(types, emissions, transitions)
    starts = (types != 0) & ((types != np.concatenate([[0], types[:-1]])) | (begins > 0))
    ends = [*(place for place in range(1, len(types)) if starts[place] or types[place] != types[place - 1]), len(types)]
    found = []
    for first in np.flatnonzero(starts).tolist():
        last = next(end for end in ends if end > first)
        sure = float(certain[first:last].min())
        found.append(Slot(names[types[first] - 1], units[first].start, units[last - 1].end, sure))
    return tuple(found)


def _certainty(types: Types, emissions: Floats, transitions: Floats) -> Floats:
    """[T] probability of each unit's type given its neighbours' types."""
    before = np.concatenate([[0], types[:-1]])
    scores = emissions + transitions[before]
    scores[:-1] += transitions[:, types[1:]].T
    return probabilities(scores)[np.arange(len(types)), types]
