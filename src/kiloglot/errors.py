"""One tree of errors. Each names the object, gives the numbers, and says what to do next.

The command line prints `str(error)` as its one line and ends with the error's `exit_code`;
`docs/reference/exit-codes.md` lists the codes.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "ArtifactError",
    "ConfigError",
    "DataError",
    "GateError",
    "KiloglotError",
    "MissingExtraError",
    "NotationError",
    "OntologyError",
    "OverloadedError",
]


class KiloglotError(Exception):
    """Base of everything that kiloglot raises on purpose.

    `problem` says what is wrong with which object, `remedy` what to do about it; `path` and `line` (counted from 1)
    say where, when the fault lies in a file.
    """

    exit_code = 1

    def __init__(
        self, problem: str, *, remedy: str = "", path: str | Path | None = None, line: int | None = None
    ) -> None:
        self.problem = problem
        self.remedy = remedy
        self.path = None if path is None else Path(path)
        self.line = line
        super().__init__(problem)

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}: " if self.line is None else f"{self.path}:{self.line}: "
        remedy = f". {self.remedy}" if self.remedy else ""
        return f"{where}{self.problem}{remedy}"


class ConfigError(KiloglotError):
    """A flag, a recipe or an argument asks for something that cannot be."""

    exit_code = 2


class DataError(KiloglotError):
    """A file of utterances, values or predictions is not what it should be."""

    exit_code = 3


class NotationError(DataError):
    """An annotated utterance whose brackets do not parse, or that does not match its text."""


class OntologyError(DataError):
    """Two things that should speak of the same intents and slot types do not."""


class ArtifactError(KiloglotError):
    """A model artifact is missing, damaged, of another version, or not what its manifest says."""

    exit_code = 4


class GateError(KiloglotError):
    """A check that protects users refused the result (parity of an export, a regression)."""

    exit_code = 5


class OverloadedError(KiloglotError):
    """A server has as much to do as it may take on; the same request may succeed a moment later."""


class MissingExtraError(KiloglotError):
    """An optional dependency is needed and absent; the remedy is the exact install command."""

    exit_code = 6

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that are not installed", remedy=f"Run: pip install 'kiloglot[{extra}]'"
        )
