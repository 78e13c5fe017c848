"""Words -> what a table of words knows of them: the word as a whole, or the longest parts of it that are known.

Parts are found greedily from the left, as WordPiece finds them (Wu et al. 2016), and without a list of strings:
the hashes of all parts of a strange word are looked up at once. A run of ideographs is one word here. What no known
part covers is passed over, character by character.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kiloglot.text.hashing import GOLDEN, PART, PLACE, WHOLE, mix
from kiloglot.text.segment import Unit
from kiloglot.text.vocabulary import Vocabulary

__all__ = ["LONGEST_PART", "Parts", "hashes_of_parts", "parts"]

LONGEST_PART = 10
"""Code points of a part of a word."""

Hashes = NDArray[np.uint64]
Index = NDArray[np.int64]
_Part = tuple[int, int, int, int]  # row, hash, first code point, one past the last

_NO_CHARACTERS: list[str] = []
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
    ends: Index
    """[U, 2] the places in `rows` of those that hold the first and the last character of each unit, P where none
    does.
    """


def parts(utterances: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary) -> Parts:
    """What `vocabulary` knows of `utterances`; `words` [U] are the hashes of their units as a whole."""
    known_as_words = vocabulary.rows(words)
    if known_as_words.min(initial=0) >= 0 and not any(unit.character for units in utterances for unit in units):
        places = np.arange(len(words)).repeat(2).reshape(-1, 2)
        return Parts(known_as_words, words, np.array([len(units) for units in utterances], np.int64), places)
    whole, own = known_as_words.tolist(), words.tolist()
    stretches = _words(utterances)
    strange = dict.fromkeys(w.form for each in stretches for w in each if w.characters or whole[w.first] < 0)
    known = dict(zip(strange, _split(list(strange), vocabulary), strict=True)) if strange else {}
    rows, hashes, sizes, ends = list[int](), list[int](), list[int](), list[tuple[int, int]]()
    for each in stretches:
        before = len(rows)
        for word in each:
            if not word.characters and whole[word.first] >= 0:
                ends.append((len(rows), len(rows)))
                rows.append(whole[word.first])
                hashes.append(own[word.first])
                continue
            found = known[word.form]
            ends.extend(_ends(word.characters or [word.form], found, len(rows)))
            rows.extend([part[0] for part in found])
            hashes.extend([part[1] for part in found])
        sizes.append(len(rows) - before)
    places = np.array(ends, np.int64).reshape(-1, 2)
    places[places < 0] = len(rows)
    return Parts(np.array(rows, np.int64), np.array(hashes, np.uint64), np.array(sizes, np.int64), places)


def hashes_of_parts(forms: Sequence[str]) -> Hashes:
    """The hash of each of `forms`, none of them empty, as a part that goes on inside a word."""
    sums, starts = _sums("".join(forms)), np.array([0, *accumulate(map(len, forms))][:-1], np.int64)
    return mix(sums[np.array([len(form) - 1 for form in forms], np.int64), starts] + PART)


class _Word(NamedTuple):
    """A unit, or a run of ideographs."""

    form: str
    first: int
    """The place of its first unit among all."""
    characters: list[str]
    """The forms of its ideographs; empty where it is none."""


def _words(utterances: Sequence[Sequence[Unit]]) -> list[list[_Word]]:
    """The words of each utterance."""
    found, at = list[list[_Word]](), 0
    for units in utterances:
        words, run = list[_Word](), list[str]()
        for unit in units:
            if unit.character:
                run.append(unit.form)
            else:
                if run:
                    words.append(_Word("".join(run), at - len(run), run))
                    run = []
                words.append(_Word(unit.form, at, _NO_CHARACTERS))
            at += 1
        if run:
            words.append(_Word("".join(run), at - len(run), run))
        found.append(words)
    return found


def _split(forms: Sequence[str], vocabulary: Vocabulary) -> list[list[_Part]]:
    """The longest known parts of each of `forms`, none of them empty."""
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
    longest = np.where(found.any(axis=0), LONGEST_PART - found[::-1].argmax(axis=0), 0)
    chosen = longest - 1, np.arange(count)
    each = rows[chosen].tolist(), hashes[chosen].tolist(), longest.tolist()
    return [_greedy(*each, first, last) for first, last in pairwise(starts.tolist())]


def _greedy(row: Sequence[int], key: Sequence[int], size: Sequence[int], first: int, last: int) -> list[_Part]:
    """Parts between the code points `first` and `last`, counted from `first`; `row`, `key` (its hash) and `size` are
    those of the longest one that begins at each.
    """
    found, at = list[_Part](), first
    while at < last:
        if size[at]:
            found.append((row[at], key[at], at - first, at - first + size[at]))
        at += size[at] or 1
    return found


def _ends(forms: Sequence[str], found: Sequence[_Part], base: int) -> list[tuple[int, int]]:
    """For each of the units `forms`, the places of the parts that hold its first and its last code point, counted from
    `base`, -1 where none does.
    """
    edges = [0, *accumulate(map(len, forms))]
    holder = [-1] * edges[-1]
    for place, (_, _, first, last) in enumerate(found):
        holder[first:last] = [base + place] * (last - first)
    return [(holder[first], holder[last - 1]) for first, last in pairwise(edges)]


def _sums(text: str) -> Hashes:
    """[LONGEST_PART, code points] the sum of the hashes of as many characters as the row says, from each one on."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    count, width = len(codes), len(codes) + LONGEST_PART
    salted = np.zeros((LONGEST_PART, width), np.uint64)
    salted[:, :count] = mix(codes * GOLDEN + PLACE[:LONGEST_PART, None])
    # Down a diagonal lie the characters of one part.
    diagonal = np.ndarray((LONGEST_PART, count), np.uint64, salted, 0, (8 * width + 8, 8))
    return np.add.accumulate(diagonal, axis=0)
