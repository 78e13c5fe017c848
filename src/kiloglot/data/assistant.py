"""assistant.toml: the name, the settings and the ontology of an assistant that somebody writes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiloglot.data.faults import Fault, fault_of
from kiloglot.data.yaml_lines import read_text
from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale
from kiloglot.values import Ontology

__all__ = ["Assistant", "Intent", "SlotType", "read_assistant"]

_TABLES = {"assistant", "intents", "slots"}
_SETTINGS: dict[str, type] = {
    "name": str,
    "version": str,
    "licence": str,
    "description": str,
    "locales": list,
    "seed": int,
    "expand": int,
}
_INTENT: dict[str, type] = {"description": str, "scenario": str, "slots": list, "locales": list}
_SLOT: dict[str, type] = {"description": str}
_NAME = re.compile(r"[^\s:\[\]{}|\\]+")


@dataclass(frozen=True, slots=True)
class Intent:
    """One `[intents.<name>]` table."""

    name: str
    """Name of the ontology."""
    description: str
    """For people."""
    scenario: str
    """Group of intents, empty where there is none."""
    slots: tuple[str, ...]
    """Slot types that its utterances may hold."""
    locales: tuple[str, ...] = ()
    """Canonical tags of the locales that have it; empty: all."""


@dataclass(frozen=True, slots=True)
class SlotType:
    """One `[slots.<name>]` table."""

    name: str
    """Name of the ontology."""
    description: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Assistant:
    """What assistant.toml says."""

    path: Path
    """The file."""
    name: str
    """Name of the assistant."""
    version: str
    """Its version, any text."""
    licence: str
    """SPDX identifier, empty where none is given."""
    description: str
    """For people."""
    locales: tuple[str, ...]
    """Canonical tags; empty: every file in locales/."""
    seed: int
    """Seed under which templates expand."""
    expand: int
    """Utterances made at most from one template of `train`."""
    intents: Mapping[str, Intent]
    """By name."""
    slots: Mapping[str, SlotType]
    """By name."""

    @property
    def ontology(self) -> Ontology:
        """The names, sorted: the order of tables does not matter."""
        return Ontology(tuple(sorted(self.intents)), tuple(sorted(self.slots)))

    @property
    def limited(self) -> dict[str, tuple[str, ...]]:
        """The locales of each intent that not all locales have."""
        return {intent.name: intent.locales for intent in self.intents.values() if intent.locales}


def read_assistant(path: Path, faults: list[Fault]) -> Assistant | None:
    """The assistant, or None where the file cannot be read at all; everything wrong is added to `faults`."""
    try:
        text = read_text(path)
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"\(at line (\d+)", str(error))
        remedy = "Correct the line; `kiloglot init` shows a whole file"
        line = int(match[1]) if match else None
        faults.append(Fault(path, line, "error", "toml", f"not valid TOML: {error}", remedy))
        return None
    except DataError as error:
        faults.append(fault_of(error, path, None, "file"))
        return None
    return _Reader(path, text, faults).assistant(document)


class _Reader:
    """Reads the document, noting each fault with its line."""

    def __init__(self, path: Path, text: str, faults: list[Fault]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._faults = faults

    def assistant(self, document: Mapping[str, Any]) -> Assistant:
        for name in set(document) - _TABLES:
            self._note(name, "unknown-key", f"{name!r} is unknown", f"Use {', '.join(sorted(_TABLES))}")
        settings = self._table(document, "assistant", _SETTINGS)
        if not str(settings.get("name", "")).strip():
            self._note("assistant", "missing-key", "[assistant] lacks its name", 'Write name = "..."')
        slots = {
            name: SlotType(name, row.get("description", "")) for name, row in self._named(document, "slots", _SLOT)
        }
        expand = settings.get("expand", 12)
        if not 1 <= expand <= 10_000:
            self._note("expand", "value", f"expand = {expand} is out of range", "Give a number from 1 to 10000")
            expand = 12
        return Assistant(
            path=self._path,
            name=settings.get("name", ""),
            version=settings.get("version", ""),
            licence=settings.get("licence", ""),
            description=settings.get("description", ""),
            locales=self._locales(settings.get("locales", [])),
            seed=settings.get("seed", 0),
            expand=expand,
            intents=self._intents(document, slots),
            slots=slots,
        )

    def _intents(self, document: Mapping[str, Any], slots: Mapping[str, SlotType]) -> dict[str, Intent]:
        intents: dict[str, Intent] = {}
        for name, row in self._named(document, "intents", _INTENT):
            allowed = tuple(str(slot) for slot in row.get("slots", []))
            for slot in allowed:
                if slot not in slots:
                    message = f"intent {name!r} allows slot {slot!r}, which has no table"
                    self._note(f"intents.{name}", "unknown-slot", message, f"Add [slots.{slot}] or correct the name")
            locales = self._locales(row.get("locales", []))
            intents[name] = Intent(name, row.get("description", ""), row.get("scenario", ""), allowed, locales)
        if not intents:
            self._note("", "missing-key", "there is no intent", "Add a table [intents.<name>]")
        return intents

    def _named(
        self, document: Mapping[str, Any], group: str, allowed: Mapping[str, type]
    ) -> list[tuple[str, dict[str, Any]]]:
        """(name, table) for each `[group.<name>]`."""
        tables = document.get(group, {})
        if not isinstance(tables, dict):
            self._note(group, "toml", f"{group} is not a table", f"Write [{group}.<name>]")
            return []
        named = []
        for name in tables:
            if _NAME.fullmatch(name) is None:
                message = f"{name!r} cannot be a name in {group}"
                self._note(f"{group}.", "name", message, "Write a name without spaces, colons and brackets")
            named.append((name, self._table(tables, name, allowed, f"{group}.{name}")))
        return named

    def _table(
        self, document: Mapping[str, Any], name: str, allowed: Mapping[str, type], place: str = ""
    ) -> dict[str, Any]:
        """The table of that name without what does not belong there."""
        place = place or name
        table = document.get(name, {})
        if not isinstance(table, dict):
            self._note(place, "toml", f"{place} is not a table", f"Write [{place}]")
            return {}
        good: dict[str, Any] = {}
        for key, value in table.items():
            if key not in allowed:
                self._note(place, "unknown-key", f"[{place}] has no {key!r}", f"Use {', '.join(allowed)}")
            elif type(value) is not allowed[key]:
                message = f"{key} of [{place}] is {value!r}, not {_WORDS[allowed[key]]}"
                self._note(place, "value", message, "Correct the value")
            else:
                good[key] = value
        return good

    def _locales(self, tags: list[Any]) -> tuple[str, ...]:
        locales = []
        for tag in tags:
            try:
                locales.append(canonical_locale(str(tag)))
            except DataError as error:
                self._note("locales", "bad-locale", error.problem, error.remedy)
        return tuple(dict.fromkeys(locales))

    def _note(self, place: str, code: str, message: str, remedy: str) -> None:
        self._faults.append(Fault(self._path, self._line_of(place), "error", code, message, remedy))

    def _line_of(self, place: str) -> int:
        """The line of a table or key; TOML's reader gives none, so its text is searched."""
        pattern = re.compile(rf"\s*(\[\s*{re.escape(place)}\b|{re.escape(place)}\s*=)")
        return next((number for number, line in enumerate(self._lines, 1) if place and pattern.match(line)), 1)


_WORDS: Mapping[type, str] = {str: "text", list: "a list", int: "a whole number"}
