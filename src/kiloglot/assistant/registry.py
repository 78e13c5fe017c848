"""The things of a household, and which of them is meant by a spoken name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial

import numpy as np

from kiloglot.assistant.answers import Command, Meaning
from kiloglot.assistant.cuts import joined
from kiloglot.assistant.names import LIKELY, Names
from kiloglot.assistant.readings import suited
from kiloglot.assistant.things import Kind, Thing
from kiloglot.data import Household
from kiloglot.values import Parse, Slot

__all__ = ["NAMING", "Registry"]

NAMING: dict[str, tuple[Kind, ...]] = {
    "name": ("device", "list"),
    "device": ("device",),
    "device_type": ("device",),
    "area": ("area",),
    "room": ("area", "floor"),
    "house_place": ("area", "floor"),
    "floor": ("floor",),
    "list": ("list",),
    "list_name": ("list",),
}
"""Slot type -> what it may name: Home Assistant's, MASSIVE's, and some that suggest themselves."""

_PLACES = ("area", "floor")
_FAR = 2.0  # log-odds by which a name of another kind must lead


class Registry:
    """A household to be looked up. It does not change; a new household is a new registry."""

    def __init__(self, household: Household) -> None:
        self._things: dict[Kind, list[Thing]] = {
            "device": [Thing("device", each.name, each.domain, each.area, each.id) for each in household.devices],
            "area": [Thing("area", each.name) for each in household.areas],
            "floor": [Thing("floor", each.name) for each in household.floors],
            "list": [Thing("list", each.name) for each in household.lists],
        }
        called: dict[Kind, list[tuple[str, ...]]] = {
            "device": [(each.name, *each.aliases) for each in household.devices],
            "area": [(each.name, *each.aliases) for each in household.areas],
            "floor": [(each.name, *each.aliases) for each in household.floors],
            "list": [(each.name, *each.aliases) for each in household.lists],
        }
        self._names = {kind: Names(names) for kind, names in called.items()}
        self.joined = tuple(
            name.casefold() for names in called.values() for each in names for name in each if joined(name)
        )
        """Names that hold a word which may join two commands."""
        self.size = sum(map(len, self._things.values()))
        """Number of things."""

    def resolved(self, command: Command) -> Command:
        """`command` with the meanings of its slots. An area that is said tells devices of one name apart."""
        parse = self._with_locks(command.parse)
        naming = [(slot, NAMING[slot.type]) for slot in parse.slots if slot.type in NAMING]
        naming_places = [(slot, kinds) for slot, kinds in naming if kinds[0] in _PLACES]
        places = {slot: self._meant(kinds, slot.value(parse.text)) for slot, kinds in naming_places}
        meanings = [
            Meaning(slot, places[slot] if slot in places else self._fitting(command, slot, kinds, places))
            for slot, kinds in naming
        ]
        domains = {thing.domain for each in meanings for thing in each.things if thing.kind == "device"}
        return replace(command, parse=suited(parse, domains), meanings=tuple(meanings))

    def _with_locks(self, parse: Parse) -> Parse:
        """`parse` with a lock's name where its words were taken for a kind of cover: "gate" may be either."""
        if not any(slot.type == "device_class" for slot in parse.slots):
            return parse
        return replace(parse, slots=tuple(map(partial(self._unless_lock, parse.text), parse.slots)))

    def _unless_lock(self, text: str, slot: Slot) -> Slot:
        if slot.type != "device_class":
            return slot
        domains = {thing.domain for thing in self._meant(NAMING["device"], slot.value(text))}
        return replace(slot, type="name") if domains == {"lock"} else slot

    def _fitting(
        self, command: Command, slot: Slot, kinds: Collection[Kind], places: dict[Slot, tuple[Thing, ...]]
    ) -> tuple[Thing, ...]:
        """What a slot that names no place means; where the intent is for some domain, things of that rather."""
        meant = self._things_of(command.parse, slot, kinds, places)
        wanted = {value for name, value in command.fixed if name in ("for", "domain")}
        return tuple(thing for thing in meant if thing.domain in wanted) or meant

    def _things_of(
        self, parse: Parse, slot: Slot, kinds: Collection[Kind], places: dict[Slot, tuple[Thing, ...]]
    ) -> tuple[Thing, ...]:
        """What a slot that names no place means: by its words, else by its words with those of the place."""
        said = slot.value(parse.text)
        meant = self._meant(kinds, said)
        areas = {thing.name for things in places.values() for thing in things if thing.kind == "area"}
        if len(meant) != 1:
            words = [place.value(parse.text) for place in places]
            whole = self._meant(kinds, " ".join([*words, said])) if words else ()
            meant = whole if len(whole) == 1 else meant
        here = tuple(thing for thing in meant if thing.area in areas)
        return here or meant

    def _meant(self, kinds: Collection[Kind], said: str) -> tuple[Thing, ...]:
        """The things of these kinds that are meant.

        Words do not show what a strange name names: where one of another kind is far likelier, that is meant.
        """
        odds = {
            kind: max((each for _, each in names.find(said)), default=-np.inf) for kind, names in self._names.items()
        }
        own = max((odds[kind] for kind in kinds), default=-np.inf)
        other = max(odds, key=lambda kind: odds[kind])
        chosen = kinds if odds[other] < max(own + _FAR, LIKELY) else (other,)
        return tuple(self._things[kind][number] for kind in chosen for number in self._names[kind].meant(said))
