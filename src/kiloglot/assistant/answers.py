"""What the assistant says of an utterance: its commands, each with the things that its slots mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiloglot.values import Parse, Slot

__all__ = ["Answer", "Command", "Kind", "Meaning", "Thing"]

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


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a spoken name means."""

    slot: Slot
    """The slot that holds the spoken name."""
    things: tuple[Thing, ...]
    """The thing that is meant; several where it has to be asked, none where the household has none of that name."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command of an utterance."""

    start: int
    """Where it begins in the utterance, in code points; offsets of the parse count from here."""
    parse: Parse
    """What was understood."""
    meanings: tuple[Meaning, ...] = ()
    """Of each slot that names a thing, in their order; empty without a household."""

    @property
    def rejected(self) -> str | None:
        """None, or why nobody should act on it: a reason of the parse, or `ambiguous`."""
        return self.parse.rejected or ("ambiguous" if self.unsure else None)

    @property
    def unsure(self) -> tuple[Thing, ...]:
        """The things of the first name that means several."""
        return next((meaning.things for meaning in self.meanings if len(meaning.things) > 1), ())

    def value(self, slot: Slot) -> str:
        """The exact name of the thing that a slot means, else its words."""
        sure = (each for each in self.meanings if each.slot is slot and len(each.things) == 1)
        return next((each.things[0].name for each in sure), slot.value(self.parse.text))


@dataclass(frozen=True, slots=True)
class Answer:
    """All of an utterance."""

    whole: Command
    """The utterance read as one command."""
    commands: tuple[Command, ...]
    """Its commands in order: `whole` alone, or several."""

    @property
    def rejected(self) -> str | None:
        """None, or the reason of the first command that is rejected: then nobody should act on any."""
        return next((command.rejected for command in self.commands if command.rejected), None)
