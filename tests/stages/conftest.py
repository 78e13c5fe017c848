"""What the tests of stages share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiloglot.training import checkpoint


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


@pytest.fixture
def killed_after(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Has the checkpoint of so many passes be the last thing that a run does, once; the passes that were saved."""

    def patched(passes: int) -> list[int]:
        save, saved = checkpoint.save, list[int]()

        def killed(path: Path, position: checkpoint.Position, parts: dict[str, dict[str, Any]]) -> None:
            save(path, position, parts)
            saved.append(position.epoch)
            if len(saved) == passes:
                raise KeyboardInterrupt

        monkeypatch.setattr(checkpoint, "save", killed)
        return saved

    return patched
