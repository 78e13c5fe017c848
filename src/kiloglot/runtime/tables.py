"""Tables of n-gram vectors as they lie on disk: a few bits a number, one scale a row, and the tags that say who owns
a row.
"""

from __future__ import annotations

import math
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
        return self._ordered(self._codes(rows) * self._scales(rows)[:, None])

    def means(self, hashes: NDArray[np.uint64], sizes: Index) -> tuple[Floats, Index]:
        """The mean row of each set of n-grams [sets, width], and how many of each set are known [sets].

        `hashes` holds the sets one after another, `sizes` [sets] their sizes. A set of strangers gives zeros.
        """
        found = self.vocabulary.rows(hashes)
        friends = (found >= 0).nonzero()[0]
        rows = found.take(friends)
        codes, scales = self._codes(rows), self._scales(rows)
        if len(sizes) == 1:
            known, sums = np.array([len(rows)]), _weighed(scales, codes)[None]
        else:
            owner = np.arange(len(sizes)).repeat(sizes).take(friends)
            known = np.bincount(owner, minlength=len(sizes))
            sums = _sums(codes, scales, owner, known)
        return self._ordered(sums / np.maximum(known, 1).astype(np.float32)[:, None]), known

    def _scales(self, rows: Index) -> Floats:
        return self.scales.take(rows).astype(np.float32)

    def _codes(self, rows: Index) -> Floats:
        """The codes [M, width] of the rows [M], as floats that are not scaled yet and in the order of their bytes."""
        codes = self.codes.take(rows, axis=0)
        return codes.astype(np.float32) if self.bits == 8 else _PAIRS.take(codes).view(np.float32)

    def _ordered(self, numbers: Floats) -> Floats:
        """`numbers` [M, width] in the order of a vector: in 4 bits, a byte holds two that stand half a row apart."""
        if self.bits == 8:
            return numbers
        return numbers.reshape(len(numbers), self.width // 2, 2).swapaxes(1, 2).reshape(numbers.shape)


def _sums(codes: Floats, scales: Floats, owner: Index, known: Index) -> Floats:
    """The sums [sets, width] of the scaled codes [M, width] of each set; those of one set follow one another.

    As long as it is small, a product with a matrix is faster than a sum of pieces: a few sets at a time.
    """
    sets, rows = len(known), len(codes)
    if sets * rows <= _SMALL:
        return _shares(scales, owner, sets) @ codes
    sums = np.empty((sets, codes.shape[1]), np.float32)
    step = math.isqrt(_EVEN * sets // rows) or 1
    ends = known.cumsum()
    starts = (ends - known).tolist()
    for first, start, end in zip(range(0, sets, step), starts[::step], [*starts[step::step], rows], strict=True):
        last = min(first + step, sets)
        if step == 1:
            sums[first] = _weighed(scales[start:end], codes[start:end])
        else:
            shares = _shares(scales[start:end], owner[start:end] - first, last - first)
            np.dot(shares, codes[start:end], out=sums[first:last])
    return sums


def _shares(scales: Floats, owner: Index, sets: int) -> Floats:
    """[sets, M] the scale of each of M rows in the set that owns it, zeros elsewhere."""
    shares = np.zeros((sets, len(scales)), np.float32)
    shares[owner, np.arange(len(scales))] = scales
    return shares


def _weighed(scales: Floats, codes: Floats) -> Floats:
    """The sum [width] of the scaled codes: not as a product, which OpenBLAS would spread over all cores."""
    return np.asarray(np.einsum("m,mw->w", scales, codes))


_PAIRS = (np.stack([np.arange(256) & 15, np.arange(256) >> 4], axis=1) - 8).astype(np.float32).view(np.int64)[:, 0]
"""The two numbers of each byte of 4-bit codes, as the 8 bytes of two floats."""
# Sets times rows whose product is faster in one piece; OpenBLAS keeps products of up to 2^18 numbers to one core.
_SMALL = 2**12
# Squares of the sets of a product times the rows of each: where the product costs as much as what is around it.
_EVEN = 2300
