"""What the network is given of a batch of utterances, whoever runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Inputs", "WordInputs"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordInputs:
    """Known words, and parts of words, of B utterances, P in all, one after another."""

    vectors: Floats
    """[P, word width]."""
    sizes: Index
    """[B] how many each utterance has."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """B utterances, the units of all of them one after another, U in all: nothing is padded."""

    units: Floats
    """[U, unit width]; an utterance without units has one of zeros."""
    lengths: Sequence[int]
    """[B] how many units each utterance has."""
    bag: Floats
    """[B, bag width]."""
    words: WordInputs | None = None
    """Of a model that knows words."""

    @classmethod
    def of(cls, vectors: Floats, lengths: Sequence[int], bag: Floats, words: WordInputs | None = None) -> Inputs:
        """`vectors` holds those of all units, and none for an utterance without."""
        if all(lengths):
            return cls(vectors, lengths, bag, words)
        given = np.array(lengths)
        real = (given > 0).repeat(np.maximum(given, 1))
        units = np.zeros((len(real), vectors.shape[1]), np.float32)
        units[real] = vectors
        return cls(units, lengths, bag, words)
