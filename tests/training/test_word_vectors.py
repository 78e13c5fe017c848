"""Words and their vectors: in a file, and as rows of a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kiloglot.errors import DataError
from kiloglot.text import ngrams, parts, segment
from kiloglot.training import WordVectors
from kiloglot.training.cut_words import CutWords

FORMS = ("lights", "наступило", "灯", "c'est", "24")
INSIDE = (False, False, True, False, False)


def vectors(count: int = len(FORMS)) -> WordVectors:
    forms = np.array([*FORMS, *(f"word{place}" for place in range(count - len(FORMS)))])
    inside = np.array([*INSIDE, *[False] * (count - len(FORMS))])
    return WordVectors(forms, inside, np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32))


def test_a_file_holds_them(tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    vectors().write(path)
    again = WordVectors.read(path)
    assert again.forms.tolist() == list(FORMS)
    assert again.inside.tolist() == list(INSIDE)
    assert again.vectors == pytest.approx(vectors().vectors, abs=1e-3)
    assert [file.name for file in tmp_path.iterdir()] == ["words.npz"]


@pytest.mark.parametrize("form", FORMS)
def test_a_word_is_found_in_a_text_that_says_it(form: str) -> None:
    place = FORMS.index(form)
    vocabulary, table = vectors().table(100)
    units = segment(f"oh, {form} !")
    found = parts([units], ngrams([units]).words, vocabulary)
    assert found.sizes.tolist() == [1]
    assert table[int(found.rows[0])].numpy() == pytest.approx(vectors().vectors[place])


@pytest.mark.parametrize("in_letters", [False, True])
def test_a_reader_finds_words_written_as_its_model_hashes_them(in_letters: bool) -> None:
    told = WordVectors(np.array(["불을", "켜", "ሰላም"]), np.array([False, True, False]), np.eye(3, 4, dtype=np.float32))
    vocabulary, table = told.table(100, in_letters=in_letters)
    ways = {way: CutWords.of(["불을 ሰላም"], vocabulary, in_letters=way).cut(0.0, np.random.default_rng(0)).rows
            for way in (False, True)}  # fmt: skip
    assert table[ways[in_letters]].tolist() == told.vectors[[0, 2]].tolist()
    assert len(ways[not in_letters]) == 0


def test_the_first_ones_have_the_rows_where_there_are_few() -> None:
    vocabulary, table = vectors(1000).table(100)
    kept = vocabulary.rows(vectors(1000).hashes()) >= 0
    assert len(table) == 100
    assert kept[:30].mean() > 0.8 > 0.1 > kept[500:].mean()


@pytest.mark.parametrize(
    ("forms", "inside", "given"),
    [
        (np.array(["a", "b"]), np.zeros(2, bool), np.zeros((3, 4))),
        (np.array([1, 2]), np.zeros(2, bool), np.zeros((2, 4))),
        (np.array(["a", "b"]), np.zeros(2, bool), np.zeros((2, 5))),
        (np.array(["a", "b"]), np.zeros(2, bool), np.full((2, 4), np.nan)),
        (np.array(["a", "b"]), np.zeros(3, bool), np.zeros((2, 4))),
        (np.array(["a", ""]), np.zeros(2, bool), np.zeros((2, 4))),
        (np.array(["a", "longer than ten"]), np.array([False, True]), np.zeros((2, 4))),
        (np.array(["a", "한국말한국"]), np.array([False, True]), np.zeros((2, 4))),  # fifteen letters
    ],
)
def test_what_is_no_words_with_vectors_is_refused(tmp_path: Path, forms: object, inside: object, given: object) -> None:
    np.savez(tmp_path / "words.npz", forms=forms, inside=inside, vectors=given)
    with pytest.raises(DataError, match="kiloglot words"):
        WordVectors.read(tmp_path / "words.npz")


def test_a_file_that_is_not_there_or_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no zip", encoding="utf-8")
    for name in ("absent.npz", "text.npz"):
        with pytest.raises(DataError, match="no readable word vectors"):
            WordVectors.read(tmp_path / name)
