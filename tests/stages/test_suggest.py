"""`suggest`: faults that were put in are found, and nothing is changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from kiloglot.errors import DataError
from kiloglot.runtime import NLU
from kiloglot.stages import suggest
from kiloglot.stages.suggest import SuggestConfig, Suggestion, SuggestReport

ALARM = [
    "wake me at six",
    "set an alarm for nine",
    "alarm at ten please",
    "wake me up at noon",
    "set the alarm to seven",
]
NEWS = ["what is in the news", "read me the headlines", "latest news please", "any news today", "tell me the headlines"]
Row = tuple[str, str, Sequence[tuple[str, int, int]]]


def data(folder: Path, rows: Sequence[Row]) -> Path:
    folder.mkdir(exist_ok=True)
    content = [
        {
            "id": str(place),
            "locale": "en-US",
            "text": text,
            "intent": intent,
            "slots": [{"type": kind, "start": start, "end": end} for kind, start, end in slots],
            "partition": "train",
        }
        for place, (text, intent, slots) in enumerate(rows)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
    return folder


def found(folder: Path) -> SuggestReport:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    report = suggest.run(SuggestConfig(folder=folder))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return report


def test_a_wrong_label_and_a_stiff_slot_are_found(tmp_path: Path) -> None:
    rows: list[Row] = [(text, "my_alarm", []) for text in ALARM] + [(text, "my_news", []) for text in NEWS]
    rows += [("wake me up at five", "my_news", []), ("alarm in berlin", "my_alarm", [("place", 9, 15)])]
    report = found(data(tmp_path / "odd", rows))
    labels = [each for each in report.suggestions if each.kind == "label"]
    assert labels[0].examples == ("wake me up at five",)
    assert "my_alarm" in labels[0].text
    (variety,) = [each for each in report.suggestions if each.kind == "variety"]
    assert variety.about == "place"
    assert "berlin" in variety.text
    assert report.sentences == len(rows)
    assert 0.5 < report.accuracy < 1
    assert report.first_locales == ("en-US",)
    assert {locale for locale, _ in report.unwritten} == {*NLU.load().manifest.locales} - {"en-US"}
    shares = [share for _, share in report.unwritten]
    assert shares == sorted(shares)


def test_a_summary_names_what_matters_most() -> None:
    kinds = ("confused", "label", "phrasing", "variety")
    weak = tuple(Suggestion(kind, "light", f"{kind} {place}", ("on",)) for kind in kinds for place in range(9))
    told = SuggestReport(weak, 40, 0.875, ("sw-KE", "en-US"), (("km-KH", 0.3125),)).told()
    assert "87.5 % of the 40 sentences" in told[0]
    assert "most in sw-KE, en-US" in told[1]
    assert "least in km-KH (31 %)" in told[2]
    assert told[3] == "confused 0 ('on')"
    assert len(told) == 3 + 5
    assert len(SuggestReport((), 40, 0.875, ("en-US",), ()).told()) == 1, "there is no other language to choose"


def test_intents_that_say_the_same_are_confused(tmp_path: Path) -> None:
    rows: list[Row] = [(text, f"wake_{place % 2}", []) for place, text in enumerate(ALARM * 2)]
    rows += [(text, "my_news", []) for text in NEWS]
    report = found(data(tmp_path / "twins", rows))
    confused = {each.about for each in report.suggestions if each.kind == "confused"}
    assert confused
    assert confused <= {"wake_0", "wake_1"}


def test_what_others_say_of_an_intent_that_is_known_is_shown(tmp_path: Path) -> None:
    rows: list[Row] = [("wake me at six", "alarm_set", []), *((text, "my_news", []) for text in NEWS)]
    report = found(data(tmp_path / "few", rows))
    phrasing = next(each for each in report.suggestions if (each.kind, each.about) == ("phrasing", "alarm_set"))
    assert "has 1 sentence in" in phrasing.text
    assert len(phrasing.examples) == 3


def test_one_intent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not two intents"):
        suggest.run(SuggestConfig(folder=data(tmp_path / "one", [("stop", "stop", [])])))
