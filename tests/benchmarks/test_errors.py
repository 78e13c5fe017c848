from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.errors import counted, drawn, read_mistakes, recalled, write_mistakes
from kiloglot.errors import DataError
from kiloglot.values import Prediction, Slot, Utterance


def said(id: str, text: str, intent: str, locale: str = "de-DE", partition: str = "dev") -> Utterance:
    return Utterance(id=id, locale=locale, text=text, intent=intent, slots=(), partition=partition)


UTTERANCES = [
    said("1", "licht an", "on", partition="train"),
    said("2", "lampe an", "on"),
    said("2", "lamp on", "on", "en-US"),
    replace(said("3", "licht um neun", "on"), slots=(Slot("time", 9, 13),)),
    said("4", "licht", "on"),
]
PREDICTIONS = [
    Prediction("2", "de-DE", "off"),
    Prediction("3", "de-DE", "on", (Slot("time", 6, 13),)),
    Prediction("4", "de-DE", "on"),
]


def test_what_is_wrong_is_drawn_with_what_helps_to_read_it() -> None:
    mistakes = {mistake.id: mistake for mistake in drawn(UTTERANCES, PREDICTIONS, ["de-DE"], each=5)}
    assert sorted(mistakes) == ["2", "3"]
    assert (mistakes["2"].english, mistakes["2"].said_intent, mistakes["2"].said) == ("lamp on", "off", "=")
    assert mistakes["2"].strange == "lampe"
    assert (mistakes["3"].said_intent, mistakes["3"].gold) == ("=", "licht um [time : neun]")
    assert mistakes["3"].said == "licht [time : um neun]"


def test_what_was_read_is_counted(tmp_path: Path) -> None:
    first, second = drawn(UTTERANCES, PREDICTIONS, ["de-DE"], each=5)
    write_mistakes(tmp_path / "read.tsv", [replace(first, cause="noise"), replace(second, cause="boundary")])
    table = counted(read_mistakes(tmp_path / "read.tsv"), {"de-DE": 0.6})
    assert [line.split()[:3] for line in table.splitlines() if line.startswith(("noise", "boundary"))] == [
        ["noise", "1", "1"],
        ["boundary", "1", "1"],
    ]
    assert "60.0, 80.0" in table


def test_what_stays_wrong_is_drawn_again_and_keeps_its_cause() -> None:
    other = [replace(PREDICTIONS[0], intent="dim"), PREDICTIONS[1], replace(PREDICTIONS[2], intent="off")]
    before, after = (drawn(UTTERANCES, each, ["de-DE"], each=5) for each in (PREDICTIONS, other))
    order = [mistake.id for mistake in after]
    assert [id for id in order if id != "4"] == [mistake.id for mistake in before]
    known = recalled(after, [replace(mistake, cause="noise") for mistake in before])
    assert {mistake.id: mistake.cause for mistake in known} == {"2": "", "3": "noise", "4": ""}


def test_what_is_no_cause_is_refused(tmp_path: Path) -> None:
    write_mistakes(tmp_path / "read.tsv", drawn(UTTERANCES, PREDICTIONS, ["de-DE"], each=1))
    with pytest.raises(DataError, match=r"read\.tsv:2: '' is no cause"):
        read_mistakes(tmp_path / "read.tsv")
