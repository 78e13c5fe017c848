"""kiloglot's own JSONL: an utterance or a prediction a line, offsets half-open in code points of the text as given."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiloglot.data.fields import locale_field, number_field, partition_field, slots_field, text_field
from kiloglot.data.lines import json_objects, located
from kiloglot.data.whole import whole_file
from kiloglot.errors import DataError
from kiloglot.values import Prediction, Slot, Utterance

__all__ = [
    "prediction_of_row",
    "prediction_row",
    "read_predictions",
    "utterance_of_row",
    "utterance_row",
    "write_predictions",
    "write_utterances",
]


def utterance_of_row(row: Mapping[str, Any]) -> Utterance:
    """One row as an utterance; slots, partition, scenario and weight may be absent. Raises DataError."""
    text = text_field(row, "text")
    weight = number_field(row, "weight", 1.0)
    if weight is None or weight <= 0:
        raise DataError(f"weight {weight} is not above 0", remedy="Remove the row, or give it a positive weight")
    return Utterance(
        id=sys.intern(text_field(row, "id")),
        locale=locale_field(row),
        text=text,
        intent=sys.intern(text_field(row, "intent")),
        slots=slots_field(row, len(text)),
        partition=partition_field(row, "train"),
        scenario=sys.intern(text_field(row, "scenario", "", blank=True)),
        weight=weight,
    )


def utterance_row(utterance: Utterance) -> dict[str, Any]:
    """The row of one utterance."""
    return {
        "id": utterance.id,
        "locale": utterance.locale,
        "text": utterance.text,
        "intent": utterance.intent,
        "slots": _slot_rows(utterance.slots),
        "partition": utterance.partition,
        "scenario": utterance.scenario,
        "weight": utterance.weight,
    }


def _slot_rows(slots: Iterable[Slot]) -> list[dict[str, Any]]:
    """Rows of spans; a confidence of 1, as gold data has it, is left out."""
    return [
        {"type": slot.type, "start": slot.start, "end": slot.end}
        | ({} if slot.confidence == 1.0 else {"confidence": slot.confidence})
        for slot in slots
    ]


def write_utterances(path: Path, utterances: Iterable[Utterance]) -> None:
    """Writes a JSONL file, which appears only once it is whole."""
    _write(path, (utterance_row(utterance) for utterance in utterances))


def prediction_of_row(row: Mapping[str, Any]) -> Prediction:
    """One row as a prediction; only id, locale and intent must be there, an intent may be empty. Raises DataError."""
    confidence = number_field(row, "confidence", None)
    if confidence is not None and not 0 <= confidence <= 1:
        raise DataError(f"confidence {confidence} is no probability", remedy="Give a number from 0 to 1, or none")
    return Prediction(
        id=text_field(row, "id"),
        locale=locale_field(row),
        intent=text_field(row, "intent", blank=True),
        slots=slots_field(row, None),
        confidence=confidence,
        guessed_locale=_optional_text(row, "guessed_locale"),
        rejected=_optional_text(row, "rejected"),
    )


def _optional_text(row: Mapping[str, Any], name: str) -> str | None:
    return None if row.get(name) is None else text_field(row, name)


def prediction_row(prediction: Prediction) -> dict[str, Any]:
    """The row of one prediction, without what the system did not say."""
    row: dict[str, Any] = {
        "id": prediction.id,
        "locale": prediction.locale,
        "intent": prediction.intent,
        "slots": _slot_rows(prediction.slots),
    }
    for name in ("confidence", "guessed_locale", "rejected"):
        value = getattr(prediction, name)
        if value is not None:
            row[name] = value
    return row


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The predictions of a JSONL file. Raises DataError, naming the line, and then returns none of them."""
    predictions: list[Prediction] = []
    seen: set[tuple[str, str]] = set()
    for number, row in json_objects(path):
        try:
            prediction = prediction_of_row(row)
        except DataError as error:
            raise located(error, path, number) from error
        key = (prediction.locale, prediction.id)
        if key in seen:
            problem = f"a second prediction for id {prediction.id!r} in {prediction.locale}"
            raise DataError(problem, remedy="Keep one a sentence", path=path, line=number)
        seen.add(key)
        predictions.append(prediction)
    return tuple(predictions)


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Writes a JSONL file, which appears only once it is whole."""
    _write(path, (prediction_row(prediction) for prediction in predictions))


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with whole_file(path) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
