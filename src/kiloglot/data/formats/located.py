"""YAML as plain lists, mappings and texts that know their lines, read within bounds."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from kiloglot.data.formats.files import Files, parse_json
from kiloglot.data.yaml_lines import compose_documents, compose_text
from kiloglot.errors import DataError

__all__ = ["Place", "Text", "document", "documents", "items", "line_of", "mapping", "word"]


class Text(str):
    """A text of a YAML file, and where it begins."""

    __slots__ = ("block", "line")
    line: int
    """Its line, from 1."""
    block: bool
    """Whether its own lines begin on the line after, as those of a `|` do."""


class Place:
    """Where one reads: what the messages of `mapping`, `items` and `word` name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fault(self, problem: str, remedy: str, at: Any = None) -> DataError:
        """The error for something wrong at a value."""
        return DataError(problem, remedy=remedy, path=self.path, line=line_of(at))


def line_of(value: Any) -> int | None:
    """The line of a value, or of the first text in it; None where it has none, as in JSON."""
    if isinstance(value, Text):
        return value.line
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return next((line for part in parts if (line := line_of(part)) is not None), None)


def document(files: Files, name: PurePosixPath) -> Any:
    """What a YAML or JSON file says. Raises DataError, naming the line, where it cannot be read."""
    if name.suffix.lower() == ".json":
        return parse_json(files.text(name), files.path(name))
    return _plain(compose_text(_without_bom(files.text(name)), files.path(name)), files.path(name))


def documents(files: Files, name: PurePosixPath) -> list[Any]:
    """What each document of a YAML file says, between lines of `---`."""
    path = files.path(name)
    return [_plain(node, path) for node in compose_documents(_without_bom(files.text(name)), path)]


def _without_bom(text: str) -> str:
    return text.removeprefix("\ufeff")


def _plain(node: yaml.Node | None, path: Path) -> Any:
    return None if node is None else _Plain(path).of(node)


class _Plain:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[int] = set()

    def of(self, node: yaml.Node) -> Any:
        """The node as a plain value. An alias is refused: a few of them could stand for billions of texts."""
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise DataError("a YAML alias (*name)", remedy="Write out what it stands for", path=self._path, line=line)
        self._seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.of(part) for part in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        text = Text(node.value)
        text.line, text.block = line, getattr(node, "style", None) in ("|", ">")
        return text

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = self.of(key)
            if not isinstance(name, str):
                line = key.start_mark.line + 1
                raise DataError("a key is not a name", remedy="Correct it", path=self._path, line=line)
            if name in found:
                problem = f"{name[:60]!r} stands here twice"
                raise DataError(problem, remedy="Merge the two", path=self._path, line=line_of(name))
            found[name] = self.of(value)
        return found


def mapping(value: Any, what: str, place: Place) -> dict[str, Any]:
    """`value`, a mapping; an empty one where there is nothing. Raises DataError where it is something else."""
    if value is None or value == "":
        return {}
    if not isinstance(value, dict):
        raise place.fault(f"{what} is not a mapping", "Write `name: value`", value)
    return value


def items(value: Any, what: str, place: Place) -> list[Any]:
    """`value`, a list; an empty one where there is nothing. Raises DataError where it is something else."""
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise place.fault(f"{what} is not a list", "Write `- ` before each item", value)
    return value


def word(value: Any, what: str, place: Place, at: Any = None) -> str:
    """`value`, a text that is not blank; a number counts as its digits. Raises DataError where it is something else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise place.fault(f"{what} is missing or is no text", "Write it", value if value else at)
    return value
