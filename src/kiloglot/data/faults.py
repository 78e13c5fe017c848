"""What is wrong with data, one value a fault: a report lists all of them, a reader raises the first."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiloglot.errors import DataError

__all__ = ["Fault", "Severity", "fault_of"]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    path: Path
    """File at fault."""
    line: int | None
    """Line of the file, from 1; None where the whole file is meant."""
    severity: Severity
    """`error`: the data cannot be trusted as it is. `warning`: it can be used, and would be better otherwise."""
    code: str
    """Kind of fault, a stable word such as `unknown-slot`."""
    message: str
    """What is wrong."""
    remedy: str
    """What to do about it."""

    def as_error(self) -> DataError:
        """The same as an exception."""
        return DataError(self.message, remedy=self.remedy, path=self.path, line=self.line)

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.severity}: {self.message}. {self.remedy} [{self.code}]"


def fault_of(error: DataError, path: Path, line: int | None, code: str) -> Fault:
    """An exception as a fault; file and line of the exception win where it has them."""
    return Fault(error.path or path, error.line or line, "error", code, error.problem, error.remedy)
