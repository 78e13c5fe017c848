"""What is known of the words of many texts, and of a batch, is what is known of each alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from kiloglot.text import Vocabulary, ngrams, parts, segment
from kiloglot.training import Batcher, Examples, Vocabularies, WordVectors, read_texts
from kiloglot.training.word_lists import word_counts, words_of
from kiloglot.values import Ontology, Utterance

TEXTS = ("turn the lights on", "", "明日の天気", "unlit", "the the x", "เปิดไฟ now", "?")
WORDS = WordVectors(
    np.array(["turn", "the", "light", "s", "明日", "天", "un", "lit", "เปิด", "ไฟ"]),
    np.array([False, False, False, True, True, True, False, True, False, True]),
    np.ones((10, 4), np.float32),
)
KNOWN = Vocabulary.holding(WORDS.hashes(), rows=4096)
UNITS = [segment(text) for text in TEXTS]


def alone(place: int) -> list[int]:
    """Rows of a text."""
    rows: list[int] = parts([UNITS[place]], ngrams([UNITS[place]]).words, KNOWN).rows.tolist()
    return rows


def test_each_text_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiloglot.training.word_lists._CHUNK", 3)
    lists = words_of(UNITS, read_texts(UNITS).words, KNOWN)
    found = [lists.rows[start:end].tolist() for start, end in pairwise(lists.at)]
    assert found == [alone(place) for place in range(len(TEXTS))]
    assert [len(rows) for rows in found] == [4, 0, 2, 2, 2, 2, 0]


def test_what_occurs_is_counted() -> None:
    hashes, counts = word_counts(UNITS, read_texts(UNITS).words, KNOWN)
    own = dict(zip(WORDS.hashes().tolist(), WORDS.forms.tolist(), strict=True))
    found = {own[key]: count for key, count in zip(hashes.tolist(), counts.tolist(), strict=True)}
    assert found == {"turn": 1, "the": 3, "light": 1, "s": 1, "明日": 1, "天": 1, "un": 1, "lit": 1, "เปิด": 1, "ไฟ": 1}


def test_a_batch_names_every_word_once() -> None:
    said = [Utterance(str(place), "en-US", text, "ask") for place, text in enumerate(TEXTS)]
    reading = read_texts(UNITS)
    known = reading.vocabularies(unit_rows=10, bag_rows=10, min_count=1, words=KNOWN)
    examples = Examples.of(said, UNITS, reading, known, Ontology(("ask",), ()), ("en-US",))
    words = Batcher(examples, 1000).make(np.arange(len(TEXTS))).words
    rows = words.rows.rows.numpy()
    assert len(set(rows.tolist())) == len(rows)
    for place in range(len(UNITS)):
        inside = words.mask[place].numpy() > 0
        assert rows[words.where[place].numpy()][inside].tolist() == alone(place)


def test_a_student_without_words_has_none() -> None:
    reading = read_texts(UNITS)
    none: Vocabularies = reading.vocabularies(unit_rows=10, bag_rows=10, min_count=1)
    lists = words_of(UNITS, reading.words, none.words)
    assert not len(lists.rows)
    assert lists.at.tolist() == [0] * (1 + len(UNITS))
