"""Tables of n-gram vectors as they lie on disk: a few bits a number, one scale a row, and the tags that say who owns
a row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.text import NGrams, Vocabulary, looked_up

__all__ = ["TWO_BIT_REACH", "TWO_BIT_STEP", "Table", "means"]

# Of numbers that are normally distributed, the step between four levels that errs least is 0.996 of their deviation
# (Max 1960), 1.248 times their mean size. Where all are as large as the largest, it would be two levels.
TWO_BIT_STEP, TWO_BIT_REACH = 1.248, 0.99

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


_BYTES = np.arange(256)[:, None]
_IN_BYTE = {
    2: (_BYTES >> np.array([0, 2, 4, 6]) & 3).astype(np.float32) - np.float32(1.5),
    4: (_BYTES >> np.array([0, 4]) & 15).astype(np.float32) - np.float32(8),
}
"""Bits of a number -> [256, numbers in a byte] the codes in each byte, from its lowest bits on."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of `width` numbers in `bits` bits each."""

    vocabulary: Vocabulary
    """Which n-gram owns which row."""
    codes: NDArray[np.uint8] | NDArray[np.int8]
    """8 bits: int8 [rows, width]. 4 bits: uint8 [rows, width / 2], the first half of a row in the low nibbles, plus 8.
    2 bits: uint8 [rows, width / 4], the first quarter of a row in the lowest bits: 0 to 3 for -1.5, -0.5, 0.5, 1.5.
    """
    scales: NDArray[np.float16]
    """[rows] what a number of 1 stands for."""
    bits: int
    """2, 4 or 8."""

    @classmethod
    def of(cls, vocabulary: Vocabulary, rows: Floats, bits: int) -> Table:
        """`rows` [rows, width], a width of whole bytes, rounded to `bits` bits, symmetrically: each row by its largest
        number, in 2 bits by its mean and then as the least squares have it. What was rounded once stays as it is.
        """
        if bits == 2:
            return cls._in_two_bits(vocabulary, rows)
        top = 2 ** (bits - 1) - 1
        scales = (np.abs(rows).max(axis=1) / top).astype(np.float16)
        divisor = np.maximum(scales.astype(np.float32), 1e-8)[:, None]
        codes = np.clip(np.round(rows / divisor), -top, top).astype(np.int8)
        if bits == 8:
            return cls(vocabulary, codes, scales, bits)
        return cls(vocabulary, _packed((codes + 8).astype(np.uint8), bits), scales, bits)

    @classmethod
    def _in_two_bits(cls, vocabulary: Vocabulary, rows: Floats) -> Table:
        size = np.abs(rows)
        step = np.minimum(TWO_BIT_STEP * size.mean(axis=1), TWO_BIT_REACH * size.max(axis=1))
        codes = np.clip(np.floor(rows / np.maximum(step, 1e-8)[:, None]), -2, 1) + 2
        level = codes - 1.5
        scales = (rows * level).sum(axis=1) / np.square(level).sum(axis=1)
        return cls(vocabulary, _packed(codes.astype(np.uint8), 2), scales.astype(np.float16), 2)

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return int(self.codes.shape[1]) * (8 // self.bits)

    def rows(self, rows: Index) -> Floats:
        """The numbers [M, width] of the rows [M]."""
        return self._ordered(self._codes(rows) * self._scales(rows)[:, None])

    def means(self, rows: Index, owner: Index, count: Floats) -> Floats:
        """The mean row of each set [sets, width], zeros of one that is empty.

        `rows` [M] holds the rows of the sets one after another, `owner` [M] the set of each, `count` [sets, 1] how many
        there are of each, 1 where there is none.
        """
        codes, scales = self._codes(rows), self._scales(rows)
        sums = _weighed(scales, codes)[None] if len(count) == 1 else _sums(codes, scales, owner, len(count))
        sums /= count
        return self._ordered(sums)

    def _scales(self, rows: Index) -> Floats:
        return self.scales.take(rows).astype(np.float32)

    def _codes(self, rows: Index) -> Floats:
        """The codes [M, width] of the rows [M], as floats that are not scaled yet, byte by byte."""
        codes = self.codes.take(rows, axis=0)
        if self.bits == 8:
            return codes.astype(np.float32)
        numbers: Floats = _IN_BYTE[self.bits].take(codes.ravel(), axis=0).reshape(len(rows), self.width)
        return numbers

    def _ordered(self, numbers: Floats) -> Floats:
        """`numbers` [M, width], byte by byte, in the order of a row."""
        if self.bits == 8:
            return numbers
        sets, each = len(numbers), 8 // self.bits
        return numbers.reshape(sets, self.codes.shape[1], each).swapaxes(1, 2).reshape(sets, self.width)


def _packed(codes: NDArray[np.uint8], bits: int) -> NDArray[np.uint8]:
    """Codes [rows, width] of `bits` bits in bytes: the first part of a row in the lowest bits, and so on."""
    parts = np.split(codes, 8 // bits, axis=1)
    packed = np.zeros_like(parts[0])
    for place, part in enumerate(parts):
        packed |= part << (bits * place)
    return packed


def means(units: Table, bag: Table, hashed: NGrams) -> tuple[Floats, Floats]:
    """The mean row of each unit's n-grams [U, unit width] and of each utterance's [N, bag width], of those that are
    known: strangers alone give zeros.
    """
    parts = (units.vocabulary, slice(hashed.units)), (bag.vocabulary, slice(hashed.units, None))
    known, rows = looked_up(hashed.hashes, parts)
    sizes = np.concatenate([hashed.unit_size, hashed.bag_size])
    owner = np.arange(len(sizes)).repeat(sizes).take(known)
    count = np.maximum(np.bincount(owner, minlength=len(sizes)), 1).astype(np.float32)[:, None]
    at, sets = int(known.searchsorted(hashed.units)), len(hashed.unit_size)
    vectors = units.means(rows[:at], owner[:at], count[:sets])
    return vectors, bag.means(rows[at:], owner[at:] - sets, count[sets:])


def _sums(codes: Floats, scales: Floats, owner: Index, sets: int) -> Floats:
    """The sums [sets, width] of the scaled codes [M, width] of each set; those of one set follow one another.

    As long as it is small, a product with a matrix is faster than a sum of pieces: a few sets at a time.
    """
    rows = len(codes)
    if sets * rows <= _SMALL:
        return np.asarray(_shares(scales, owner, sets).dot(codes))
    sums = np.empty((sets, codes.shape[1]), np.float32)
    step = math.isqrt(_EVEN * sets // rows) or 1
    edges = range(0, sets, step)
    starts = owner.searchsorted(edges).tolist()
    for first, start, end in zip(edges, starts, [*starts[1:], rows], strict=True):
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
    """The sum [width] of the scaled codes, piece by piece: a larger product OpenBLAS would spread over all cores."""
    step = max(1, _ONE_CORE // codes.shape[1])
    total = scales[:step].dot(codes[:step])
    for start in range(step, len(codes), step):
        total += scales[start : start + step].dot(codes[start : start + step])
    return np.asarray(total)


# Sets times rows whose product is faster in one piece; OpenBLAS keeps products of up to 2^18 numbers to one core.
_SMALL = 2**12
# Numbers of a matrix whose product with a vector OpenBLAS keeps to one core.
_ONE_CORE = 9000
# Squares of the sets of a product times the rows of each: where the product costs as much as what is around it.
_EVEN = 2300
