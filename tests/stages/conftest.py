"""What the tests of stages share."""

from __future__ import annotations

import pytest


class Lines:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def task(self, name: str, total: float | None = None, unit: str = "") -> Lines:
        return self

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        return None

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture
def lines() -> Lines:
    """A progress that keeps what is said."""
    return Lines()
