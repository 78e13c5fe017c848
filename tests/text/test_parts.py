"""Words and parts of words against a plain search for the longest one from the left."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import LONGEST_PART, Unit, Vocabulary, hashes_of_parts, ngrams, parts, segment

WORDS = ("turn", "on", "light", "the", "เปิด", "灯", "a", "unbelievably long word"[:12])
INSIDE = ("s", "ing", "g", "ไฟ", "明", "日", "明日", "天気", "ht", "n", "lightsligh")
TEXTS = st.lists(
    st.text(alphabet="turnolighseag เปิดไฟ明日灯天気x", max_size=24) | st.sampled_from([*WORDS, *INSIDE]), max_size=4
)


def hash_of(form: str) -> int:
    return int(ngrams([[Unit(form, 0, len(form), False)]]).words[0])


KEYS = {("word", form): hash_of(form) for form in WORDS} | {
    ("part", form): int(key) for form, key in zip(INSIDE, hashes_of_parts(INSIDE), strict=True)
}
VOCABULARY = Vocabulary.holding(np.array(list(KEYS.values()), np.uint64), rows=4096)


def longest(word: str, begins: bool = True) -> list[int]:
    """The hashes of the longest known parts of `word`, by looking for each in turn."""
    for size in range(min(LONGEST_PART, len(word)), 0, -1):
        for kind in ("word", "part") if begins else ("part",):
            if (kind, word[:size]) in KEYS:
                return [KEYS[kind, word[:size]], *longest(word[size:], False)]
    return longest(word[1:], False) if word else []


def by_hand(units: tuple[Unit, ...]) -> list[int]:
    """The hashes of what is known of a text."""
    found = list[int]()
    for character, run in groupby(units, key=lambda unit: unit.character):
        words = [unit.form for unit in run]
        for word in ["".join(words)] if character else words:
            found += [KEYS["word", word]] if ("word", word) in KEYS else longest(word)
    return found


@given(TEXTS)
def test_the_longest_known_parts_are_found_from_the_left(texts: list[str]) -> None:
    units = [segment(text) for text in texts]
    found = parts(units, ngrams(units).words, VOCABULARY)
    own = np.split(found.hashes, np.cumsum(found.sizes)[:-1]) if texts else []
    assert [hashes.tolist() for hashes in own] == [by_hand(each) for each in units]
    assert found.rows.tolist() == VOCABULARY.rows(found.hashes).tolist()


@pytest.mark.parametrize("text", ["", "?", "\ud800", "x" * 5000, "ﷺ" * 50])
def test_any_text_is_read(text: str) -> None:
    units = [segment(text)]
    found = parts(units, ngrams(units).words, VOCABULARY)
    assert len(found.rows) == len(found.hashes) == found.sizes.sum()
