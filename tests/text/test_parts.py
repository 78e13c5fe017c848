"""Words and parts of words against a plain search for the longest one from the left."""

from __future__ import annotations

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


def longest(word: str) -> list[tuple[int, int, int]]:
    """(hash, first, end) of the longest known parts of `word`, by looking for each in turn."""
    if ("word", word) in KEYS:
        return [(KEYS["word", word], 0, len(word))]
    found, at = list[tuple[int, int, int]](), 0
    while at < len(word):
        for size in range(min(LONGEST_PART, len(word) - at), 0, -1):
            kinds = ("word", "part") if at == 0 else ("part",)
            key = next(
                (KEYS[kind, word[at : at + size]] for kind in kinds if (kind, word[at : at + size]) in KEYS), None
            )
            if key is not None:
                found.append((key, at, at + size))
                at += size
                break
        else:
            at += 1
    return found


def by_hand(units: tuple[Unit, ...]) -> tuple[list[int], list[tuple[int, int]]]:
    """The hashes of what is known of a text, and what holds the ends of each unit, -1 for nothing."""
    runs = list[list[Unit]]()
    for unit in units:
        if unit.character and runs and runs[-1][-1].character:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    hashes, ends = list[int](), list[tuple[int, int]]()
    for run in runs:
        found, at = longest("".join(unit.form for unit in run)), 0
        for unit in run:
            inside = [
                next((len(hashes) + n for n, (_, first, end) in enumerate(found) if first <= place < end), -1)
                for place in (at, at + len(unit.form) - 1)
            ]
            ends.append((inside[0], inside[1]))
            at += len(unit.form)
        hashes += [key for key, _, _ in found]
    return hashes, ends


@given(TEXTS)
def test_the_longest_known_parts_are_found_from_the_left(texts: list[str]) -> None:
    units = [segment(text) for text in texts]
    found = parts(units, ngrams(units).words, VOCABULARY)
    first = 0
    at = 0
    for own, size in zip(units, found.sizes.tolist(), strict=True):
        hashes, ends = by_hand(own)
        assert found.hashes[first : first + size].tolist() == hashes
        wanted = [[first + place if place >= 0 else len(found.rows) for place in pair] for pair in ends]
        assert found.ends[at : at + len(own)].tolist() == wanted
        first, at = first + size, at + len(own)
    assert found.rows.tolist() == VOCABULARY.rows(found.hashes).tolist()


@pytest.mark.parametrize("text", ["", "?", "\ud800", "x" * 5000, "ﷺ" * 50])
def test_any_text_is_read(text: str) -> None:
    units = [segment(text)]
    found = parts(units, ngrams(units).words, VOCABULARY)
    assert len(found.ends) == len(units[0])
    assert (found.ends <= len(found.rows)).all()
