"""The demo's table: in line in every script, and safe for terminals that turn right-to-left text."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from kiloglot.cli import demonstration
from kiloglot.cli.demonstration import answers, told_demo
from kiloglot.stages.demo import UTTERANCES, DemoAnswer
from kiloglot.values import Alternative, Parse, Slot


def answer(locale: str, text: str, rejected: str | None = None) -> DemoAnswer:
    """An answer with the last word as its slot."""
    slot = Slot("place", len(text) - len(text.split()[-1]), len(text))
    return DemoAnswer(locale, Parse(text, locale, "go", 0.5, (slot,), (Alternative("go", 0.5),), rejected, "m 1"), 1.25)


def printed(renderable: Any) -> str:
    screen = io.StringIO()
    Console(file=screen, width=200).print(renderable)
    return screen.getvalue()


def test_columns_are_in_line_in_every_script() -> None:
    lines = [
        line for line in printed(answers("m 1", [answer(*each) for each in UTTERANCES])).splitlines() if " go " in line
    ]
    assert len(lines) == len(UTTERANCES)
    for column in (" go ", "place = ", "50.0 %", " 1.2"):
        assert len({cell_len(line[: line.index(column)]) for line in lines}) == 1


def test_right_to_left_words_stand_between_marks() -> None:
    (hebrew,) = [line for line in printed(answers("m 1", [answer("he-IL", "מה השעה")])).splitlines() if " go " in line]
    directions = [unicodedata.bidirectional(character) for character in hebrew.replace("\u200e", "|")]
    assert "\u200eמה השעה\u200e" in hebrew
    assert "R" in directions
    (english,) = [line for line in printed(answers("m 1", [answer("en-US", "go home")])).splitlines() if " go " in line]
    assert "\u200e" not in english


def test_a_rejected_answer_says_so() -> None:
    assert "go (low_confidence)" in printed(answers("m 1", [answer("en-US", "go home", "low_confidence")]))


@pytest.mark.parametrize(("trouble", "shown"), [("", "m 1: 1 locales"), ("no model", "No answers: no model")])
def test_the_demo_ends_with_what_to_type_next(trouble: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demonstration, "told_training", lambda console, report: None)
    screen = io.StringIO()
    report: Any = SimpleNamespace(
        trained=SimpleNamespace(model=Path("demo/starter/model")), model="m 1", answers=(answer("en-US", "go home"),),
        trouble=trouble,
    )  # fmt: skip
    told_demo(Console(file=screen, width=200), report)
    *_, first, second, third = screen.getvalue().splitlines()
    assert shown in screen.getvalue()
    assert first.startswith("kiloglot shell")
    assert second.startswith("kiloglot parse --model demo/starter/model ")
    assert third.startswith("kiloglot init ")
