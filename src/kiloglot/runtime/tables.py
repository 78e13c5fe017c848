"""Tables of n-gram vectors as they lie on disk: a few bits a number, one scale a row, and the tags that say who owns
a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.text import Vocabulary

__all__ = ["Table"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of `width` numbers in `bits` bits each."""

    vocabulary: Vocabulary
    """Which n-gram owns which row."""
    codes: NDArray[np.uint8] | NDArray[np.int8]
    """8 bits: int8 [rows, width]; 4 bits: uint8 [rows, width / 2], the first half of a row in the low nibbles, plus
    8.
    """
    scales: NDArray[np.float16]
    """[rows] what a code of 1 stands for."""
    bits: int
    """4 or 8."""

    @classmethod
    def of(cls, vocabulary: Vocabulary, rows: Floats, bits: int) -> Table:
        """`rows` [rows, width] (an even width) rounded to `bits` bits, symmetrically, each row by its largest
        number.
        """
        top = 2 ** (bits - 1) - 1
        scales = (np.abs(rows).max(axis=1) / top).astype(np.float16)
        divisor = np.maximum(scales.astype(np.float32), 1e-8)[:, None]
        codes = np.clip(np.round(rows / divisor), -top, top).astype(np.int8)
        if bits == 8:
            return cls(vocabulary, codes, scales, bits)
        half = rows.shape[1] // 2
        shifted = (codes + 8).astype(np.uint8)
        return cls(vocabulary, shifted[:, :half] | (shifted[:, half:] << 4), scales, bits)

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return int(self.codes.shape[1]) * (1 if self.bits == 8 else 2)

    def rows(self, rows: Index) -> Floats:
        """The numbers [M, width] of the rows [M]."""
        codes = self.codes.take(rows, axis=0)
        numbers = (_unpacked(codes.view(np.uint8)) if self.bits == 4 else codes).astype(np.float32)
        numbers *= self.scales.take(rows).astype(np.float32)[:, None]
        return numbers

    def means(self, hashes: NDArray[np.uint64], sizes: Index) -> tuple[Floats, Index]:
        """The mean row of each set of n-grams [sets, width], and how many of each set are known [sets].

        `hashes` holds the sets one after another, `sizes` [sets] their sizes. A set of strangers gives zeros.
        """
        found = self.vocabulary.rows(hashes)
        friend = found >= 0
        owner = np.arange(len(sizes)).repeat(sizes)[friend]
        known = np.bincount(owner, minlength=len(sizes))
        means = np.zeros((len(sizes), self.width), np.float32)
        filled = known.nonzero()[0]
        if len(filled):
            starts = (known.cumsum() - known)[filled]
            means[filled] = np.add.reduceat(self.rows(found[friend]), starts, axis=0) / known[filled, None]
        return means, known


def _unpacked(codes: NDArray[np.uint8]) -> NDArray[np.int8]:
    """4-bit numbers [M, width] of their pairs [M, width / 2]."""
    half = codes.shape[1]
    numbers = np.empty((len(codes), 2 * half), np.uint8)
    np.bitwise_and(codes, 15, out=numbers[:, :half])
    np.right_shift(codes, 4, out=numbers[:, half:])
    return numbers.view(np.int8) - np.int8(8)
