"""What a killed run needs to go on as if nothing had happened."""

from __future__ import annotations

import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from kiloglot.errors import ArtifactError, KiloglotError

__all__ = ["Position", "load", "save"]


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands, between two steps."""

    epoch: int = 0
    """The epoch under way, from 0."""
    place: int = 0
    """Batches of that epoch that are done."""
    step: int = 0
    """Batches that are done in all."""
    best: float = -1.0
    """Best mean exact match on dev so far, in [0, 1]; -1 before the first epoch has ended."""
    best_epoch: int = -1
    """The epoch of `best`."""
    curve: tuple[float, ...] = ()
    """Loss of every step."""
    dev: tuple[tuple[float, float], ...] = ()
    """(intent accuracy, exact match) on dev after every epoch, means over locales in [0, 1]."""


def save(path: Path, position: Position, parts: dict[str, dict[str, Any]]) -> None:
    """Writes `position` and the state dictionaries `parts`; what lies at `path` is the old file or the new, never a
    half. Raises KiloglotError where it cannot be written.
    """
    half = path.with_suffix(".half")
    try:
        torch.save({"position": asdict(position), **parts}, half)
        half.replace(path)
    except (OSError, RuntimeError) as fault:  # torch has errors of its own for a full disk
        half.unlink(missing_ok=True)
        remedy = "Make room, or name another folder with --out"
        raise KiloglotError(
            f"the checkpoint cannot be written ({_first_line(fault)})", path=path, remedy=remedy
        ) from fault


def load(path: Path) -> tuple[Position, dict[str, dict[str, Any]]]:
    """What `save` wrote. Raises ArtifactError where it cannot be read."""
    try:
        parts = torch.load(path, map_location="cpu", weights_only=True)
        position = parts.pop("position")
        position["curve"], position["dev"] = tuple(position["curve"]), tuple(map(tuple, position["dev"]))
        return Position(**position), parts
    except (OSError, EOFError, KeyError, TypeError, RuntimeError, pickle.UnpicklingError) as fault:
        problem = f"the checkpoint cannot be read ({_first_line(fault)})"
        raise ArtifactError(problem, path=path, remedy="Remove it to start afresh") from fault


def _first_line(fault: Exception) -> str:
    return str(fault).strip().partition("\n")[0]
