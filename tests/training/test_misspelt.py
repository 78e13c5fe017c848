"""Copies with wrong letters: one fault each, slots where they were, nothing that somebody means otherwise."""

from __future__ import annotations

import random
import unicodedata
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.training.misspelt import misspelt
from kiloglot.values import Slot, Utterance


def said(text: str, *slots: Slot, locale: str = "en-US", intent: str = "on") -> Utterance:
    return Utterance("1", locale, text, intent, slots)


WORDS = st.text(st.sampled_from("aåöéñtrлиюनीคาは京'"), min_size=1, max_size=7)


@given(st.lists(st.tuples(WORDS, st.booleans()), min_size=1, max_size=6), st.integers(0, 99))
def test_what_is_meant_stays_and_words_have_one_fault(words: list[tuple[str, bool]], seed: int) -> None:
    text, slots = "", list[Slot]()
    for word, named in words:
        start = len(text) + bool(text)
        text = f"{text} {word}" if text else word
        if named:
            slots.append(Slot("name", start, len(text)))
    for wrong in misspelt([said(text, *slots)], 0.9, seed):
        assert wrong.text != text
        assert (wrong.id, wrong.intent, [slot.type for slot in wrong.slots]) == ("1", "on", ["name"] * len(slots))
        pairs = list(zip(slots, wrong.slots, strict=True))
        assert all(new.start < new.end <= len(wrong.text) for new in wrong.slots)
        unmarked = [c for c in unicodedata.normalize("NFD", wrong.text) if not unicodedata.combining(c)]
        bare = [c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)]
        if unmarked == bare and len(unmarked) < len(wrong.text) + 1:
            continue  # Marks alone are gone.
        assert sum(old.value(text) != new.value(wrong.text) for old, new in pairs) <= 1
        assert SequenceMatcher(None, text, wrong.text, autojunk=False).ratio() > 0.5


@pytest.mark.parametrize(
    ("text", "slots", "possible"),
    [
        ("öl an", (), {"ol an", "ölan"}),
        ("tắt đèn", (Slot("name", 4, 7),), {"tat đen"}),
        ("now", (), set()),
        ("明かりをつけて", (), set()),
        ("on it", (Slot("name", 3, 5),), set()),
        ("on it now", (Slot("name", 3, 5),), set()),
        ("on it", (), {"onit"}),
        ("lo xyz", (), {"loxyz"}),
        ("abcd", (), {"acbd", "abdc", "acd", "abd", "abbcd", "abccd", "aacd", "accd", "adcd", "abad", "abbd", "abdd"}),
    ],
)
def test_faults_are_those_of_fingers_and_recognisers(text: str, slots: tuple[Slot, ...], possible: set[str]) -> None:
    own = said(text, *slots)
    found = {wrong.text for seed in range(300) for wrong in misspelt([own], 0.9, seed)}
    assert found == possible


def test_slots_move_along() -> None:
    own = said("mach küche und flur an", Slot("area", 5, 10), Slot("area", 15, 19))
    for seed in range(200):
        for wrong in misspelt([own], 0.9, seed):
            values = [slot.value(wrong.text) for slot in wrong.slots]
            assert values[0] in ("küche", "kuche") or values[1] == "flur"
            assert not any(" " in value for value in values)
            kept = wrong.text.startswith("mach ") and wrong.text.endswith(" an")
            assert kept or values == ["küche", "flur"]


def test_what_the_locale_says_otherwise_is_no_fault() -> None:
    others = [said("onit", intent="off"), said("on it", intent="on")]
    assert {w.text for seed in range(50) for w in misspelt(others, 0.9, seed)} == {
        w.text for seed in range(50) for w in misspelt([others[0]], 0.9, seed)
    }


def test_a_share_of_them_is_copied_and_always_the_same() -> None:
    rng = random.Random(0)
    many = [said("".join(rng.choices("abcdefgh", k=8))) for _ in range(2000)]
    first, again, other = (list(misspelt(many, 0.2, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert 320 <= len(first) <= 480
    assert list(misspelt(many, 0, 1)) == []
