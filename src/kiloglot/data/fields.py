"""Checked access to the fields of one JSON row. Errors name the field; the reader adds file and line."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale
from kiloglot.values import PARTITIONS, Partition, Slot

__all__ = ["locale_field", "number_field", "partition_field", "slots_field", "text_field"]

_LOCALES: dict[str, str] = {}
_PARTITIONS: dict[str, Partition] = {name: name for name in PARTITIONS}


def text_field(row: Mapping[str, Any], name: str, default: str | None = None, *, blank: bool = False) -> str:
    """The text in field `name`. Raises DataError where it is missing, no text, or blank though that is not allowed."""
    value = row.get(name, default)
    if type(value) is str and (blank or (value and not value.isspace())):
        return value
    if value is None:
        raise DataError(f"field {name!r} is missing", remedy=f"Every row needs it; this one has {sorted(row)}")
    problem = "is blank" if isinstance(value, str) else f"is a {type(value).__name__}, not text"
    raise DataError(f"field {name!r} {problem}", remedy="Correct it or remove the row")


def locale_field(row: Mapping[str, Any], name: str = "locale") -> str:
    """The locale of a row in its canonical spelling."""
    tag = text_field(row, name)
    known = _LOCALES.get(tag)
    if known is None:
        known = canonical_locale(tag)
        if len(_LOCALES) < 10_000:
            _LOCALES[tag] = known
    return known


def partition_field(row: Mapping[str, Any], default: str | None = None) -> Partition:
    """The partition of a row."""
    name = text_field(row, "partition", default)
    partition = _PARTITIONS.get(name)
    if partition is None:
        raise DataError(f"{name[:40]!r} is not a partition", remedy=f"Write one of {', '.join(PARTITIONS)}")
    return partition


def number_field(row: Mapping[str, Any], name: str, default: float | None) -> float | None:
    """The finite number in field `name`, or `default` where it is absent or null."""
    value = row.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DataError(f"field {name!r} is {str(value)[:40]}, not a finite number", remedy="Correct or omit it")
    return float(value)


def slots_field(row: Mapping[str, Any], length: int | None) -> tuple[Slot, ...]:
    """The spans of a row, checked for order and, where `length` is known, against the text's length in code points."""
    values = row.get("slots", [])
    if not isinstance(values, list):
        raise DataError("field 'slots' is not a list", remedy='Write [{"type": ..., "start": ..., "end": ...}]')
    slots: list[Slot] = []
    for value in values:
        slot = _slot(value)
        if slots and slot.start < slots[-1].end:
            raise DataError(f"slot {slot.type!r} overlaps or precedes the one before", remedy="Order slots by start")
        if length is not None and slot.end > length:
            raise DataError(
                f"slot {slot.type!r} ends at {slot.end}, beyond the text's {length} characters",
                remedy="Count code points of the text as given",
            )
        slots.append(slot)
    return tuple(slots)


def _slot(value: object) -> Slot:
    if not isinstance(value, dict):
        raise DataError("a slot is not an object", remedy='Write {"type": ..., "start": ..., "end": ...}')
    start, end = value.get("start"), value.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise DataError(
            f"slot offsets {str(start)[:20]} to {str(end)[:20]} are not a half-open span",
            remedy="Give whole numbers with 0 <= start < end",
        )
    confidence = number_field(value, "confidence", 1.0)
    return Slot(text_field(value, "type"), start, end, 1.0 if confidence is None else confidence)
