from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import MAX_UNITS, normalise, segment

SCRIPTS = [
    ("wake me up at 7", ["wake", "me", "up", "at", "7"]),
    ("ضبط المنبه", ["ضبط", "المنبه"]),
    ("अलार्म सेट करो", ["अलार्म", "सेट", "करो"]),
    ("알람을 맞춰줘", ["알람을", "맞춰줘"]),
    ("明日9時に", ["明", "日", "9", "時", "に"]),
    ("カフェabcを", ["カ", "フ", "ェ", "abc", "を"]),
    ("เปิดเพลง jazz", ["เปิดเพลง", "jazz"]),
    ("ខ្ញុំ ចង់", ["ខ្ញុំ", "ចង់"]),
    ("play 東京 fm", ["play", "東", "京", "fm"]),
    ("𠀀𠮟a", ["𠀀", "𠮟", "a"]),
    ("❤\ufe0f 👩\u200d👩\u200d👧!", ["❤\ufe0f", "👩\u200d👩\u200d👧"]),
]
PUNCTUATION = [
    ("what time is it?", ["what", "time", "is", "it"]),
    ("¿qué hora es?", ["qué", "hora", "es"]),
    ("at 9 a.m. please.", ["at", "9", "a.m.", "please"]),
    ("at 9 a.m.", ["at", "9", "a.m."]),
    ("stop.", ["stop"]),
    ("stop. now", ["stop.", "now"]),
    ("3.5 7:30 o'clock well-known", ["3.5", "7:30", "o'clock", "well-known"]),
    ('"hello", (he said)', ["hello", "(he", "said)"]),
    ("はい。止めて!", ["は", "い", "止", "め", "て"]),
    ("?!... ,", ["..."]),
    ("?? !", []),
    ("a????b", ["a????b"]),
    (".", ["."]),
    ("", []),
    (" \t\n\u3000\u2028", []),
    ("\u200d \u202e\u202c", []),
]


@pytest.mark.parametrize(("text", "units"), SCRIPTS + PUNCTUATION)
def test_units_are_cut_from_the_text_as_given(text: str, units: list[str]) -> None:
    assert [text[unit.start : unit.end] for unit in segment(text)] == units


def test_han_and_kana_are_characters_and_nothing_else_is() -> None:
    units = segment("東 カ ｶ ゟ 々 한 ก a 1 😀")
    assert [unit.form for unit in units if unit.character] == ["東", "カ", "カ", "より", "々"]


def test_lone_surrogates_are_units_like_any() -> None:
    assert [unit.form for unit in segment("\ud800 set \udfffx")] == ["\ud800", "set", "\udfffx"]


def test_no_more_units_than_the_limit() -> None:
    assert len(segment("a " * 5000)) == MAX_UNITS
    assert segment("a b c d", limit=2) == segment("a b")


@given(st.text(st.one_of(st.characters(), st.sampled_from(" .?!。、a東カ한\u200d")), max_size=40))
def test_units_stand_in_order_and_their_forms_are_those_of_their_text(text: str) -> None:
    units = segment(text)
    for unit in units:
        assert 0 <= unit.start < unit.end <= len(text)
        assert unit.form == normalise(text[unit.start : unit.end]) != ""
    assert all(one.end <= other.start for one, other in pairwise(units))


@given(st.text(st.one_of(st.characters(), st.sampled_from(" aB\u200d\u00a8\x1c\x85")), max_size=40), st.integers(1, 9))
def test_texts_that_spaces_part_are_cut_as_any(text: str, limit: int) -> None:
    # A mark of a clause at the end takes the other way, and is no unit.
    assert segment(f"{text} ?", limit) == segment(text, limit) or "." in text


@given(st.text(max_size=30))
def test_segmenting_is_stable_under_spaces_around(text: str) -> None:
    # Only the stop that ends the text depends on what follows: a space keeps it away from the end.
    assert [unit.form for unit in segment(f"  {text} x")][:-1] == [unit.form for unit in segment(f"{text} x")][:-1]


@pytest.mark.parametrize("text", ["a" * 10**6, "a" + "?" * 10**6 + "b", "?" * 10**6, "." * 10**6, "\u200d" * 10**6])
def test_a_megabyte_takes_linear_time(text: str) -> None:
    began = time.perf_counter()
    segment(text)
    assert time.perf_counter() - began < 5  # a quadratic search takes minutes
