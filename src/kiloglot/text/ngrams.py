"""Units -> hashed character n-grams, for one utterance or a million, in the same few array operations.

Training and runtime both call `ngrams`, so that a model reads a text exactly as it was taught to. The hash of an
n-gram is the
sum of its characters' hashes, each salted by its place, which makes all n-grams of one length one shifted addition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from kiloglot.text.segment import Unit

__all__ = ["HASH_VERSION", "NGrams", "ngrams"]

HASH_VERSION = "ngrams.v1"
"""Changes whenever the same text would hash differently: a model only reads what its own version wrote."""

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]

_SPACE = 0x20
_LONGEST = 5  # characters of an n-gram in words
_LONGEST_IDEOGRAPHS = 4  # and in runs of ideographs, where each carries more
_LONGEST_WORD = 64  # code points of a unit that are hashed as a whole word
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class NGrams:
    """Hashed n-grams of a batch of utterances, flat; U units in all, N utterances."""

    unit: Hashes
    """[F] hashes that describe a unit: n-grams inside a word; in a run of ideographs, n-grams around the character."""
    unit_size: Index
    """[U] how many of `unit` each unit has, at least 1."""
    bag: Hashes
    """[G] hashes that describe a whole utterance: n-grams of the running text, words, pairs of words."""
    bag_size: Index
    """[N] how many of `bag` each utterance has; 0 where it has no unit."""


def _mix(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


_PLACE = _mix(np.arange(1, _LONGEST_WORD + 1, dtype=np.uint64) * _GOLDEN)
_LENGTH = _mix(np.arange(100, 100 + 16, dtype=np.uint64) * _GOLDEN)
_WHOLE, _PAIR = _LENGTH[0], _LENGTH[10]


def ngrams(utterances: Sequence[Sequence[Unit]]) -> NGrams:
    """Hashes the n-grams of `utterances`, each a sequence of units."""
    running = _Running.of(utterances)
    if not running.codes.size:
        nothing, none = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        return NGrams(nothing, none, nothing, np.zeros(len(utterances), np.int64))
    words = running.words()
    unit_parts, bag_parts = [(words, np.arange(running.units))], [(words, running.owner)]
    for hashes, at, length in running.grams():
        bag_parts.append((hashes, running.utterance[at]))
        unit_parts += running.gram_of_units(hashes, at, length)
    bag_parts.append(running.pairs(words))
    unit, unit_size = _grouped(unit_parts, running.units)
    bag, bag_size = _grouped(bag_parts, len(utterances))
    return NGrams(unit, unit_size, bag, bag_size)


def _grouped(parts: list[tuple[Hashes, Index]], groups: int) -> tuple[Hashes, Index]:
    """(hash, group) pairs in the order of their groups, and the size of each group."""
    owner = np.concatenate([part[1] for part in parts])
    hashes = np.concatenate([part[0] for part in parts])
    if groups > 1:
        hashes = hashes[np.argsort(owner, kind="stable")]
    return _mix(hashes), np.bincount(owner, minlength=groups)


@dataclass(frozen=True, slots=True)
class _Running:
    """The running text of a batch: a space before the first unit, after the last, and between units but ideographs."""

    codes: NDArray[np.uint32]
    """[C] code points."""
    utterance: Index
    """[C] the utterance of each code point."""
    unit: Index
    """[C] the unit of each code point; a space belongs to none (-1)."""
    first: Index
    """[U] where each unit begins in `codes`."""
    owner: Index
    """[U] the utterance of each unit."""
    character: NDArray[np.bool_]
    """[U] whether the unit is an ideograph."""

    @property
    def units(self) -> int:
        return len(self.first)

    @classmethod
    def of(cls, utterances: Sequence[Sequence[Unit]]) -> _Running:
        units = list(chain.from_iterable(utterances))
        counts = np.fromiter(map(len, utterances), np.int64, len(utterances))
        owner = np.repeat(np.arange(len(utterances)), counts)
        sizes = np.fromiter((len(u.form) for u in units), np.int64, len(units))
        character = np.fromiter((u.character for u in units), np.bool_, len(units))
        opens = np.diff(owner, prepend=-1) != 0
        # A space stands before a unit unless it continues a run of ideographs; each utterance ends with one.
        joined = np.zeros(len(units), np.bool_)
        joined[1:] = character[1:] & character[:-1] & ~opens[1:]
        space = (~joined).astype(np.int64)
        closes = np.diff(owner, append=len(utterances)) != 0
        width = space + sizes + closes
        first = np.cumsum(width) - width + space
        codes = np.full(int(width.sum()), _SPACE, np.uint32)
        unit = np.full(len(codes), -1, np.int64)
        text = np.frombuffer(_utf32(u.form for u in units), np.uint32)
        at = np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(text))
        codes[at] = text
        unit[at] = np.repeat(np.arange(len(units)), sizes)
        return cls(codes, np.repeat(owner, width), unit, first, owner, character)

    def words(self) -> Hashes:
        """[U] a hash of each unit as a whole."""
        inside = self.unit >= 0
        place = np.arange(len(self.codes))[inside] - self.first[self.unit[inside]]
        salted = _mix(self.codes[inside].astype(np.uint64) * _GOLDEN + _PLACE[np.minimum(place, _LONGEST_WORD - 1)])
        starts = np.searchsorted(self.unit[inside], np.arange(self.units))
        return np.asarray(np.add.reduceat(salted, starts) + _WHOLE, np.uint64)

    def grams(self) -> Iterable[tuple[Hashes, Index, int]]:
        """(hash, place of the first character, length) of the n-grams of the running text, a length at a time."""
        ideograph = (self.unit >= 0) & self.character[self.unit]
        scaled = self.codes.astype(np.uint64) * _GOLDEN
        sums = _mix(scaled + _PLACE[0])
        at = np.flatnonzero(ideograph)
        yield sums[at] + _LENGTH[1], at, 1
        for length in range(2, min(_LONGEST, len(self.codes)) + 1):
            sums = sums[:-1] + _mix(scaled[length - 1 :] + _PLACE[length - 1])
            whole = self.utterance[: len(sums)] == self.utterance[length - 1 :]
            if length > _LONGEST_IDEOGRAPHS:
                whole &= ~ideograph[1 : len(sums) + 1]
            at = np.flatnonzero(whole)
            yield sums[at] + _LENGTH[length], at, length

    def gram_of_units(self, hashes: Hashes, at: Index, length: int) -> list[tuple[Hashes, Index]]:
        """The n-grams at `at` as features of units: of the word that holds them, or of each ideograph in them.

        An n-gram that crosses a space describes no unit. Around an ideograph it matters where in the n-gram it stands.
        """
        parts = []
        spaces = self.unit < 0
        crosses = np.zeros(len(at), np.bool_)
        for place in range(1, length - 1):
            crosses |= spaces[at + place]
        hashes, at = hashes[~crosses], at[~crosses]
        anchor = self.unit[at + spaces[at]]
        word = (anchor >= 0) & ~self.character[anchor]
        if length > 1:
            parts.append((hashes[word], anchor[word]))
        rest, at = hashes[~word], at[~word]
        for place in range(length):
            unit = self.unit[at + place]
            ideograph = (unit >= 0) & self.character[unit]
            parts.append((_mix(rest[ideograph] + _PLACE[place]), unit[ideograph]))
        return parts

    def pairs(self, words: Hashes) -> tuple[Hashes, Index]:
        """Hashes of neighbouring units of one utterance, but for two ideographs, whose pair is an n-gram already."""
        follows = (self.owner[1:] == self.owner[:-1]) & ~(self.character[1:] & self.character[:-1])
        hashes = _mix(words[:-1] + _PAIR) + words[1:]
        return hashes[follows], self.owner[1:][follows]


def _utf32(forms: Iterable[str]) -> bytes:
    return "".join(forms).encode("utf-32-le", "surrogatepass")
