"""Units -> hashed character n-grams, for one utterance or a million, in the same few array operations.

Training and runtime both call `ngrams`, so that a model reads a text exactly as it was taught to. Every row of one
grid, the n-grams of one length, is the row before plus a shifted row (`kiloglot.text.hashing`).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from kiloglot.text.hashing import GOLDEN, LENGTH, LONGEST_WORD, PLACE, WHOLE, mix
from kiloglot.text.segment import Unit

__all__ = ["NGrams", "ngrams"]

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]

_LONGEST = 5  # characters of an n-gram in words
_LONGEST_IDEOGRAPHS = 4  # and in runs of ideographs, where each carries more
_SHORT = 512  # code points of the words of an utterance whose places are kept for the next one as long


@dataclass(frozen=True, slots=True)
class NGrams:
    """Hashed n-grams of a batch of utterances, flat; U units in all, N utterances."""

    hashes: Hashes
    """[F + G] those of `unit`, then those of `bag`."""
    units: int
    """F: how many of them describe units."""
    unit_size: Index
    """[U] how many of `unit` each unit has, at least 1."""
    bag_size: Index
    """[N] how many of `bag` each utterance has; 0 where it has no unit."""

    @property
    def unit(self) -> Hashes:
        """[F] hashes that describe a unit: n-grams inside a word; in a run of ideographs, n-grams around the
        character.
        """
        return self.hashes[: self.units]

    @property
    def words(self) -> Hashes:
        """[U] the hash of each unit as a whole, which is the first of those that describe it."""
        return self.hashes.take(self.unit_size.cumsum() - self.unit_size)

    @property
    def bag(self) -> Hashes:
        """[G] hashes that describe a whole utterance: n-grams of the running text, words, pairs of words."""
        return self.hashes[self.units :]


_PAIR = LENGTH[10]
_PLACE_BYTES = bytes(8) + PLACE.tobytes()  # of a word with the space before it
_WHOLE_BESIDE_SPACE = WHOLE - mix(np.array([ord(" ")], np.uint64) * GOLDEN)  # where a sum holds its space as well
_ROW = np.arange(_LONGEST)[:, None]  # row r of a grid holds the n-grams of r + 1 characters
# Every place that an ideograph can have in an n-gram: the n-gram's row, and the place.
_ROW_OF_PLACE = np.repeat(np.arange(_LONGEST_IDEOGRAPHS), np.arange(1, _LONGEST_IDEOGRAPHS + 1))
_PLACE_IN_ROW = np.concatenate([np.arange(row + 1) for row in range(_LONGEST_IDEOGRAPHS)])


def ngrams(utterances: Sequence[Sequence[Unit]]) -> NGrams:
    """Hashes the n-grams of `utterances`, each a sequence of units."""
    if not any(utterances):
        nothing, none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        return NGrams(nothing, 0, none, np.zeros(len(utterances), np.int64))
    if len(utterances) == 1 and (plain := _plain(utterances[0])):
        return _of_words(plain)
    running = _Running.of(utterances)
    words, grid = running.hashes()
    whole = running.whole()
    unit, unit_size = _grouped(running.of_units(words, grid, whole), len(words))
    bag, bag_size = _grouped(running.of_utterances(words, grid, whole), len(utterances))
    return NGrams(mix(np.concatenate([unit, bag])), len(unit), unit_size, bag_size)


def _plain(units: Sequence[Unit]) -> list[str]:
    """The words of a short utterance of nothing else; empty where it is long, or something in it is no plain word."""
    words = [unit.form for unit in units if not unit.character]
    lengths = list(map(len, words))
    plain = len(words) == len(units) and max(lengths) <= LONGEST_WORD and sum(lengths) <= _SHORT
    return words if plain else []


def _grouped(parts: list[tuple[Hashes, Index]], groups: int) -> tuple[Hashes, Index]:
    """Hashes and the group of each -> the hashes in the order of their groups, and the size of each group."""
    hashes = np.concatenate([part[0] for part in parts])
    if groups == 1:
        return hashes, np.array([len(hashes)])
    owner = np.concatenate([part[1] for part in parts])
    return hashes[owner.argsort(kind="stable")], np.bincount(owner, minlength=groups)


def _of_words(words: Sequence[str]) -> NGrams:
    """The n-grams of one utterance of plain words, as `_Running` finds them: every mask is a list of places here.

    Most utterances come this way, one at a time, where the number of array operations is the cost.
    """
    text = f" {' '.join(words)} "
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes, count = [len(word) for word in words], len(codes)
    spaces = np.array([0, *accumulate([size + 1 for size in sizes[:-1]])])
    # Behind the text stand as many columns as the longest n-gram reaches over its end; none of those is kept.
    width = count + _LONGEST
    salted = np.zeros((1 + _LONGEST, width), np.uint64)
    scaled = codes * GOLDEN
    np.add(scaled, PLACE[:_LONGEST, None], out=salted[1:, :count])
    places = b"".join([_PLACE_BYTES[: 8 * size + 8] for size in sizes])
    np.add(scaled[:-1], np.frombuffer(places, np.uint64), out=salted[0, : count - 1])
    salted = mix(salted)
    whole = np.add.reduceat(salted[0], spaces) + _WHOLE_BESIDE_SPACE
    # Down a diagonal lie the characters of one n-gram; the n-grams of a place lie side by side.
    diagonal = np.ndarray((_LONGEST, count), np.uint64, salted, 8 * width, (8 * width + 8, 8))
    grid = np.empty((count, _LONGEST), np.uint64)
    np.add.accumulate(diagonal, axis=0, out=grid.T)
    grid += LENGTH[1 : 1 + _LONGEST]
    # Lone letters are no n-grams: their row is free for the words, at their spaces, and for their pairs.
    flat, word = grid.ravel(), spaces * _LONGEST
    flat[word] = whole
    pair = word[1:] + _LONGEST
    flat[pair] = mix(whole[:-1] + _PAIR) + whole[1:]
    inside = [_inside(size) for size in sizes]
    unit_size = np.array([len(at) >> 3 for at in inside])
    unit = np.frombuffer(b"".join(inside), np.int64) + word.repeat(unit_size)
    at = np.concatenate([unit, word, _throughout(count), pair])
    return NGrams(mix(flat).take(at), len(unit), unit_size, np.array([len(at) - len(unit)]))


@functools.cache
def _inside(size: int) -> bytes:
    """Where in `_of_words`'s grid, from the space before it, the n-grams in a word of `size` characters and its two
    spaces lie: int64 numbers; the first one stands for the word itself.
    """
    found = [0, *(column * _LONGEST + row for row in range(1, _LONGEST) for column in range(size + 2 - row))]
    return np.array(found, np.int64).tobytes()


@functools.lru_cache(maxsize=64)
def _throughout(count: int) -> Index:
    """Where in that grid the n-grams of a running text of `count` characters lie; nobody writes to it."""
    column, row = np.arange(count), _ROW[1:]
    return (column * _LONGEST + row)[column + row < count]


@dataclass(frozen=True, slots=True)
class _Running:
    """The running text of a batch: a space before the first unit, after the last, and between units but ideographs."""

    codes: NDArray[np.uint32]
    """[C] code points."""
    space: Mask
    """[C] whether the code point is such a space, and no part of a unit."""
    unit: Index
    """[C] the unit of each code point; of a space, the unit that it stands before."""
    reach: Index
    """[C] code points from each one to the next space."""
    room: Index
    """[C] code points from each one to the last one of its utterance."""
    first: Index
    """[U] where each unit begins in `codes`."""
    owner: Index
    """[U] the utterance of each unit."""
    ideograph: Mask
    """[U] whether the unit is an ideograph."""

    @classmethod
    def of(cls, utterances: Sequence[Sequence[Unit]]) -> _Running:
        """Writes the running text; there is at least one unit."""
        text, first, spaces, ends = _written(utterances)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        place = np.arange(len(codes))
        space = np.zeros(len(codes), np.bool_)
        space[spaces] = True
        begin = np.array(first)
        # Each code point belongs to one stretch of every kind; `repeat` tells it the stretch, or where that ends.
        edge = np.concatenate([begin - space[begin - 1], [len(codes)]])  # of units, with the space before them
        gap = np.array([*spaces, len(codes)])  # from one space to the next
        end = np.array([0, *ends])  # of utterances
        return cls(
            codes=codes,
            space=space,
            unit=place[: len(first)].repeat(edge[1:] - edge[:-1]),
            reach=gap[1:].repeat(gap[1:] - gap[:-1]) - place,
            room=(end[1:] - 1).repeat(end[1:] - end[:-1]) - place,
            first=begin,
            owner=np.arange(len(utterances)).repeat([len(units) for units in utterances]),
            ideograph=np.array([unit.character for units in utterances for unit in units]),
        )

    def hashes(self) -> tuple[Hashes, Hashes]:
        """[U] a hash of each unit as a whole, and [_LONGEST, C] of the n-grams that begin at each code point."""
        scaled = self.codes.astype(np.uint64) * GOLDEN
        place = np.arange(len(scaled)) - self.first[self.unit]
        in_word = np.where(self.space, 0, np.minimum(place, LONGEST_WORD - 1))
        salted = np.empty((1 + _LONGEST, len(scaled)), np.uint64)
        np.add(scaled, PLACE[in_word], out=salted[0])
        np.add(scaled, PLACE[:_LONGEST, None], out=salted[1:])
        salted = mix(salted)
        word, grid = salted[0], salted[1:]
        word[self.space] = 0
        for row in range(1, _LONGEST):
            np.add(grid[row - 1, :-row], grid[row, row:], out=grid[row, :-row])
        grid += LENGTH[1 : 1 + _LONGEST, None]
        return np.add.reduceat(word, self.first) + WHOLE, grid

    def whole(self) -> Mask:
        """[_LONGEST, C] which n-grams there are: all inside an utterance, but for lone letters and long ones over
        ideographs.
        """
        whole = self.room >= _ROW
        ideograph = self._ideographs()
        whole[0] = ideograph
        whole[_LONGEST_IDEOGRAPHS:, :-1] &= ~ideograph[1:]
        return whole

    def of_utterances(self, words: Hashes, grid: Hashes, whole: Mask) -> list[tuple[Hashes, Index]]:
        """What describes an utterance: its words, its n-grams and its pairs of words, each with the utterance.

        Two ideographs are no pair, since they are an n-gram already.
        """
        _, at = whole.nonzero()
        follows = self.owner[1:] == self.owner[:-1]
        follows &= ~(self.ideograph[1:] & self.ideograph[:-1])
        pairs = mix(words[:-1] + _PAIR) + words[1:]
        return [
            (words, self.owner),
            (grid[whole], self.owner[self.unit[at]]),
            (pairs[follows], self.owner[1:][follows]),
        ]

    def of_units(self, words: Hashes, grid: Hashes, whole: Mask) -> list[tuple[Hashes, Index]]:
        """What describes a unit: itself, and the n-grams inside the word or around the ideograph, each with the unit.

        An n-gram that crosses a space describes no unit.
        """
        inside = whole & (self.reach >= _ROW)
        around = self.ideograph[self.unit]
        in_word = inside & ~around
        _, at = in_word.nonzero()
        parts = [(words, np.arange(len(words))), (grid[in_word], self.unit[at])]
        return [*parts, self._around(grid, inside & around)] if around.any() else parts

    def _around(self, grid: Hashes, inside: Mask) -> tuple[Hashes, Index]:
        """The n-grams `inside` runs of ideographs for each ideograph in them, told apart by its place in the n-gram."""
        last = len(self.codes) - 1
        covered = np.minimum(np.arange(last + 1) + _PLACE_IN_ROW[:, None], last)
        which, at = (inside[_ROW_OF_PLACE] & self._ideographs()[covered]).nonzero()
        place = _PLACE_IN_ROW[which]
        return mix(grid[_ROW_OF_PLACE[which], at] + PLACE[place]), self.unit[at + place]

    def _ideographs(self) -> Mask:
        """[C] whether the code point belongs to an ideograph."""
        return self.ideograph[self.unit] & ~self.space


def _written(utterances: Sequence[Sequence[Unit]]) -> tuple[str, list[int], list[int], list[int]]:
    """The running text, where its units begin, where its spaces stand, and where its utterances end."""
    pieces: list[str] = []
    first: list[int] = []
    spaces: list[int] = []
    ends: list[int] = []
    at = 0
    for units in utterances:
        joins = False
        for unit in units:
            if not (joins and unit.character):
                spaces.append(at)
                pieces.append(" ")
                at += 1
            joins = unit.character
            first.append(at)
            pieces.append(unit.form)
            at += len(unit.form)
        if units:
            spaces.append(at)
            pieces.append(" ")
            at += 1
        ends.append(at)
    return "".join(pieces), first, spaces, ends
