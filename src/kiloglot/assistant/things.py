"""The things of a household that a name may mean, and the question which of several is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kiloglot.assistant.conjunctions import CONJUNCTIONS

__all__ = ["Kind", "Thing", "question"]

_MOST = 5  # things that are named; nobody remembers more

Kind = Literal["device", "area", "floor", "list"]


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a household."""

    kind: Kind
    """What it is."""
    name: str
    """Its exact name."""
    domain: str = ""
    """Home Assistant's domain of a device, empty where it is not known."""
    area: str = ""
    """The area of a device; empty where it is in none."""
    id: str = ""
    """Home Assistant's entity id of a device, empty where there is none."""


def question(things: Sequence[Thing], locale: str) -> str:
    """`Ceiling lamp (Kitchen), Ceiling lamp (Garage) or Lamp?`, with the locale's "or", of two `things` or more."""
    names = [_told_apart(thing, things) for thing in things[:_MOST]]
    either = CONJUNCTIONS.get(locale.partition("-")[0], ("", " / "))[1]
    listed = ", ".join(names[:-1]) + either + names[-1]
    return f"{listed}?"


def _told_apart(thing: Thing, things: Sequence[Thing]) -> str:
    """The name, with the area where another has it too, else the domain."""
    twins = [other for other in things if other.name == thing.name and other is not thing]
    if not twins:
        return thing.name
    more = thing.area if any(other.area != thing.area for other in twins) else thing.domain
    return f"{thing.name} ({more})" if more else thing.name
