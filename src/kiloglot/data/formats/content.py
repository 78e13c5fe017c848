"""What an assistant is made of, in whatever format it lies: every reader makes a `Content`, every writer takes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data.templates import Template, slots_of
from kiloglot.values import Ontology, Partition

__all__ = ["Content", "Left", "Lost", "Sentence", "Synonym", "ValueList"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a template of sentences, of one intent."""

    template: Template
    """What is said; alternatives may lie in alternatives."""
    intent: str
    """Its intent."""
    locale: str
    """Canonical tag."""
    partition: Partition = "train"
    """The part of the data that it belongs to."""
    scenario: str = ""
    """Group of intents, empty where there is none."""
    id: str = ""
    """Its name where the source gives one."""
    weight: float = 1.0
    """Share in training losses."""
    source: str = ""
    """As the source writes it: the key under which its templates expand."""
    path: Path = Path()
    """File that it comes from."""
    line: int | None = None
    """Its line there, from 1, where the format has lines."""


@dataclass(frozen=True, slots=True)
class ValueList:
    """Words that may fill the slots of one type."""

    slot: str
    """Slot type."""
    locale: str
    """Canonical tag."""
    values: tuple[str, ...]
    """The words as spoken."""
    partition: Partition = "train"
    """The part of the data that they are for."""


@dataclass(frozen=True, slots=True)
class Synonym:
    """Words that mean other words."""

    slot: str
    """Slot type; empty where it holds for all of them."""
    locale: str
    """Canonical tag."""
    said: str
    """The words as spoken."""
    means: str
    """What they stand for."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not carried over."""

    reason: str
    """What and why."""
    count: int
    """How often."""
    examples: tuple[str, ...]
    """The first few, by name or in words."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An intent of which no sentence was carried over."""

    intent: str
    """Its name."""
    reason: str
    """Why."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that was read, and what was not."""

    name: str
    """Name of the assistant or of its folder."""
    sentences: tuple[Sentence, ...]
    """In the order of their files."""
    lists: tuple[ValueList, ...] = ()
    """At most one for each slot type, locale and partition."""
    synonyms: tuple[Synonym, ...] = ()
    """In the order of their files."""
    intents: tuple[str, ...] = ()
    """Every intent that the source names, also those without a sentence."""
    left: tuple[Left, ...] = ()
    """What the reader or a writer could not take over."""
    lost: tuple[Lost, ...] = ()
    """Intents without a sentence, and why."""

    @property
    def ontology(self) -> Ontology:
        """The names that the sentences use, sorted."""
        intents = {sentence.intent for sentence in self.sentences}
        return Ontology(tuple(sorted(intents)), tuple(sorted(self.slots)))

    @property
    def slots(self) -> frozenset[str]:
        """Slot types of the sentences."""
        return frozenset(piece.type for sentence in self.sentences for piece in slots_of(sentence.template))

    @property
    def locales(self) -> tuple[str, ...]:
        """Locales of the sentences, sorted."""
        return tuple(sorted({sentence.locale for sentence in self.sentences}))

    def values(self) -> Mapping[tuple[str, str, Partition], tuple[str, ...]]:
        """The lists by slot type, locale and partition."""
        return {(each.slot, each.locale, each.partition): each.values for each in self.lists}
