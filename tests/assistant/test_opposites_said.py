"""Opposites as people say them, in every language at hand, asked of the bundled model of the home."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from benchmarks.home_short import short_commands
from kiloglot import NLU
from kiloglot.assistant import Registry, answers
from kiloglot.assistant.answers import Command
from kiloglot.data import Device, Household, Notes, load
from kiloglot.data.home import home_templates, home_utterances, templates_path
from kiloglot.data.home_intents import OPPOSITES, contrary, plain_intent
from kiloglot.data.home_massive import of_the_home
from kiloglot.values import Utterance

MOST_CONFUSED, MOST_CONFUSED_BY_PEOPLE = 0.0015, 0.003
"""Share of commands with an opposite, not trained on, that may be understood as it, of what templates say and of what
people said, some of whose labels are the opposite of the text; `docs/log.md` has what it was."""


def reversed_by(meant: str, command: Command) -> bool:
    """Whether somebody would act on the opposite of what is meant."""
    return not command.rejected and contrary(meant, command.parse.intent)


def confused(nlu: NLU, said: Iterable[Utterance]) -> list[tuple[str, str, str]]:
    """(locale, text, what it is taken for) of those that are taken for their opposites."""
    own = list(said)
    found = answers(nlu, [u.text for u in own])
    pairs = zip(own, (answer.whole for answer in found), strict=True)
    return [(u.locale, u.text, each.parse.intent) for u, each in pairs if reversed_by(u.intent, each)]


def test_no_short_command_is_taken_for_its_opposite() -> None:
    said = list(short_commands())
    found = answers(NLU.load("home"), [each.text for _, each in said])
    pairs = zip(said, found, strict=True)
    assert [(locale, each.text) for (locale, each), answer in pairs if reversed_by(each.intent, answer.whole)] == []


@pytest.fixture(scope="module")
def held_out() -> list[Utterance]:
    """Commands with an opposite that templates of `dev` and `test` say, in all languages of Home Assistant."""
    utterances = home_utterances(home_templates(templates_path(), Household()), 0, Notes())
    return [u for u in utterances if u.partition != "train" and plain_intent(u.intent) in OPPOSITES]


@pytest.mark.slow
def test_what_templates_say_is_hardly_ever_taken_for_its_opposite(held_out: list[Utterance]) -> None:
    wrong = confused(NLU.load("home"), held_out)
    assert len({u.locale for u in held_out}) >= 60
    assert len(wrong) <= MOST_CONFUSED * len(held_out), wrong


@pytest.mark.slow
def test_a_lock_that_the_household_names_is_never_taken_for_its_opposite(held_out: list[Utterance]) -> None:
    nlu, locks = NLU.load("home"), [u for u in held_out if u.intent in ("HassTurnOn/for=lock", "HassTurnOff/for=lock")]
    wrong = []
    for u in locks:
        names = [slot.value(u.text) for slot in u.slots if slot.type == "name"]
        registry = Registry(Household(tuple(Device(name, "lock") for name in names)))
        (answer,) = answers(nlu, [u.text], registry=registry)
        if names and reversed_by(u.intent, answer.whole):
            wrong.append((u.locale, u.text, answer.whole.parse.intent))
    assert len(locks) > 400
    assert wrong == []


@pytest.mark.slow
@pytest.mark.skipif("MASSIVE" not in os.environ, reason="MASSIVE names an archive or a folder of MASSIVE 1.1")
def test_what_massive_says_is_hardly_ever_taken_for_its_opposite() -> None:
    utterances = load(Path(os.environ["MASSIVE"]), partitions=["dev"]).utterances
    said = [u for u in of_the_home(utterances, 0) if plain_intent(u.intent) in OPPOSITES]
    wrong = confused(NLU.load("home"), said)
    assert len({u.locale for u in said}) == 52
    assert len(wrong) <= MOST_CONFUSED_BY_PEOPLE * len(said), wrong
