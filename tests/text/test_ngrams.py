from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiloglot.text import HASH_VERSION, NGrams, Unit, ngrams, segment

# Models read only what their own hashing wrote: these values change with HASH_VERSION or never.
GOLDEN = [
    ("set an alarm", 37, 51, "fff7d915c6eb4fae"),
    ("明日9時に起こして", 76, 55, "d95c5826e2d5fc07"),
    ("เปิดเพลง", 31, 31, "bfe0c539bbd490b2"),
    ("ضبط المنبه", 34, 41, "2c5bd0e68a3e7854"),
    ("अलार्म सेट करो", 45, 59, "70cd3b4c956f3fb1"),
    ("ヿ", 13, 9, "847796a48fc71b08"),
    ("a" * 70, 279, 279, "1a446f1f8255e12a"),
    ("play 東京 fm", 36, 44, "d6d6cac767ee444a"),
]
TEXTS = st.text(st.sampled_from("ab .?-éß東京カヿ한กم\u0301😀\ud800ﷺ"), max_size=16)


@pytest.mark.parametrize(("text", "of_units", "of_text", "digest"), GOLDEN)
def test_hashes_never_change(text: str, of_units: int, of_text: int, digest: str) -> None:
    assert HASH_VERSION == "ngrams.v2"
    found = ngrams([segment(text)])
    assert (len(found.unit), len(found.bag)) == (of_units, of_text)
    assert hashlib.sha256(found.unit.tobytes() + found.bag.tobytes()).hexdigest()[:16] == digest


def test_what_shares_letters_shares_ngrams() -> None:
    """Two forms of the Korean word for "turn on", 켜 and 켰다, share no syllable."""
    for in_letters in (False, True):
        one, other = (set(ngrams([segment(text, in_letters=in_letters)]).bag.tolist()) for text in ("켜", "켰다"))
        assert bool(one & other) == in_letters


def test_golden_values() -> None:
    found = ngrams([segment("hi 東")])
    assert found.unit_size.tolist() == [7, 5]
    assert found.unit[:3].tolist() == [0xA2A4FE6718B9DBB8, 0x92A4160E5B831918, 0x74F96DB6F34470AC]
    assert found.bag[-2:].tolist() == [0x502A512D86FE4DF8, 0x8CA8DAD935DF6E9E]


# ---- The definition, one n-gram at a time ------------------------------------------------------------------------


WORD = 1 << 64
GOLDEN_RATIO = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014)."""
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % WORD
    value = (value ^ value >> 27) * 0x94D049BB133111EB % WORD
    return value ^ value >> 31


def place_salt(place: int) -> int:
    return mix((place + 1) * GOLDEN_RATIO % WORD)


def kind_salt(kind: int) -> int:
    return mix((100 + kind) * GOLDEN_RATIO % WORD)


def gram_hash(characters: str, kind: int) -> int:
    salted = (mix((ord(c) * GOLDEN_RATIO + place_salt(min(at, 63))) % WORD) for at, c in enumerate(characters))
    return (sum(salted) + kind_salt(kind)) % WORD


def running_text(units: Sequence[Unit]) -> list[tuple[str, int | None]]:
    """Characters and the unit of each; a space, of no unit, around all but neighbouring ideographs."""
    text: list[tuple[str, int | None]] = []
    for place, unit in enumerate(units):
        if not (place and unit.character and units[place - 1].character):
            text.append((" ", None))
        text += [(character, place) for character in unit.form]
    return [*text, (" ", None)]


def plain_ngrams(units: Sequence[Unit]) -> tuple[list[Counter[int]], Counter[int]]:
    """The hashes of each unit and of the whole text."""
    words = [gram_hash(unit.form, 0) for unit in units]
    of_units, bag = [Counter([mix(word)]) for word in words], Counter(mix(word) for word in words)
    for place in range(1, len(units)):
        if not (units[place - 1].character and units[place].character):
            bag[mix((mix((words[place - 1] + kind_salt(10)) % WORD) + words[place]) % WORD)] += 1
    text = running_text(units)
    for start in range(len(text)):
        for length in range(1, min(5, len(text) - start) + 1):
            part = text[start : start + length]
            ideograph = [place is not None and units[place].character for _, place in part]
            if (length == 1 and not ideograph[0]) or (length == 5 and ideograph[1]):
                continue
            value = gram_hash("".join(character for character, _ in part), length)
            bag[mix(value)] += 1
            if None in [place for _, place in part[1:-1]]:
                continue
            owners = {owner for _, owner in part if owner is not None}
            if any(ideograph):
                for at, (_, owner) in enumerate(part):
                    if owner is not None:
                        of_units[owner][mix(mix((value + place_salt(at)) % WORD))] += 1
            elif len(owners) == 1 and length > 1:
                of_units[owners.pop()][mix(value)] += 1
    return of_units, bag


def sets(hashes: np.ndarray[tuple[int], np.dtype[np.uint64]], sizes: Sequence[int]) -> list[Counter[int]]:
    return [Counter(part.tolist()) for part in np.split(hashes, np.cumsum(sizes)[:-1])] if len(sizes) else []


def test_the_mixer_is_splitmix64() -> None:
    assert mix(GOLDEN_RATIO) == 0xE220A8397B1DCDAF  # the generator's first number from seed 0


@given(TEXTS)
@example("set an alarm for seven")
@example("words of a long speech " * 30)
def test_hashes_are_those_of_the_definition(text: str) -> None:
    units = segment(text)
    found = ngrams([units])
    of_units, bag = plain_ngrams(units)
    assert sets(found.unit, found.unit_size.tolist()) == of_units
    assert Counter(found.bag.tolist()) == bag


# ---- Batches -----------------------------------------------------------------------------------------------------


@given(st.lists(TEXTS, max_size=5))
def test_a_batch_is_its_utterances_one_by_one(texts: list[str]) -> None:
    batch = [segment(text) for text in texts]
    found = ngrams(batch)
    alone = [ngrams([units]) for units in batch]
    for field in ("unit", "unit_size", "bag", "bag_size"):
        parts = [getattr(one, field) for one in alone]
        assert getattr(found, field).tolist() == [value for part in parts for value in part.tolist()]


@pytest.mark.parametrize("batch", [[], [()], [(), ()]])
def test_nothing_gives_nothing(batch: list[tuple[Unit, ...]]) -> None:
    found = ngrams(batch)
    assert found.bag_size.tolist() == [0] * len(batch)
    assert len(found.unit) == len(found.unit_size) == len(found.bag) == 0


def test_no_unit_is_without_hashes() -> None:
    found: NGrams = ngrams([segment("a 東 b")])
    assert (found.unit_size >= 1).all()
    assert found.unit_size.sum() == len(found.unit)
    assert found.bag_size.tolist() == [len(found.bag)]
