"""The question which of several things is meant, in the language of whoever asked."""

from __future__ import annotations

from collections.abc import Sequence

from kiloglot.assistant.answers import Thing
from kiloglot.assistant.conjunctions import CONJUNCTIONS

__all__ = ["question"]

_MOST = 5  # things that are named; nobody remembers more


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
