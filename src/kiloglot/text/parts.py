"""Words -> what a table of words knows of them: the word as a whole, or the longest parts of it that are known.

Parts are found greedily from the left, as WordPiece finds them (Wu et al. 2016), and without a list of strings:
the hashes of all parts of a strange word are looked up at once. A run of ideographs is one word here. What no known
part covers is passed over, character by character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from kiloglot.text.hashing import GOLDEN, PART, PLACE, WHOLE, mix
from kiloglot.text.segment import Unit
from kiloglot.text.vocabulary import Vocabulary

__all__ = ["LONGEST_PART", "Parts", "hashes_of_parts", "longest_parts", "parts", "words_of_units"]

LONGEST_PART = 10
"""Code points of a part of a word."""

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]
Part = tuple[int, int]  # row, hash

_SIZES = np.arange(LONGEST_PART)[:, None]


@dataclass(frozen=True, slots=True)
class Parts:
    """The known words and parts of words of N utterances of U units in all, P of them, one after another."""

    rows: Index
    """[P] the row of each."""
    hashes: Hashes
    """[P] the hash by which it was found."""
    sizes: Index
    """[N] how many each utterance has."""


def parts(utterances: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary) -> Parts:
    """What `vocabulary` knows of `utterances`; `words` [U] are the hashes of their units as a whole."""
    known_as_words = vocabulary.rows(words)
    if known_as_words.min(initial=0) >= 0 and not any(unit.character for units in utterances for unit in units):
        return Parts(known_as_words, words, np.array([len(units) for units in utterances], np.int64))
    whole, own = known_as_words.tolist(), words.tolist()
    stretches = words_of_units(utterances)
    strange = dict.fromkeys(form for each in stretches for form, first in each if first < 0 or whole[first] < 0)
    split = dict(zip(strange, longest_parts(list(strange), vocabulary), strict=True)) if strange else {}
    rows, hashes, sizes = list[int](), list[int](), list[int]()
    for each in stretches:
        before = len(rows)
        for form, first in each:
            if first >= 0 and whole[first] >= 0:
                rows.append(whole[first])
                hashes.append(own[first])
            else:
                rows.extend([row for row, _ in split[form]])
                hashes.extend([key for _, key in split[form]])
        sizes.append(len(rows) - before)
    return Parts(np.array(rows, np.int64), np.array(hashes, np.uint64), np.array(sizes, np.int64))


def words_of_units(utterances: Sequence[Sequence[Unit]]) -> list[list[tuple[str, int]]]:
    """The words of each utterance: the form, and the place of its unit among all, -1 for a run of ideographs."""
    found, at = list[list[tuple[str, int]]](), 0
    for units in utterances:
        words, run = list[tuple[str, int]](), list[str]()
        for unit in units:
            if unit.character:
                run.append(unit.form)
            else:
                if run:
                    words.append(("".join(run), -1))
                    run = []
                words.append((unit.form, at))
            at += 1
        if run:
            words.append(("".join(run), -1))
        found.append(words)
    return found


def longest_parts(
    forms: Sequence[str], vocabulary: Vocabulary, hidden: NDArray[np.bool_] | None = None
) -> list[list[Part]]:
    """The longest known parts of each of `forms`, none of them empty: the row of each, and its hash.

    `hidden` [LONGEST_PART, code points of all forms] are parts that count as unknown: row n - 1 has those of n code
    points, by where they begin.
    """
    text = "".join(forms)
    starts = np.array([0, *accumulate(map(len, forms))], np.int64)
    sums, count = _sums(text), len(text)
    left = np.repeat(starts[1:], np.diff(starts)) - np.arange(count)
    hashes, at = mix(sums + PART), starts[:-1]
    rows, begins = vocabulary.rows(hashes), mix(sums[:, at] + WHOLE)
    whole = vocabulary.rows(begins)
    rows[:, at] = np.where(whole >= 0, whole, rows[:, at])
    hashes[:, at] = np.where(whole >= 0, begins, hashes[:, at])
    found = (rows >= 0) & (left > _SIZES)
    if hidden is not None:
        found &= ~hidden
    longest = np.where(found.any(axis=0), LONGEST_PART - found[::-1].argmax(axis=0), 0)
    chosen = longest - 1, np.arange(count)
    each = rows[chosen].tolist(), hashes[chosen].tolist(), longest.tolist()
    return [_greedy(*each, first, last) for first, last in pairwise(starts.tolist())]


def hashes_of_parts(forms: Sequence[str]) -> Hashes:
    """The hash of each of `forms`, none of them empty, as a part that goes on inside a word."""
    sums, starts = _sums("".join(forms)), np.array([0, *accumulate(map(len, forms))][:-1], np.int64)
    return mix(sums[np.array([len(form) - 1 for form in forms], np.int64), starts] + PART)


def _greedy(row: Sequence[int], key: Sequence[int], size: Sequence[int], first: int, last: int) -> list[Part]:
    """Parts between the code points `first` and `last`; `row`, `key` (its hash) and `size` are those of the longest one
    that begins at each.
    """
    found, at = list[Part](), first
    while at < last:
        if size[at]:
            found.append((row[at], key[at]))
        at += size[at] or 1
    return found


def _sums(text: str) -> Hashes:
    """[LONGEST_PART, code points] the sum of the hashes of as many characters as the row says, from each one on."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    count, width = len(codes), len(codes) + LONGEST_PART
    salted = np.zeros((LONGEST_PART, width), np.uint64)
    salted[:, :count] = mix(codes * GOLDEN + PLACE[:LONGEST_PART, None])
    # Down a diagonal lie the characters of one part.
    diagonal = np.ndarray((LONGEST_PART, count), np.uint64, salted, 0, (8 * width + 8, 8))
    return np.add.accumulate(diagonal, axis=0)
