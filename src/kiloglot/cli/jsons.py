"""Values and reports as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from kiloglot.values import Parse

__all__ = ["plain", "write"]


def plain(value: Any) -> Any:
    """`value` as what JSON has.

    A dataclass becomes an object of its fields and its public properties; a slot of a parse also has the words that it
    covers, as `value`.
    """
    if isinstance(value, Parse):
        words = [slot.value(value.text) for slot in value.slots]
        slots = [{**plain(slot), "value": said} for slot, said in zip(value.slots, words, strict=True)]
        return {**_object(value), "slots": slots}
    if hasattr(value, "to_json"):
        return json.loads(value.to_json())
    if is_dataclass(value) and not isinstance(value, type):
        return _object(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, Path) else value


def _object(value: Any) -> dict[str, Any]:
    names = [field.name for field in fields(value)]
    names += [name for name, part in vars(type(value)).items() if isinstance(part, property) and name[0] != "_"]
    return {name: plain(getattr(value, name)) for name in names}


def write(value: Any, *, indent: int | None = None) -> None:
    """Writes `value` as one line, or indented, to standard output; what that cannot encode becomes `\\uXXXX`."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    sys.stdout.write(text + "\n")
