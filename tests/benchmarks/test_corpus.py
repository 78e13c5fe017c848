"""The sample that all systems learn from and are asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import Corpus, asked, make_corpus, pieces, utterances
from benchmarks.systems import Scope
from kiloglot.data import load
from kiloglot.text import segment

_WORDS = st.sampled_from(["wake", "me,", "am", "größe", "7:30", "¿qué", "कल", "朝七時", "ปลุกฉัน", "الساعة", "?"])


@given(st.lists(st.lists(_WORDS, min_size=1).map(" ".join), max_size=8), st.integers(1, 7))
def test_pieces_have_the_length_that_was_asked_for(texts: list[str], units: int) -> None:
    found = pieces(texts, units)
    assert [len(segment(piece)) for piece in found] == [units] * len(found)
    assert len(found) == sum(len(segment(text)) for text in texts) // units


@pytest.mark.parametrize("scope", ["one", "all"])
def test_questions_have_twelve_units_of_what_nobody_learned(corpus: Corpus, tiny_assistant: Path, scope: Scope) -> None:
    questions = asked(corpus.folder, scope)
    assert {len(segment(question)) for question in questions} == {12}
    data = load(tiny_assistant)
    held_out = [
        " ".join(u.text for u in data.utterances if u.partition != "train" and u.locale == locale)
        for locale in data.locales
    ]
    assert all(any(question in running for running in held_out) for question in questions)


def test_one_locale_and_all_of_them(corpus: Corpus) -> None:
    assert {u.locale for u in utterances(corpus.folder, "one", "train")} == {"en-US"}
    everything = utterances(corpus.folder, "all", "train")
    assert {u.locale for u in everything} == {"de-DE", "en-US", "ja-JP"} == set(corpus.locales)
    assert max(sum(u.locale == locale for u in everything) for locale in corpus.locales) <= 300


def test_the_sample_is_the_same_every_time(corpus: Corpus, tiny_assistant: Path, tmp_path: Path) -> None:
    again = make_corpus(tiny_assistant, tmp_path / "again")
    files = [path.name for path in corpus.folder.iterdir()]
    assert len(files) == 4
    assert all((again.folder / name).read_bytes() == (corpus.folder / name).read_bytes() for name in files)
    assert again.name == corpus.name
