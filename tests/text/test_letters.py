from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import letters, normalise, segment


@pytest.mark.parametrize(
    ("form", "spelt"),
    [
        ("turn on", "turn on"),
        ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"),  # of the Unicode standard, 3.12
        ("ሰላም", "ሰአለኣመእ"),  # se, la, m: a consonant of the first order and the vowel of each
        ("電話", "電話"),
        ("çalar saat", "çalar saat"),
        ("ตั้งปลุก", "ตั้งปลุก"),
        ("カメラ", "カメラ"),
        ("\ud800", "\ud800"),
    ],
)
def test_syllables_are_taken_apart(form: str, spelt: str) -> None:
    assert letters(form) == spelt


def test_hangul_is_spelt_as_unicode_decomposes_it_and_nothing_else_is() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        name = unicodedata.name(character, "")
        if "HANGUL SYLLABLE" in name:
            assert letters(character) == unicodedata.normalize("NFD", character)
        elif name and "ETHIOPIC SYLLABLE" not in name:
            assert letters(character) == character


def test_syllables_of_one_consonant_or_one_vowel_share_it() -> None:
    """Unicode names every Ethiopic syllable by its consonant and vowel: SYLLABLE LU, SYLLABLE MU."""
    rows = [range(first, first + 7) for first in (0x1208, 0x1218, 0x1230, 0x1260, 0x1270, 0x12A8)]
    for row in rows:
        assert len({letters(chr(code))[0] for code in row}) == 1
    for column in zip(*rows, strict=True):
        assert len({unicodedata.name(chr(code))[-1] for code in column}) == 1
        assert len({letters(chr(code))[1] for code in column}) == 1


@given(st.lists(st.text(st.sampled_from("a 한국어말한ㅎሰላምአ電é😀")), min_size=2, max_size=2, unique=True))
def test_words_that_differ_still_do(texts: list[str]) -> None:
    one, other = map(normalise, texts)
    assert (letters(one) == letters(other)) == (one == other)


def test_units_keep_their_places() -> None:
    text = "어서 電話해 줘"
    plain, spelt = segment(text), segment(text, in_letters=True)
    assert [(u.start, u.end, u.character) for u in plain] == [(u.start, u.end, u.character) for u in spelt]
    assert [u.form for u in spelt] == [letters(u.form) for u in plain]
    assert [u.form for u in plain] == ["어서", "電", "話", "해", "줘"]
