"""The home's benchmark: what is disturbed keeps its meaning, answers are compared by what they say, hassil is asked."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from benchmarks.home import counted, measured, text, written_outside
from benchmarks.home_costs import costs
from benchmarks.home_said import DISTURBANCES, INFLECTED, TWO, Said, as_said, inflected, together
from benchmarks.home_short import SHORT, short_commands
from benchmarks.home_systems import SYSTEMS, Answer, systems
from benchmarks.machine import this_machine
from kiloglot import NLU
from kiloglot.data import Household, Notes
from kiloglot.data.home import home_locale, home_templates, home_utterances, templates_path
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


def test_two_commands_mean_both() -> None:
    other = Utterance("2", "en-US", "stop", "HassNevermind", (), "test", "", 1.0)
    said = together(UTTERANCE, other, "en-US")
    both = frozenset({("name", "bright lamp"), ("area", "kitchen")})
    assert said == Said(TWO, f"{SAID} and stop", "HassTurnOn + HassNevermind", both)
    assert together(UTTERANCE, other, "kw") is None


def test_an_inflected_name_is_said_as_it_is_inflected() -> None:
    forms = {"name": ["bright lamps"], "area": [], "item": ["eggs"]}
    said = inflected(UTTERANCE, forms, random.Random(0))
    expected = frozenset({("name", "bright lamps"), ("area", "kitchen")})
    assert said == Said(INFLECTED, SAID.replace("lamp", "lamps"), "HassTurnOn", expected)
    assert inflected(UTTERANCE, {"name": []}, random.Random(0)) is None


def test_short_commands_are_of_languages_that_templates_have_and_no_text_means_two() -> None:
    found = list(short_commands())
    assert len({(locale, said.text) for locale, said in found}) == len(found) > 300
    known = {home_locale(file.stem) for file in templates_path().glob("*.json")}
    assert {locale for locale, _ in found} <= known
    assert all(said.kind == SHORT and all(words in said.text for _, words in said.slots) for _, said in found)


def test_marks_are_no_ornament_outside_latin() -> None:
    def heard(text: str) -> str:
        said = as_said("as heard", Utterance("1", "xx", text, "HassTurnOn", (), "test", "", 1.0), random.Random(0))
        assert said is not None
        return said.text

    assert heard("Öffne Rolläden") == "offnerolladen"
    assert heard("ガレージ の") == "ガレージの"
    assert heard("включи Чайник") == "включичайник"


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
    table = text(both, [], this_machine(()))
    assert "33.3 (66.7)" in table
    assert "100.0" in table


MONGOLIAN = "mn-MN"  # The language with the smallest file of templates.


def test_what_was_asked_before_is_not_asked_again(tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    first = measured(str(tiny_model), tiny_assistant, None, kept, each=2, locales=[MONGOLIAN])
    (file,) = kept.iterdir()
    assert {count.system for count in first} == set(SYSTEMS)
    assert {count.locale for count in first} == {MONGOLIAN}
    rows = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps([{**row, "asked": 77} for row in rows]), encoding="utf-8")
    again = measured(str(tiny_model), tiny_assistant, None, kept, each=2, locales=[MONGOLIAN])
    assert {count.asked for count in again} == {77}


@pytest.mark.slow
def test_hassil_understands_what_we_say_is_said() -> None:
    """The labels of what is held out, against the program that the templates are written for."""
    content = home_templates(templates_path(), Household(), ["ru-RU"])
    tested = [u for u in home_utterances(content, 0, Notes()) if u.partition == "test"]
    tested = random.Random(0).sample(tested, 60)
    recognise = dict(systems(NLU.load("massive"), "ru-RU", content))[SYSTEMS[2]]
    said = [found for u in tested if (found := as_said("held out", u, random.Random(0)))]
    (count,) = counted(SYSTEMS[2], "ru-RU", said, recognise)
    assert count.exact / count.asked >= 0.95


@pytest.mark.slow
def test_costs_are_of_ours_and_of_hassil_in_one_language_and_in_all() -> None:
    ours, one, every = costs("massive")
    assert (ours.languages, one.languages) == (52, 1)
    assert every.languages >= 60
    assert every.disk > one.disk > 0
    assert every.memory > one.memory > 10e6


def test_what_a_home_can_do_is_no_false_accept(tmp_path: Path) -> None:
    (tmp_path / "deu-eng.tsv").write_text(
        "Mach das Licht an.\tTurn on the light, please.\nIch lese.\tI read.\n", "utf-8"
    )
    assert list(written_outside(tmp_path)) == [("de-DE", "Ich lese."), ("en-US", "I read.")]
