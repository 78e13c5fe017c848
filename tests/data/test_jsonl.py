"""Predictions of any system come in as values, or one clear error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.data.jsonl import (
    prediction_of_row,
    prediction_row,
    read_predictions,
    utterance_of_row,
    utterance_row,
    write_predictions,
)
from kiloglot.errors import DataError
from kiloglot.values import Prediction, Slot, Utterance

NAMES = st.text(min_size=1).filter(str.strip)
PROBABILITIES = st.floats(0, 1)


@st.composite
def spans(draw: st.DrawFn, length: int = 40) -> tuple[Slot, ...]:
    ends = sorted(draw(st.sets(st.integers(0, length), max_size=8)))
    pairs = zip(ends[::2], ends[1::2], strict=False)
    return tuple(Slot(draw(NAMES), start, end, draw(PROBABILITIES)) for start, end in pairs)


@given(
    st.builds(
        Prediction,
        id=NAMES,
        locale=st.sampled_from(["de-DE", "zh-Hant-TW", "tl"]),
        intent=st.text(),
        slots=spans(),
        confidence=st.none() | PROBABILITIES,
        guessed_locale=st.none() | NAMES,
        rejected=st.none() | NAMES,
    )
)
def test_prediction_survives_its_row(sample: Prediction) -> None:
    back = prediction_of_row(json.loads(json.dumps(prediction_row(sample))))
    assert back == sample
    assert [slot.confidence for slot in back.slots] == [slot.confidence for slot in sample.slots]


@given(NAMES, st.floats(min_value=1e-9, max_value=1e9), spans(8))
def test_utterance_survives_its_row(text: str, weight: float, slots: tuple[Slot, ...]) -> None:
    sample = Utterance("1", "de-DE", text + "12345678", "greet", slots, "dev", "", weight)
    assert utterance_of_row(json.loads(json.dumps(utterance_row(sample)))) == sample


def test_least_prediction_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "1", "locale": "de-DE", "intent": "greet", "slots": []}\n', encoding="utf-8")
    assert read_predictions(path) == (Prediction("1", "de-DE", "greet"),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": None}, "'id' is missing"),
        ({"locale": "de DE"}, "not a locale tag"),
        ({"slots": {}}, "not a list"),
        ({"slots": [{"type": "t", "start": 3, "end": 3}]}, "half-open span"),
        ({"slots": [{"type": "t", "start": True, "end": 3}]}, "half-open span"),
        ({"slots": [{"type": "t", "start": 0, "end": 3}, {"type": "t", "start": 2, "end": 4}]}, "overlaps"),
        ({"slots": [{"start": 0, "end": 3}]}, "'type' is missing"),
        ({"confidence": 1.5}, "no probability"),
        ({"confidence": float("nan")}, "not a finite number"),
    ],
)
def test_bad_prediction_is_named(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    good = {"id": "1", "locale": "de-DE", "intent": "greet"}
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps(good | {"id": "0"}) + "\n" + json.dumps(good | change) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=words) as caught:
        read_predictions(path)
    assert (caught.value.path, caught.value.line) == (path, 2)


def test_second_prediction_for_an_utterance_is_refused(tmp_path: Path) -> None:
    write_predictions(tmp_path / "p.jsonl", [Prediction("1", "de-DE", "a"), Prediction("1", "de-DE", "b")])
    with pytest.raises(DataError, match="second prediction") as caught:
        read_predictions(tmp_path / "p.jsonl")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "change", [{"weight": 0}, {"weight": "much"}, {"slots": [{"type": "t", "start": 0, "end": 99}]}, {"text": ""}]
)
def test_bad_utterance_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        utterance_of_row({"id": "1", "locale": "de-DE", "text": "hallo", "intent": "greet"} | change)


def test_failed_writing_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    write_predictions(path, [Prediction("1", "de-DE", "a")])

    def failing() -> Iterator[Prediction]:
        yield Prediction("2", "de-DE", "b")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_predictions(path, failing())
    assert [prediction.id for prediction in read_predictions(path)] == ["1"]
    assert list(tmp_path.iterdir()) == [path]
