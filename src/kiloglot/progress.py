"""How long work says where it stands. Stages speak this protocol; who shows it (a terminal, a test, nobody) is not
theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

__all__ = ["SILENT", "Progress", "Task"]


class Task(Protocol):
    """One piece of work under way."""

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        """Counts `amount` more units as done and shows `note`, a few figures, beside them."""


class Progress(Protocol):
    """Where work reports to."""

    def task(self, name: str, total: float | None = None, unit: str = "") -> AbstractContextManager[Task]:
        """Opens a piece of work of `total` units (None: unknown); it ends with the `with` block."""

    def say(self, line: str) -> None:
        """One line that stays."""


class _SilentTask:
    def advance(self, amount: float = 1.0, note: str = "") -> None:
        return None


class _Silent:
    @contextmanager
    def task(self, name: str, total: float | None = None, unit: str = "") -> Iterator[Task]:
        yield _SilentTask()

    def say(self, line: str) -> None:
        return None


SILENT: Progress = _Silent()
"""Reports to nobody: the default of every stage."""
