"""What the assistant says of an utterance: its commands, each with the things that its slots mean."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kiloglot.assistant.opposites import opposed
from kiloglot.assistant.things import Thing, question
from kiloglot.values import Parse, Slot

__all__ = ["Answer", "Command", "Meaning"]

_NAMED = {"device": "name", "list": "name", "area": "area", "floor": "floor"}  # Home Assistant's slots by kind of thing
_FIXED = re.compile(r"/([a-z_]+)=([^/]+)")


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
    def intent(self) -> str:
        """The intent's name, without what it fixes: `HassTurnOn` of `HassTurnOn/domain=light`."""
        return _FIXED.sub("", self.parse.intent)

    @property
    def fixed(self) -> tuple[tuple[str, str], ...]:
        """(slot type, value) of what the intent fixes without its being said; `for` is the domain that it is for."""
        return tuple(_FIXED.findall(self.parse.intent))

    @property
    def rejected(self) -> str | None:
        """None, or why nobody should act on it: a reason of the parse, `incomplete`, `opposite` or `ambiguous`."""
        opposite = "opposite" if opposed(self.parse) or self._mistaken_lock else None
        return self.parse.rejected or opposite or ("ambiguous" if self.unsure else None)

    @property
    def _mistaken_lock(self) -> bool:
        """Whether a lock is taken for what is opened or switched, or that for a lock: to it this means the opposite."""
        domains = {thing.domain for meaning in self.meanings for thing in meaning.things if thing.kind == "device"}
        if not domains or not all(domains):
            return False
        if ("for", "lock") in self.fixed:
            return "lock" not in domains
        return domains == {"lock"} and self.intent in ("HassTurnOn", "HassTurnOff")

    @property
    def unsure(self) -> tuple[Thing, ...]:
        """The things of the first name that means several."""
        return next((meaning.things for meaning in self.meanings if len(meaning.things) > 1), ())

    @property
    def question(self) -> str | None:
        """What to ask where a name means several things."""
        return question(self.unsure, self.parse.locale) if self.rejected == "ambiguous" else None

    def things(self, slot: Slot) -> tuple[Thing, ...]:
        """The things that a slot may mean."""
        return next((meaning.things for meaning in self.meanings if meaning.slot is slot), ())

    def type(self, slot: Slot) -> str:
        """The slot's type; of one that names a thing of a home, what the thing is: `name`, `area` or `floor`."""
        things = self.things(slot)
        return _NAMED[things[0].kind] if slot.type in _NAMED.values() and len(things) == 1 else slot.type

    def value(self, slot: Slot) -> str:
        """The exact name of the thing that a slot means, else its words."""
        things = self.things(slot)
        return things[0].name if len(things) == 1 else slot.value(self.parse.text)


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
