"""The home's benchmark: what is disturbed keeps its meaning, answers are compared by what they say, hassil is asked."""

from __future__ import annotations

import random

import pytest

from benchmarks.home import SYSTEMS, Answer, counted, text
from benchmarks.home_said import DISTURBANCES, Said, as_said
from benchmarks.machine import this_machine
from kiloglot.values import Slot, Utterance

SAID = "turn on the bright lamp in the kitchen please"
UTTERANCE = Utterance(
    "1", "en-US", SAID, "HassTurnOn", (Slot("name", 12, 23), Slot("area", 31, 38)), "test", "", 1.0
)  # fmt: skip


@pytest.mark.parametrize("kind", DISTURBANCES)
@pytest.mark.parametrize("seed", range(20))
def test_a_disturbed_command_means_the_same_and_says_its_slots(kind: str, seed: int) -> None:
    said = as_said(kind, UTTERANCE, random.Random(seed))
    assert said is not None
    assert said.intent == "HassTurnOn"
    assert {slot for slot, _ in said.slots} == {"name", "area"}
    assert all(words in said.text for _, words in said.slots)
    assert (said.text == SAID) == (kind == "held out")
    if kind in ("word left out", "order changed"):
        assert said.slots == {("name", "bright lamp"), ("area", "kitchen")}


def test_a_command_of_one_word_cannot_lose_one() -> None:
    short = Utterance("1", "en-US", "stop", "HassNevermind", (), "test", "", 1.0)
    assert as_said("word left out", short, random.Random(0)) is None
    assert as_said("names in English", short, random.Random(0)) is None


def test_answers_count_by_intent_and_by_what_slots_say() -> None:
    said = [
        Said("held out", "a", "HassSetVolume", frozenset({("volume_level", "20")})),
        Said("held out", "b", "HassTurnOn", frozenset({("name", "Lamp")})),
        Said("held out", "c", "HassTurnOn", frozenset()),
        Said("Tatoeba", "d", "", frozenset()),
    ]
    answers = {
        "a": Answer("HassSetVolume", frozenset({("volume_level", "20%")}), 0.001),
        "b": Answer("HassTurnOn", frozenset({("name", "the lamp")}), 0.001),
        "c": Answer("", frozenset(), 0.002),
        "d": Answer("HassTurnOn", frozenset(), 0.001),
    }
    held, foreign = counted(SYSTEMS[0], "en-US", said, answers.__getitem__)
    assert (held.asked, held.accepted, held.intents, held.exact) == (3, 2, 2, 1)
    assert (held.matched, held.unmatched) == ((0.001, 0.001), (0.002,))
    assert (foreign.asked, foreign.accepted) == (1, 1)
    both = [held, foreign, *counted(SYSTEMS[1], "en-US", said[:3], answers.__getitem__)]
    table = text(both, this_machine(()))
    assert "33.3 (66.7)" in table
    assert "100.0" in table
