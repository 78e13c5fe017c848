"""A household: the names of one user's devices, areas, floors and lists, as a YAML or JSON file has them.

floors: [Ground floor]
areas:
  - Garage
  - {name: Kitchen, floor: Ground floor, aliases: [Küche]}
devices:
  - {name: Ceiling lamp, domain: light, area: Kitchen, aliases: [big light]}
  - {name: Front door, id: lock.front_door}
lists: [Groceries]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

import yaml

from kiloglot.data.faults import Fault
from kiloglot.data.yaml_lines import compose_text, entries, read_text, texts
from kiloglot.errors import DataError

__all__ = ["Area", "Device", "Floor", "Household", "NamedList", "read_household"]

_LONGEST = 200  # code points of a name; more is no name that anybody says
_DOMAIN = re.compile(r"[a-z][a-z0-9_]*")
_ID = re.compile(r"([a-z][a-z0-9_]*)\.[a-z0-9_]+")
_PAIR = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Device:
    """What can be switched, opened, asked."""

    name: str
    """The exact name, which answers carry."""
    domain: str = ""
    """Home Assistant's domain, as `light`; empty where it is not known."""
    area: str = ""
    """Name of the area where it is; empty where it is in none."""
    id: str = ""
    """Home Assistant's entity id, as `light.kitchen`; empty where there is none."""
    aliases: tuple[str, ...] = ()
    """Other names that it is called by."""


@dataclass(frozen=True, slots=True)
class Area:
    """A room, or a place outside."""

    name: str
    """The exact name, which answers carry."""
    floor: str = ""
    """Name of its floor; empty where it is on none."""
    aliases: tuple[str, ...] = ()
    """Other names that it is called by."""


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor of the house."""

    name: str
    """The exact name, which answers carry."""
    aliases: tuple[str, ...] = ()
    """Other names that it is called by."""


@dataclass(frozen=True, slots=True)
class NamedList:
    """A shopping list or list of things to do."""

    name: str
    """The exact name, which answers carry."""
    aliases: tuple[str, ...] = ()
    """Other names that it is called by."""


@dataclass(frozen=True, slots=True)
class Household:
    """All that one user has a name for."""

    devices: tuple[Device, ...] = ()
    """In the order of the file. Two may have one name where area or domain tells them apart."""
    areas: tuple[Area, ...] = ()
    """In the order of the file; no two have one name."""
    floors: tuple[Floor, ...] = ()
    """In the order of the file; no two have one name."""
    lists: tuple[NamedList, ...] = ()
    """In the order of the file; no two have one name."""


def read_household(path: Path) -> Household:
    """Reads a household, in YAML or JSON.

    Raises DataError for the first fault, with its line and the number of others: what is no YAML, a key that is
    unknown, a name that is blank or stands twice, an area or floor that is not listed.
    """
    reader = _Reader(path)
    root = compose_text(_plain(read_text(path)), path)
    household = reader.read(root)
    if reader.faults:
        first, others = min(reader.faults, key=lambda fault: fault.line or 0), len(reader.faults) - 1
        more = f" (and {others:,} more faults)" if others else ""
        raise DataError(f"{first.message}{more}", remedy=first.remedy, path=path, line=first.line)
    return household


def _plain(text: str) -> str:
    """JSON as YAML reads it: emoji that are written as two escapes in one character, tabs as spaces."""
    if not text.lstrip().startswith("{"):
        return text
    joined = _PAIR.sub(lambda pair: bytes.fromhex(pair[1] + pair[2]).decode("utf-16-be"), text)
    return joined.replace("\t", " ")


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing of the file."""

    line: int
    """Its line, from 1."""
    texts: dict[str, str]
    """The texts of its keys."""
    aliases: tuple[str, ...] = ()
    """Its other names."""
    lines: dict[str, int] = field(default_factory=dict)
    """The line of each key."""

    def text(self, key: str) -> str:
        """The text of a key, empty where it is absent."""
        return self.texts.get(key, "")


_KEYS = {
    "floors": ("name", "aliases"),
    "areas": ("name", "floor", "aliases"),
    "devices": ("name", "domain", "area", "id", "aliases"),
    "lists": ("name", "aliases"),
}


class _Reader:
    """Turns nodes into a household, and what is wrong into faults."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: list[Fault] = []

    def read(self, root: yaml.Node | None) -> Household:
        """The household at `root`."""
        found: dict[str, list[_Item]] = {kind: [] for kind in _KEYS}
        for key, line, node in entries(root, "the file", self.path, self.faults):
            if key in _KEYS:
                found[key] = [item for item in self._items(node, key) if item is not None]
            else:
                self._note(line, "unknown-key", f"{key[:60]!r} is unknown here", f"Use {', '.join(_KEYS)}")
        if not any(found.values()) and not self.faults:
            self._note(1, "empty", "the file names nothing", "List devices, areas, floors or lists")
        for kind, items in found.items():
            self._refuse_twins(kind, items)
        self._refuse_unlisted(found["areas"], "floor", found["floors"])
        self._refuse_unlisted(found["devices"], "area", found["areas"])
        return Household(
            tuple(self._device(item) for item in found["devices"]),
            tuple(Area(item.text("name"), item.text("floor"), item.aliases) for item in found["areas"]),
            tuple(Floor(item.text("name"), item.aliases) for item in found["floors"]),
            tuple(NamedList(item.text("name"), item.aliases) for item in found["lists"]),
        )

    def _items(self, node: yaml.Node, kind: str) -> Iterator[_Item | None]:
        if isinstance(node, yaml.ScalarNode) and not node.value:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._note(node.start_mark.line + 1, "yaml", f"{kind} is not a list", "Write `- ` before each item")
            return
        for item in node.value:
            line = item.start_mark.line + 1
            if isinstance(item, yaml.ScalarNode):
                name = self._name(item.value, line, kind)
                yield _Item(line, {"name": name}) if name else None
            else:
                yield self._mapping(item, line, kind)

    def _mapping(self, node: yaml.Node, line: int, kind: str) -> _Item | None:
        found, aliases, lines = dict[str, str](), tuple[str, ...](), dict[str, int]()
        for key, at, value in entries(node, f"an item of {kind}", self.path, self.faults):
            lines[key] = at
            if key not in _KEYS[kind]:
                allowed = ", ".join(_KEYS[kind])
                self._note(at, "unknown-key", f"{key[:60]!r} is unknown in {kind}", f"Use {allowed}")
            elif key == "aliases":
                said = texts(value, "aliases", self.path, self.faults)
                aliases = tuple(dict.fromkeys(name for each, place in said if (name := self._name(each, place, key))))
            elif not isinstance(value, yaml.ScalarNode):
                self._note(at, "yaml", f"{key} is not plain text", "Write one name")
            else:
                found[key] = value.value.strip() if key != "name" else self._name(value.value, at, kind)
        if "name" not in lines:
            self._note(line, "no-name", f"an item of {kind} has no name", "Give it one: `name: ...`")
        return _Item(line, found, aliases, lines) if found.get("name") else None

    def _name(self, text: str, line: int, kind: str) -> str:
        """A name with single spaces; empty, and a fault, where nobody could say it."""
        name = " ".join(text.split())
        if not name:
            self._note(line, "blank", f"a name in {kind} is blank", "Write the name, or remove it")
        elif len(name) > _LONGEST:
            problem = f"a name in {kind} has {len(name):,} characters, {_LONGEST} are allowed"
            self._note(line, "too-long", problem, "Shorten it")
            return ""
        return name

    def _refuse_twins(self, kind: str, items: list[_Item]) -> None:
        """Devices of one name are told apart by area or domain; areas, floors and lists of one name are not."""
        seen: dict[tuple[str, ...], _Item] = {}
        for item in items:
            own = (item.text("name"), item.text("area"), _domain(item))
            before = seen.setdefault(tuple(map(str.casefold, own)), item)
            if before is not item:
                where = f" in area {item.text('area')!r}" if item.text("area") else ""
                problem = f"{item.text('name')[:60]!r} stands in {kind}{where} twice, first on line {before.line}"
                self._note(item.line, "twice", problem, "Remove one, or give it another name")

    def _refuse_unlisted(self, items: list[_Item], key: str, listed: list[_Item]) -> None:
        names = [item.text("name") for item in listed]
        known = set(names)
        for item in items:
            said = item.text(key)
            if said and said not in known:
                close = get_close_matches(said, names, 1)
                remedy = f"Did you mean {close[0]!r}?" if close else f"List it under {key}s"
                self._note(item.lines[key], "unlisted", f"there is no {key} {said[:60]!r}", remedy)

    def _device(self, item: _Item) -> Device:
        domain, named = item.text("domain"), item.text("id")
        if domain and not _DOMAIN.fullmatch(domain):
            self._note(item.lines["domain"], "domain", f"{domain[:60]!r} is no domain", "Write it as in `light`")
        if named and not _ID.fullmatch(named):
            self._note(item.lines["id"], "id", f"{named[:60]!r} is no entity id", "Write it as in `light.kitchen`")
        return Device(item.text("name"), _domain(item), item.text("area"), named, item.aliases)

    def _note(self, line: int, code: str, message: str, remedy: str) -> None:
        self.faults.append(Fault(self.path, line, "error", code, message, remedy))


def _domain(item: _Item) -> str:
    """What the file says, else what the entity id begins with."""
    found = _ID.fullmatch(item.text("id"))
    return item.text("domain") or (found[1] if found else "")
