from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import normalise

MARKS = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.combining(chr(code))]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Set An ALARM", "set an alarm"),
        ("ＦＭ８０", "fm80"),  # full width
        ("ﾗｼﾞｵ", "ラジオ"),  # half-width kana with its voicing mark apart
        ("٧:٣٠", "7:30"),
        ("७ बजे", "7 बजे"),
        ("๓", "3"),
        ("e\u0301te\u0301", "été"),
        ("İstanbul", "istanbul"),
        ("it’s", "it's"),
        ("می\u200cخواهم", "میخواهم"),  # zero-width non-joiner
        ("\u202eabc\u202c", "abc"),  # direction override
        ("❤\ufe0f", "❤"),
        ("👩\u200d👩\u200d👧", "👩👩👧"),
        ("\u200d\u200b\ufeff", ""),
        ("", ""),
    ],
)
def test_one_form_for_what_sounds_the_same(text: str, form: str) -> None:
    assert normalise(text) == form


def test_lone_surrogates_pass_through() -> None:
    assert normalise("\ud800A\udfff") == "\ud800a\udfff"


def test_every_decimal_digit_becomes_ascii_and_every_format_character_goes() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Nd":
            assert normalise(character) == str(unicodedata.decimal(character))
        elif category == "Cf":
            assert normalise(character) == ""


@given(st.text())
def test_canonically_equivalent_texts_have_one_form(text: str) -> None:
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(text)


@given(st.lists(st.one_of(st.sampled_from(MARKS), st.characters(exclude_categories=["Cs"])), min_size=20, max_size=60))
def test_long_texts_are_normalised_like_short_ones(characters: list[str]) -> None:
    # A digit between two texts keeps their marks apart, so that the long one must be the short ones in a row.
    short = "".join(characters)
    assert normalise(f"{short}0" * 40) == normalise(f"{short}0") * 40


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0f73", "\u0344\u0345"])
def test_many_marks_on_one_letter_take_linear_time(marks: str) -> None:
    began = time.perf_counter()
    normalise("a" + marks * 50_000)
    assert time.perf_counter() - began < 3  # sorted by insertion, they take ten seconds and more
