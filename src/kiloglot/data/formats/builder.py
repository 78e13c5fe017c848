"""What a reader gathers while it reads: sentences, lists, synonyms, and everything that it leaves out, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from kiloglot.data.formats.content import Content, Left, Lost, Sentence, Synonym, ValueList
from kiloglot.data.templates import Choice, Template, holes
from kiloglot.values import Partition

__all__ = ["Builder", "Notes", "plain_name"]

_EXAMPLES = 5
_HALF = re.compile(r"[\ud800-\udfff]")
_NO_NAME = re.compile(r"[\s:\[\]{}|\\\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")


class Notes:
    """What is left out, by reason, with the first few examples of each."""

    def __init__(self, left: Iterable[Left] = ()) -> None:
        self.renamed: dict[str, str] = {}
        """Intents that a format calls otherwise: name, name there."""
        self.why: dict[str, str] = {}
        """The last reason why a sentence of an intent was left out, by intent."""
        self._counts: Counter[str] = Counter()
        self._examples: dict[str, dict[str, None]] = {}
        for each in left:
            self.add(each.reason, count=each.count)
            self._examples[each.reason].update(dict.fromkeys(each.examples))

    def add(self, reason: str, what: str = "", count: int = 1, *, intent: str = "") -> None:
        """Counts something that is left out; `intent` is the one that loses a sentence by it."""
        self._counts[reason] += count
        if intent:
            self.why[intent] = reason
        examples = self._examples.setdefault(reason, {})
        if what and len(examples) < _EXAMPLES:
            examples[what[:80]] = None

    def result(self) -> tuple[Left, ...]:
        """Everything that was counted, in the order in which it came up."""
        return tuple(Left(reason, count, tuple(self._examples[reason])) for reason, count in self._counts.items())


def plain_name(name: str) -> str:
    """`name` as the name of an intent or a slot type: no white space, colons, brackets, bars or backslashes."""
    if name and _NO_NAME.search(name) is None:
        return name
    return _NO_NAME.sub("_", name.strip()).strip("_") or "unnamed"


class Builder:
    """Gathers the content of one source."""

    def __init__(self, name: str, lists: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self.notes = Notes()
        self._name = name
        self._outside = lists or {}
        self._sentences: list[Sentence] = []
        self._lists: dict[tuple[str, str, Partition], dict[str, None]] = {}
        self._synonyms: dict[Synonym, None] = {}
        self._intents: dict[str, None] = {}
        self._lost: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}

    @property
    def declared(self) -> tuple[str, ...]:
        """The intents so far."""
        return tuple(self._intents)

    def intent(self, name: str) -> str:
        """Declares an intent; returns its name as kiloglot writes it."""
        found = self._named("intent", name)
        self._intents[found] = None
        return found

    def slot(self, name: str) -> str:
        """The name of a slot type as kiloglot writes it."""
        return self._named("slot type", name)

    def add(self, sentence: Sentence) -> None:
        """Adds a sentence."""
        self._intents[sentence.intent] = None
        self._sentences.append(sentence)

    def values(self, slot: str, locale: str, values: Iterable[str], partition: Partition = "train") -> None:
        """Adds words to a list."""
        known = self._lists.setdefault((slot, locale, partition), {})
        known.update(
            dict.fromkeys(
                squeezed for value in values if (squeezed := " ".join(value.split())) and not _HALF.search(value)
            )
        )

    def synonym(self, slot: str, locale: str, said: str, means: str) -> None:
        """Adds a synonym; words that mean themselves are none."""
        if said != means:
            self._synonyms[Synonym(slot, locale, said, means)] = None

    def has_values(self, slot: str, locale: str) -> bool:
        """Whether a list can fill the slot, from the source or from outside."""
        return bool(self._lists.get((slot, locale, "train")) or self._outside.get(slot))

    def lose(self, intent: str, reason: str) -> None:
        """Says why an intent will have no sentence; the first reason stays."""
        self._lost.setdefault(intent, reason)

    def content(self) -> Content:
        """What was gathered, without repeated sentences and those that lack a list."""
        sentences = list(self._kept())
        present = {sentence.intent for sentence in sentences}
        lost = [(name, self._lost.get(name, "the source has no sentence of it")) for name in self._intents]
        return Content(
            name=self._name,
            sentences=tuple(sentences),
            lists=tuple(ValueList(*key[:2], tuple(v), key[2]) for key, v in self._lists.items() if v),
            synonyms=tuple(self._synonyms),
            intents=tuple(self._intents),
            left=self.notes.result(),
            lost=tuple(Lost(name, reason) for name, reason in lost if name not in present),
        )

    def _kept(self) -> Iterable[Sentence]:
        seen: set[tuple[str, str, Partition, Template]] = set()
        for sentence in self._sentences:
            key = (sentence.intent, sentence.locale, sentence.partition, sentence.template)
            lacking = [slot for slot in sorted(holes(sentence.template)) if not self._filled(slot, sentence.locale)]
            if _halved(sentence.template):
                self._leave(sentence, "sentences with half a surrogate pair, which no file can hold", sentence.intent)
            elif not sentence.template:
                self._leave(sentence, "sentences without words", sentence.intent)
            elif lacking:
                self._leave(sentence, "sentences whose list has no values (give them with --lists)", lacking[0])
            elif key in seen and not sentence.id:
                self._leave(sentence, "sentences that stand in their intent already", sentence.source)
            else:
                seen.add(key)
                yield sentence

    def _leave(self, sentence: Sentence, reason: str, what: str) -> None:
        self.notes.add(reason, what)
        self.lose(sentence.intent, f"all its {reason}: {what[:60]}")

    def _filled(self, slot: str, locale: str) -> bool:
        """Whether a list fills the slot; one from outside is taken over where the source has none."""
        if not self._lists.get((slot, locale, "train")) and self._outside.get(slot):
            self.values(slot, locale, self._outside[slot])
        return bool(self._lists.get((slot, locale, "train")))

    def _named(self, kind: str, name: str) -> str:
        """The plain name of a name; two names never share one."""
        found = self._names.get((kind, name))
        if found is None:
            taken = {plain for (other, _), plain in self._names.items() if other == kind}
            base = found = plain_name(name)
            number = 2
            while found in taken:
                found, number = f"{base}_{number}", number + 1
            self._names[kind, name] = found
            if found != name:
                self.notes.add(f"names of {kind}s, changed: no spaces, colons or brackets", f"{name} is {found}")
        return found


def _halved(template: Template) -> bool:
    return any(
        any(map(_halved, part.options)) if isinstance(part, Choice) else bool(_HALF.search(part.text + part.type))
        for part in template
    )
