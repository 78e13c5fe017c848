"""Entities in Rasa's examples: `[words](entity)`, `[words](entity:value)`, `[words]{"entity": ..., "role": ...}`.

The pattern is that of Rasa's own parser (rasa/shared/nlu/training_data/entities_parser.py): brackets have no escape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from kiloglot.data.formats.chunks import pieces
from kiloglot.errors import DataError
from kiloglot.values import Slot

__all__ = ["annotate_rasa", "parse_rasa"]

_ENTITY = re.compile(r"\[(?P<said>[^\]]+?)\](?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<json>[^}]+?)\})")
_OPEN = re.compile(r"\][({]|\[[^\[\]]*[({]\s*[\"\w]+\s*[)}:]")


def parse_rasa(source: str, named: Callable[[str, str], str]) -> tuple[str, list[Slot], list[tuple[Slot, str]]]:
    """(text, spans, what some of the spans mean) of one example.

    `named(entity, part)` gives the slot type, `part` being the `role` or `group` that is already in the name. Raises
    DataError where an annotation does not close or names no entity.
    """
    text, at = "", 0
    slots: list[Slot] = []
    meanings: list[tuple[Slot, str]] = []
    for match in _ENTITY.finditer(source):
        plain, words = source[at : match.start()], match["said"]
        _refuse_open(plain)
        text += plain
        slot_type, means = _entity(match, named)
        if words.strip():
            slots.append(Slot(slot_type, len(text), len(text) + len(words)))
            if means:
                meanings.append((slots[-1], means))
        text, at = text + words, match.end()
    _refuse_open(source[at:])
    return text + source[at:], slots, meanings


def _entity(match: re.Match[str], named: Callable[[str, str], str]) -> tuple[str, str]:
    """(slot type, canonical value or nothing) of an annotation."""
    if match["entity"]:
        return named(match["entity"], ""), match["value"] or ""
    fields = _fields(match["json"])
    name = found = str(fields["entity"])
    for part in ("role", "group"):
        if fields.get(part):
            name = f"{name}.{fields[part]}"
            found = named(name, part)
    return found if name != fields["entity"] else named(name, ""), str(fields.get("value") or "")


def _fields(content: str) -> dict[str, Any]:
    remedy = 'Write [words]{"entity": "type"}'
    try:
        fields = json.loads("{" + content + "}")
    except ValueError as error:
        raise DataError(f"{{{content[:60]}}} is no JSON", remedy=remedy) from error
    if not isinstance(fields.get("entity"), str):
        raise DataError(f"{{{content[:60]}}} names no entity", remedy=remedy)
    return dict(fields)


def _refuse_open(plain: str) -> None:
    """Raises DataError where words outside annotations look like one that is not closed."""
    found = _OPEN.search(plain)
    if found:
        problem = f"an annotation that does not close: {plain[found.start() :][:40]!r}"
        raise DataError(problem, remedy="Write [words](entity), on one line")


def annotate_rasa(text: str, slots: Iterable[Slot]) -> str | None:
    """One example, None where Rasa's notation cannot write it: it has no escape for its brackets."""
    slots = list(slots)
    example = "".join(words if not slot else _written(words, slot) for words, slot in pieces(text, slots))
    try:
        read = parse_rasa(example, lambda name, part: name)
    except DataError:
        return None
    return example if (read[0], read[1]) == (text, slots) else None


def _written(words: str, slot: str) -> str:
    if "(" in slot or ")" in slot:
        return f"[{words}]" + json.dumps({"entity": slot}, ensure_ascii=False)
    return f"[{words}]({slot})"
