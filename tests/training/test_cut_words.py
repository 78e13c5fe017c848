"""Words are cut into the longest known parts, or by chance into shorter ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import Unit, Vocabulary, hashes_of_parts, ngrams, segment
from kiloglot.training.cut_words import CutWords
from kiloglot.training.word_lists import words_of

WORDS, INSIDE = ("lights", "light", "lig", "off", "明日", "unbelievably"), ("hts", "ht", "s", "日", "ly")
KEYS = np.concatenate(
    [ngrams([[Unit(form, 0, len(form), character=False)]]).words for form in WORDS] + [hashes_of_parts(INSIDE)]
)
VOCABULARY = Vocabulary.holding(KEYS, rows=4096)
NAMES = dict(zip(VOCABULARY.rows(KEYS).tolist(), (*WORDS, *(f"-{part}" for part in INSIDE)), strict=True))


def cuts(words: CutWords, dropout: float, seed: int) -> list[str]:
    """What each text is cut into."""
    found = words.cut(dropout, np.random.default_rng(seed))
    names = [NAMES[row] for row in found.rows.tolist()]
    return [" ".join(names[first:last]) for first, last in zip(found.at[:-1], found.at[1:], strict=True)]


@given(st.lists(st.text(alphabet="lightsofunbevay 明日x", max_size=20) | st.sampled_from(WORDS), max_size=5))
def test_without_dropout_they_are_what_a_student_is_asked_about(texts: list[str]) -> None:
    units = [segment(text) for text in texts]
    words, usual = CutWords.of(texts, VOCABULARY), words_of(units, ngrams(units).words, VOCABULARY)
    found = words.cut(0.0, np.random.default_rng(0))
    assert found.rows.tolist() == usual.rows.tolist()
    assert found.at.tolist() == usual.at.tolist()


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        (
            "lights",
            {"lights", "light -s", "light", "lig -hts", "lig -ht -s", "lig -ht", "lig -s", "lig", "-hts", "-ht -s",
             "-ht", "-s", ""},
        ),
        ("unbelievably", {"unbelievably", "-ly", ""}),
        ("明日", {"明日", "-日", ""}),
        ("tame", {""}),
    ],
)  # fmt: skip
def test_by_chance_shorter_parts_are_taken(text: str, possible: set[str]) -> None:
    words = CutWords.of([text], VOCABULARY)
    found = {cut for seed in range(600) for cut in cuts(words, 0.5, seed)}
    assert found == possible


def test_as_often_as_it_is_asked_for() -> None:
    many = CutWords.of(["lights off"] * 50, VOCABULARY)
    drawn = [cut for seed in range(400) for cut in cuts(many, 0.1, seed)]
    assert sum(cut.startswith("lights") for cut in drawn) / len(drawn) == pytest.approx(0.9, abs=0.04)
    assert cuts(many, 0.1, 3) == cuts(many, 0.1, 3)


def test_no_text_has_no_words() -> None:
    assert CutWords.of([], VOCABULARY).cut(0.5, np.random.default_rng(0)).at.tolist() == [0]
    assert cuts(CutWords.of(["", "off"], VOCABULARY), 0.0, 0) == ["", "off"]
