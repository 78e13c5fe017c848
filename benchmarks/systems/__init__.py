"""The systems that are measured side by side, a file each.

A module here has `SYSTEMS`, and imports what it measures only inside its functions: the memory of one system holds
nothing of another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from kiloglot.values import Slot

__all__ = ["MODULES", "OURS", "Answer", "Made", "Scope", "System", "keys", "system_of"]

Scope = Literal["one", "all"]
"""What a system speaks: one locale or all of them."""
MODULES = ("kiloglot_nlu", "linear_svc", "fasttext_intents", "svm_crf", "hassil_templates", "xlmr_shape")
"""Modules of this package, in the order of the table."""
OURS = "kiloglot"
"""Name of the system that the others stand beside."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says of one utterance."""

    intent: str | None = None
    """Its intent, None where the system gives none."""
    slots: tuple[Slot, ...] | None = None
    """Its slots, None where the system finds none."""


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making a system."""

    learned: int
    """Utterances that it learned from, 0 where it learned from none here."""
    questions: Sequence[str] = ()
    """What it is to be asked; empty: what all are asked."""


@dataclass(frozen=True, slots=True)
class System:
    """One system."""

    name: str
    """As the table calls it."""
    packages: tuple[str, ...]
    """Distributions that it needs; without one of them it is left out."""
    scope: Scope
    """What it speaks."""
    make: Callable[[Path, str, Path], Made]
    """(corpus folder, name of our model, fresh folder) -> writes all that the system needs into the folder."""
    load: Callable[[Path], Callable[[str], Any]]
    """That folder -> what answers a text, as its users would call it."""
    answer: Callable[[str, Any], Answer] | None = None
    """(text, what it answered) -> the same in our terms; None where its answers cannot be scored here."""
    intents: Callable[[Path], frozenset[str]] | None = None
    """That folder -> the intents that it knows, where they are not those of the corpus; where they do not hold all of
    the corpus's, it is not scored.
    """
    note: str = ""
    """What a reader has to know about its figures."""


def keys() -> list[str]:
    """A key for every system, in the order of the table."""
    return [f"{module}:{at}" for module in MODULES for at in range(len(_systems(module)))]


def system_of(key: str) -> System:
    """The system of a key."""
    module, _, at = key.partition(":")
    return _systems(module)[int(at)]


def _systems(module: str) -> tuple[System, ...]:
    found: tuple[System, ...] = import_module(f"{__name__}.{module}").SYSTEMS
    return found
