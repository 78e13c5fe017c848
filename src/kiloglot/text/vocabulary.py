"""Which hashed n-grams a model knows, and the row of its table that each one owns.

No n-gram is stored, only a 16-bit tag a row: the most frequent n-grams of the training text each take one of two rows
that their hash names (cuckoo hashing; Pagh and Rodler 2001), the others are unknown. So known
n-grams share no row and unknown ones add no noise: one lookup in 2^15 takes a stranger for a friend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.text.placing import placed

__all__ = ["Vocabulary", "looked_up"]

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

_HALF = np.uint64(32)
_SHIFTS = np.array([[0], [20]], np.uint64)  # what brings each of the two parts of a hash to its upper half


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Rows of a table and the n-grams that own them."""

    tags: NDArray[np.uint16]
    """[rows] tag of the n-gram that owns the row, 0 where the row is free."""

    @classmethod
    def build(cls, hashes: Hashes, *, rows: int, min_count: int) -> Vocabulary:
        """Gives the n-grams that occur most often in `hashes` [any number], and at least `min_count` times, a row each.

        At most `rows` rows; fewer where there are few n-grams.
        """
        known, counts = np.unique(hashes, return_counts=True)
        frequent = counts >= min_count
        known, counts = known[frequent], counts[frequent]
        known = known[np.argsort(-counts, kind="stable")]
        # A table with room for twice as many has a row for all of them, or all but a few.
        return cls.holding(known, rows=max(1, min(rows, 2 * len(known))))

    @classmethod
    def holding(cls, hashes: Hashes, *, rows: int) -> Vocabulary:
        """Gives each of the distinct `hashes` [any number], the first ones first, one of `rows` rows.

        Those that find both of theirs taken stay unknown.
        """
        vocabulary = cls(np.zeros(rows, np.uint16))
        vocabulary._place_all(hashes)
        return vocabulary

    def lending(self, hashes: Hashes, spare: NDArray[np.bool_]) -> tuple[Vocabulary, NDArray[np.bool_]]:
        """As it is, with some of the `spare` rows [rows] given to `hashes`, none of which it knows, the first ones
        first; and which rows [rows] changed hands.
        """
        lent = Vocabulary(np.where(spare, np.uint16(0), self.tags))
        lent._place_all(hashes)
        taken = spare & (lent.tags != 0)
        return Vocabulary(np.where(taken, lent.tags, self.tags)), taken

    def rows(self, hashes: Hashes) -> Rows:
        """The row of each n-gram, -1 for those that are not known. Same shape as `hashes`."""
        known, rows = looked_up(hashes.ravel(), ((self, slice(None)),))
        found = np.full(hashes.size, -1)
        found[known] = rows
        return found.reshape(hashes.shape)

    def _place_all(self, hashes: Hashes) -> None:
        """Gives as many as possible of the distinct `hashes` one of their two rows where it is free, the first ones
        first.
        """
        first, second = _both_rows(hashes, ((self, slice(None)),))
        at = placed(first, second, self.tags != 0)
        self.tags[at[at >= 0]] = _tags(hashes)[at >= 0]


def looked_up(hashes: Hashes, parts: Sequence[tuple[Vocabulary, slice]]) -> tuple[Rows, Rows]:
    """(places in `hashes` [M] of those that are known, in their order; the row of each of them).

    `parts` of the hashes, which are all of them, each have a vocabulary: all are looked up in the same few steps.
    """
    both, tags = _both_rows(hashes, parts), _tags(hashes)
    ours = np.empty(both.shape, np.bool_)
    for vocabulary, part in parts:
        np.equal(vocabulary.tags.take(both[:, part]), tags[part], out=ours[:, part])
    known = (ours[0] | ours[1]).nonzero()[0]
    np.copyto(both[1], both[0], where=ours[0])
    return known, both[1].take(known)


def _both_rows(hashes: Hashes, parts: Sequence[tuple[Vocabulary, slice]]) -> Rows:
    """The two rows [2, M] that each n-gram may own: 32 bits of its hash each, as a share of all rows."""
    both = hashes << _SHIFTS
    both >>= _HALF
    for vocabulary, part in parts:
        both[:, part] *= np.uint64(len(vocabulary.tags))
    both >>= _HALF
    return both.view(np.int64)


def _tags(hashes: Hashes) -> NDArray[np.uint16]:
    tags = hashes.astype(np.uint16)
    return np.maximum(tags, np.uint16(1), out=tags)
