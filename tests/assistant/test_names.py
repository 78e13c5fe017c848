"""Spoken names are found among a household's, however they are said; `make names` measures how often."""

from __future__ import annotations

import subprocess
import sys

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.assistant.conjunctions import CONJUNCTIONS
from kiloglot.assistant.names import Names
from kiloglot.assistant.spoken import spoken

HOME = [
    "💡 Küchenlampe",
    "Keittiö",
    "Mutfak",
    "Living room",
    "Гостиная",
    "リビングルーム",
    "厨房灯",
    "Robot vacuum cleaner",
    "Front door",
    "Garage door",
    "☕",
]


def meant(said: str, names: list[str] = HOME) -> list[str]:
    return [names[number] for number in Names([[name] for name in names]).meant(said)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("KÜCHENLAMPE", "💡 Küchenlampe"),
        ("küchenlampen", "💡 Küchenlampe"),
        ("Kuechen lampe", "💡 Küchenlampe"),
        ("keittiön", "Keittiö"),
        ("keittiössä", "Keittiö"),
        ("mutfaktaki", "Mutfak"),
        ("the living room", "Living room"),
        ("lifing room", "Living room"),
        ("гостиной", "Гостиная"),
        ("gostinaya", "Гостиная"),
        ("リビングルームの", "リビングルーム"),
        ("厨房的灯", "厨房灯"),
        ("robot vacum", "Robot vacuum cleaner"),
        ("☕", "☕"),
    ],
)
def test_a_name_is_found_however_it_is_said(said: str, name: str) -> None:
    assert meant(said) == [name]


@pytest.mark.parametrize("said", ["", "!?", "💡", "window", "fenêtre", "窓", "next monday", "five minutes"])
def test_what_no_name_is_like_means_nothing(said: str) -> None:
    assert meant(said) == []


def test_two_that_are_as_likely_are_both_given() -> None:
    assert set(meant("door")) == {"Front door", "Garage door"}
    assert meant("front door") == ["Front door"]


def test_a_thing_is_found_by_any_of_its_names() -> None:
    names = Names([["Lamp", "big light"], ["Fan", "ventilator"], ["Lamp"]])
    assert names.meant("ventilators") == [1]
    assert names.meant("lamp") == [0, 2]
    assert Names([]).meant("lamp") == []


@given(st.text(min_size=1, max_size=60), st.lists(st.text(max_size=30), max_size=8))
def test_any_text_is_looked_up_and_an_exact_name_is_found(said: str, names: list[str]) -> None:
    index = Names([[name] for name in [*names, said]])
    assert len(names) in index.meant(said)
    index.meant(said[::-1])


def test_without_its_packages_it_says_which_to_install() -> None:
    program = (
        "import sys\nsys.modules['anyascii'] = None\nfrom kiloglot.errors import MissingExtraError\n"
        "try:\n    import kiloglot.assistant\nexcept MissingExtraError as missing:\n    print(missing)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'kiloglot[names]'" in done.stdout


def test_case_emoji_and_punctuation_are_not_said() -> None:
    assert spoken("💡 Bob's T.V.!") == spoken("bobs tv")


def test_the_words_for_and_and_or_are_those_of_cldr() -> None:
    ours = {"cy", "ja", "mn", "tl"}  # `tl` is `fil` there.
    for language in CONJUNCTIONS.keys() - ours:
        patterns = Locale.parse(language).list_patterns
        joined = [patterns[kind]["2"].replace("\u200b", "").replace("\u200f", "") for kind in ("standard", "or")]
        assert tuple(pattern.format("", "") for pattern in joined) == CONJUNCTIONS[language]
