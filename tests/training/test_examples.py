"""Labelled utterances as arrays: labels at units, rows, meanings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.text import ngrams, parse_annotated, segment
from kiloglot.training import Examples, Ragged, examples_of, read_texts, segmented
from kiloglot.values import Ontology, Slot, Utterance


def said(annotated: str, *, id: str = "1", locale: str = "en-US", intent: str = "go", weight: float = 1.0) -> Utterance:
    text, slots = parse_annotated(annotated)
    return Utterance(id, locale, text, intent, slots, weight=weight)


def examples(utterances: Sequence[Utterance], locales: Sequence[str] = ("de-DE", "en-US", "ja-JP")) -> Examples:
    reading = read_texts(segmented(utterances))
    vocabularies = reading.vocabularies(unit_rows=5000, bag_rows=5000, min_count=1)
    return examples_of(utterances, vocabularies, Ontology.of(utterances), locales)


LABELS = [
    # (annotated, types at units, units at which a slot begins); "-" is no slot
    ("wake me at [time : six a.m.] [date : friday]", "- - - time time date", [3, 5]),
    ("[time : six] [time : seven]", "time time", [0, 1]),
    ("alarm", "-", []),
    ("明日[time : 七時]に", "- - time time -", [2]),
    ("[artist : abc]を再生", "artist - - -", [0]),
    ("gehe nach [place : berlin]s mitte", "- - place -", [2]),  # a slot that ends inside a unit has the unit
    ("x[place : berlin]", "place", [0]),  # and one that begins inside it
    ("[place : ankara][time : 'da]", "place", [0]),  # two of them in one unit: the first has it
    ("[place : new york][time : 'da yarın]", "place place time", [0, 2]),
    ("stop [place : ?] now", "- -", []),  # a slot over nothing but punctuation covers no unit
]


@pytest.mark.parametrize(("annotated", "types", "begins"), LABELS)
def test_labels_stand_at_the_units_of_their_slots(annotated: str, types: str, begins: list[int]) -> None:
    filler = said("[artist : a] [date : b] [place : c] [time : d]", id="2")
    found = examples([said(annotated), filler])
    names = ("-", "artist", "date", "place", "time")
    length = int(found.length[0])
    assert [names[which] for which in found.slot[:length]] == types.split()
    assert np.flatnonzero(found.begins[:length]).tolist() == begins


def test_rows_are_those_of_the_known_ngrams() -> None:
    taught = [said("wake me at six"), said("明日七時に起こして", locale="ja-JP", id="2")]
    vocabularies = read_texts(segmented(taught)).vocabularies(unit_rows=5000, bag_rows=5000, min_count=1)
    asked = [said("wake him at six o'clock"), said("明日の七時"), said("?"), said("wake wake")]
    found = examples_of(asked, vocabularies, Ontology.of(taught), ("en-US",))
    for place, utterance in enumerate(asked):
        units = segment(utterance.text)
        hashed = ngrams([units])
        bag = vocabularies.bag.rows(hashed.bag)
        at = found.bags.at
        assert found.bags.rows[at[place] : at[place + 1]].tolist() == bag[bag >= 0].tolist()
        hashes = np.split(vocabularies.units.rows(hashed.unit), np.cumsum(hashed.unit_size)[:-1]) if units else []
        for which, rows in zip(found.unit[found.unit_at[place] : found.unit_at[place + 1]], hashes, strict=True):
            mine = found.units.rows[found.units.at[which] : found.units.at[which + 1]]
            assert mine.tolist() == rows[rows >= 0].tolist()


def test_equal_units_are_kept_once() -> None:
    found = examples([said("wake me wake me"), said("me too", id="2")])
    assert found.unit[:4].tolist() == [*found.unit[:2], *found.unit[:2]]
    assert found.unit[4] == found.unit[1]
    assert len(found.units.at) - 1 == 3


def test_locales_are_numbered_from_one_and_strangers_are_zero() -> None:
    found = examples([said("a"), said("b", locale="ja-JP"), said("c", locale="sw-KE")])
    assert found.locale.tolist() == [2, 3, 0]


def test_weights_are_kept() -> None:
    assert examples([said("a", weight=0.5), said("b", id="2", weight=2.0)]).weight.tolist() == [0.5, 2.0]


def test_translations_share_a_meaning() -> None:
    pairs = [said(word, id=id, locale=locale) for id in "123" for locale, word in (("en-US", "a"), ("de-DE", "b"))]
    meaning = examples(pairs).meaning
    assert meaning.tolist() == [0, 0, 1, 1, 2, 2]


def test_without_translations_intents_are_the_meanings() -> None:
    apart = [said("a", id="1", intent="x"), said("b", id="2", intent="y"), said("c", id="3", intent="x")]
    assert examples(apart).meaning.tolist() == [0, 1, 0]


@given(st.lists(st.lists(st.integers(-1, 9), max_size=4), max_size=6))
def test_ragged_keeps_what_is_known(lists: list[list[int]]) -> None:
    flat = np.array([row for rows in lists for row in rows], np.int64)
    ragged = Ragged.known(flat, np.array([len(rows) for rows in lists], np.int64))
    found = [ragged.rows[a:b].tolist() for a, b in zip(ragged.at, ragged.at[1:], strict=False)]
    assert found == [[row for row in rows if row >= 0] for rows in lists]


@pytest.mark.parametrize("texts", [["?"], ["", "?!"], ["a", "", "b"]])
def test_utterances_without_units_have_no_rows(texts: list[str]) -> None:
    found = examples([Utterance(str(place), "en-US", text, "go") for place, text in enumerate(texts)])
    assert found.length.tolist() == [len(segment(text)) for text in texts]
    assert (np.diff(found.bags.at) > 0).tolist() == [len(segment(text)) > 0 for text in texts]


def test_many_utterances_are_hashed_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    utterances = [said(f"number {n} of {n % 7}", id=str(n)) for n in range(50)]
    whole = read_texts(segmented(utterances))
    monkeypatch.setattr("kiloglot.training.examples._CHUNK", 3)
    parts = read_texts(segmented(utterances))
    for name in type(whole).__slots__:
        assert np.array_equal(getattr(whole, name), getattr(parts, name)), name


def test_a_slot_beyond_the_text_that_is_read_is_left_out() -> None:
    text = "word " * 2000
    slot = Slot("place", len(text) - 5, len(text) - 1)
    found = examples([Utterance("1", "en-US", text, "go", (slot,))])
    assert not found.slot.any()
