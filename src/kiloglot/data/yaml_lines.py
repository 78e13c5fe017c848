"""YAML as nodes that know their lines. Every scalar is text: `no`, `12:30` and `1.0` stay as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from kiloglot.data.faults import Fault
from kiloglot.errors import DataError

__all__ = ["FILE_LIMIT", "compose", "compose_documents", "compose_text", "decoded", "entries", "read_text", "texts"]

FILE_LIMIT = 16_000_000
"""Bytes that a file of an assistant may have."""
_DEPTH = 16
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_ITEM = re.compile(r"(\s*-\s+)([^\s\"'&*!|>%@`#].*?)(\s+#.*|\s*)")
_NEEDS_QUOTES = re.compile(r"[\[\]{}]|:\s|:$")


def read_text(path: Path, limit: int = FILE_LIMIT) -> str:
    """The text of a file of at most `limit` bytes. Raises DataError where it is missing, too large or not UTF-8."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", remedy="Check the path", path=path) from error
    return decoded(content, path, limit)


def decoded(content: bytes, path: Path, limit: int = FILE_LIMIT) -> str:
    """The text that the bytes of a file spell. Raises DataError where they are over `limit`, or are not UTF-8."""
    if len(content) > limit:
        raise DataError(f"the file is longer than {limit:,} bytes", remedy="Split it", path=path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError("the line is not valid UTF-8", remedy="Save the file as UTF-8", path=path, line=line) from error


def compose(path: Path) -> yaml.Node | None:
    """The root node of a YAML file, None where it is empty. Raises DataError, naming the line, where it is no YAML."""
    return compose_text("\n".join(map(_quoted, read_text(path).split("\n"))), path)


def compose_text(text: str, path: Path) -> yaml.Node | None:
    """The root node of the YAML in `text`, which is what the file at `path` says."""
    with _named(path):
        _refuse_unsafe(text, path)
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
        return node


def compose_documents(text: str, path: Path) -> list[yaml.Node]:
    """The root node of each document in `text`, between lines of `---`."""
    with _named(path):
        _refuse_unsafe(text, path)
        return [node for node in yaml.compose_all(text, Loader=_LOADER) if node is not None]


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turns a fault of YAML into a DataError that names the line."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = f"not valid YAML: {error.problem or error.context}"
        line = mark.line + 1 if mark else None
        raise DataError(problem, remedy="Check indentation and quotes", path=path, line=line) from error


def _refuse_unsafe(text: str, path: Path) -> None:
    _refuse_control_characters(text, path)
    _refuse_depth(text, path)


def _refuse_control_characters(text: str, path: Path) -> None:
    """Raises DataError where YAML does not allow a character; libyaml would not name its line."""
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if found:
        problem = f"character U+{ord(found[0]):04X} is not allowed in YAML"
        line = text.count("\n", 0, found.start()) + 1
        raise DataError(problem, remedy="Remove it", path=path, line=line)


def _refuse_depth(text: str, path: Path) -> None:
    """Raises DataError where lists lie too deep in each other: libyaml's composer would end the whole process."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else None
            raise DataError("nested too deeply", remedy="Use lists of plain sentences", path=path, line=line)


def _quoted(line: str) -> str:
    """The line, its list item in quotes where YAML would read brackets, braces or colons of a sentence as its own."""
    match = _ITEM.fullmatch(line.rstrip("\r"))
    if match is None or _NEEDS_QUOTES.search(match[2]) is None:
        return line
    sentence = match[2].replace("'", "''")
    return f"{match[1]}'{sentence}'{match[3]}"


def entries(node: yaml.Node | None, what: str, path: Path, faults: list[Fault]) -> Iterator[tuple[str, int, yaml.Node]]:
    """(key, line, value) of a mapping; what is no mapping, and a key written twice, becomes a fault."""
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return
    if not isinstance(node, yaml.MappingNode):
        faults.append(_shape(node, f"{what} is not a mapping", "Write `name:` and indent what belongs to it", path))
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        name, line = str(key.value), key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            faults.append(_shape(key, f"a key in {what} is not a name", "Put sentences into a list", path))
        elif name in seen:
            message = f"{name[:60]!r} stands in {what} twice, first on line {seen[name]}"
            faults.append(Fault(path, line, "error", "duplicate-key", message, "Merge the two"))
        else:
            seen[name] = line
            yield name, line, value


def texts(node: yaml.Node, what: str, path: Path, faults: list[Fault]) -> Iterator[tuple[str, int]]:
    """(text, line) of each item of a list; what is no list, and an item that is no text, becomes a fault."""
    if isinstance(node, yaml.ScalarNode) and not node.value:
        return
    if not isinstance(node, yaml.SequenceNode):
        faults.append(_shape(node, f"{what} is not a list", "Write `- ` before each item", path))
        return
    for item in node.value:
        if isinstance(item, yaml.ScalarNode):
            yield item.value, item.start_mark.line + 1
        else:
            faults.append(_shape(item, f"an item of {what} is not plain text", "Put it in quotes", path))


def _shape(node: yaml.Node, message: str, remedy: str, path: Path) -> Fault:
    return Fault(path, node.start_mark.line + 1, "error", "yaml", message, remedy)
