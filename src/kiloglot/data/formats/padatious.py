"""One line of Padatious: `(one|another) [maybe] {entity}`; brackets may lie in each other."""

from __future__ import annotations

import re
from collections.abc import Callable

from kiloglot.data.formats.located import Place
from kiloglot.data.templates import Choice, Piece, Template
from kiloglot.errors import DataError

__all__ = ["parse_padatious"]

_TOKEN = re.compile(r"[()\[\]|]|\{+[^{}]*\}+|[{}]|[^()\[\]{}|]+")
_CLOSING = {"(": ")", "[": "]"}
_DEPTH = 20


def parse_padatious(source: str, place: Place, line: int | None, slot: Callable[[str], str] = str) -> Template:
    """The template that a line writes. Raises DataError, naming the line, where a bracket is not closed."""
    parser = _Parser(source, place, line, slot)
    options = parser.options("")
    return options[0] if len(options) == 1 else (Choice(tuple(dict.fromkeys(options))),)


class _Parser:
    def __init__(self, source: str, place: Place, line: int | None, slot: Callable[[str], str]) -> None:
        self._tokens = _TOKEN.findall(source)
        self._at = 0
        self._depth = 0
        self._source = source
        self._place = place
        self._line = line
        self._slot = slot

    def options(self, closing: str) -> list[Template]:
        """The alternatives up to the bracket that closes them, or to the end of the line."""
        options: list[list[Piece | Choice]] = [[]]
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if closing and token == closing:
                return [tuple(option) for option in options]
            if token == "|":
                options.append([])
            else:
                options[-1] += self._part(token)
        if closing:
            raise self._fault(f"a bracket that {closing!r} does not close")
        return [tuple(option) for option in options]

    def _part(self, token: str) -> Template:
        if token in _CLOSING:
            return self._group(token)
        if token[0] == "{" and len(token) > 1 and token.strip("{} "):
            return (Piece("", self._slot(token.strip("{} "))),)
        if token[0] in ")]{}":
            raise self._fault(f"{token!r} closes nothing or is empty")
        return (Piece(token),)

    def _group(self, opening: str) -> Template:
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._fault("brackets lie too deep in each other")
        options = self.options(_CLOSING[opening])
        self._depth -= 1
        if opening == "[":
            options.append(())
        distinct = tuple(dict.fromkeys(options))
        return (Choice(distinct),) if len(distinct) > 1 else distinct[0]

    def _fault(self, problem: str) -> DataError:
        remedy = "Write (one|another), [maybe] or {entity}"
        return DataError(f"{problem} in {self._source[:60]!r}", remedy=remedy, path=self._place.path, line=self._line)
