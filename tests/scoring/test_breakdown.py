"""Scores by intent and by slot type against scikit-learn's definitions worked by hand, and against seqeval."""

from __future__ import annotations

import pytest
from seqeval.metrics import classification_report

from kiloglot.scoring.breakdown import Confusion, confusions, intent_scores, mistakes, slot_scores
from kiloglot.scoring.official import Conversion
from kiloglot.scoring.rows import paired_rows
from kiloglot.values import Ontology, Prediction, Slot, Utterance

_TEXT = "aa bb cc dd"
_ONTOLOGY = Ontology(("go", "play", "stop", "unused"), ("date", "place", "time"))


def _slots(tags: str) -> tuple[Slot, ...]:
    names = {"d": "date", "p": "place", "t": "time"}
    return tuple(Slot(names[tag], 3 * at, 3 * at + 2) for at, tag in enumerate(tags) if tag != ".")


_CASES = [
    ("go", "dd.t", "go", "dd.t"),
    ("go", "t...", "stop", "tt.."),
    ("go", ".p..", "stop", "...."),
    ("go", "....", "play", "...t"),
    ("play", "d...", "play", "d.p."),
    ("stop", "..tt", "", "..tt"),
]
_GOLD = [Utterance(str(at), "en-US", _TEXT, case[0], _slots(case[1])) for at, case in enumerate(_CASES)]
_GIVEN = [Prediction(str(at), "en-US", case[2], _slots(case[3]), confidence=0.5) for at, case in enumerate(_CASES)]
_ROWS = paired_rows(_GOLD, _GIVEN, _ONTOLOGY, Conversion.OFFICIAL)


def test_precision_and_recall_of_an_intent() -> None:
    go, play, stop = intent_scores(_ROWS)
    assert (go.precision, go.recall, go.f1, go.support) == (1.0, 0.25, pytest.approx(0.4), 4)
    assert (play.precision, play.recall, play.support) == (0.5, 1.0, 1)
    assert (stop.precision, stop.recall, stop.f1, stop.support) == (0.0, 0.0, 0.0, 1)


def test_what_an_intent_is_taken_for_comes_most_frequent_first() -> None:
    go, _, stop = intent_scores(_ROWS)
    assert go.confused_with == (Confusion("go", "stop", 2), Confusion("go", "play", 1))
    assert stop.confused_with == (Confusion("stop", "", 1),)
    assert confusions(_ROWS)[0] == Confusion("go", "stop", 2)
    assert sum(each.utterances for each in confusions(_ROWS)) == 4


def test_scores_by_slot_type_are_those_of_seqeval() -> None:
    names = {".": "O", "d": "I-date", "p": "I-place", "t": "I-time"}
    expected = classification_report(
        [[names[tag] for tag in case[1]] for case in _CASES],
        [[names[tag] for tag in case[3]] for case in _CASES],
        output_dict=True,
        zero_division=0,
    )
    found = slot_scores(_ROWS)
    assert [each.type for each in found] == ["date", "place", "time"]
    for each in found:
        wanted = expected[each.type]
        assert (each.precision, each.recall, each.f1, each.support) == pytest.approx(
            (wanted["precision"], wanted["recall"], wanted["f1-score"], wanted["support"])
        )


def test_a_mistake_is_an_utterance_that_is_no_exact_match() -> None:
    found = mistakes(_GOLD, _GIVEN, _ROWS)
    assert [each.id for each in found] == ["1", "2", "3", "4", "5"]
    assert (found[0].gold_intent, found[0].predicted_intent) == ("go", "stop")
    assert (found[3].gold_slots, found[3].predicted_slots) == (_slots("d..."), _slots("d.p."))
