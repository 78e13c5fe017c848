"""Scores of a system on the sample, counted by hand."""

from __future__ import annotations

import pytest

from benchmarks.serving import counted
from benchmarks.systems import Answer
from kiloglot.values import Slot, Utterance

_GOLD = (
    Utterance("1", "en-US", "wake me at nine", "alarm_set", (Slot("time", 11, 15),)),
    Utterance("2", "en-US", "stop", "stop"),
)


def test_slots_count_where_type_and_ends_are_right() -> None:
    near = (Slot("time", 8, 15),)
    right = _GOLD[0].slots
    # Two predicted and one gold slot, one of them right: F1 is 2 * 1 / 3.
    assert counted(_GOLD, [Answer("stop", right), Answer("stop", near)]) == pytest.approx(
        {"intent": 0.5, "slot_f1": 2 / 3}
    )
    assert counted(_GOLD, [Answer("alarm_set", near), Answer("stop", ())]) == {"intent": 1.0, "slot_f1": 0.0}


def test_what_a_system_does_not_give_is_not_scored() -> None:
    assert counted(_GOLD, [Answer("alarm_set"), Answer("stop")]) == {"intent": 1.0, "slot_f1": None}
    assert counted(_GOLD, [Answer(slots=_GOLD[0].slots), Answer(slots=())]) == {"intent": None, "slot_f1": 1.0}
