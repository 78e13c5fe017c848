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
        codes = self.codes[rows]
        if self.bits == 4:
            codes = np.concatenate([codes & 15, codes >> 4], axis=1).astype(np.int8) - np.int8(8)
        return codes * self.scales[rows].astype(np.float32)[:, None]

    def means(self, hashes: NDArray[np.uint64], sizes: Index) -> tuple[Floats, Index]:
        """The mean row of each set of n-grams [sets, width], and how many of each set are known [sets].

        `hashes` holds the sets one after another, `sizes` [sets] their sizes. A set of strangers gives zeros.
        """
        found = self.vocabulary.rows(hashes)
        friend = found >= 0
        owner = np.repeat(np.arange(len(sizes)), sizes)[friend]
        known = np.bincount(owner, minlength=len(sizes))
        sums = np.zeros((len(sizes), self.width), np.float32)
        filled = np.flatnonzero(known)
        if len(filled):
            starts = (np.cumsum(known) - known)[filled]
            sums[filled] = np.add.reduceat(self.rows(found[friend]), starts, axis=0) / known[filled, None]
        return sums, known
