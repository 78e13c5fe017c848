"""locales/<locale>.yaml: the sentences and slot lists of one locale of an assistant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from kiloglot.data.assistant import Assistant
from kiloglot.data.checks import Example
from kiloglot.data.faults import Fault, fault_of
from kiloglot.data.templates import Template, expand, holes, is_literal, literal_text, parse_template, slots_of
from kiloglot.data.yaml_lines import compose, entries, texts
from kiloglot.errors import DataError
from kiloglot.values import PARTITIONS, Partition, Slot, Utterance

__all__ = ["LocaleReader", "LocaleSentence"]

_PARTITIONS: Mapping[str, Partition] = {name: name for name in PARTITIONS}


@dataclass(frozen=True, slots=True)
class LocaleSentence:
    """A sentence or template as the file has it."""

    source: str
    """The sentence or template as written."""
    line: int
    """Its line, from 1."""
    intent: str
    """The intent that it stands under."""
    partition: Partition
    """The partition that it stands under."""


class LocaleReader:
    """Reads one locale's file: `read` fills what is public, and adds what is wrong to `faults`."""

    def __init__(self, locale: str, path: Path, assistant: Assistant, faults: list[Fault]) -> None:
        self.examples: list[Example] = []
        """The utterances, templates expanded."""
        self.repeated = 0
        """How many were left out because they were there before."""
        self.templates: dict[LocaleSentence, Template] = {}
        """Every good sentence or template."""
        self.values: dict[str, dict[Partition, tuple[str, ...]]] = {}
        """Slot lists by slot type and partition."""
        self._locale = locale
        self._path = path
        self._assistant = assistant
        self._faults = faults
        self._used: set[str] = set()
        self._seen: dict[tuple[str, Partition, str], LocaleSentence] = {}
        self._literal: dict[LocaleSentence, bool] = {}
        self._numbers: Counter[tuple[str, Partition]] = Counter()

    def read(self) -> None:
        """Reads the whole file."""
        before = len(self._faults)
        try:
            root = compose(self._path)
        except DataError as error:
            self._faults.append(fault_of(error, self._path, None, "yaml"))
            return
        sections: dict[str, yaml.Node] = {}
        for name, line, node in entries(root, "the file", self._path, self._faults):
            if name in ("intents", "slots"):
                sections[name] = node
            else:
                self._note(line, "unknown-key", f"{name[:60]!r} is unknown here", "Use intents and slots")
        lines = self._read_slot_lists(sections.get("slots"))
        for sentence in self._sentences(sections.get("intents")):
            self._read_sentence(sentence)
        self._note_unused(lines)
        if not self.examples and len(self._faults) == before:
            self._note(1, "empty", f"{self._locale} has no utterance", "Write some under intents, or remove the file")

    def _read_slot_lists(self, node: yaml.Node | None) -> dict[str, int]:
        """Fills the values; returns the line of each list."""
        lines: dict[str, int] = {}
        for slot, line, lists in entries(node, "slots", self._path, self._faults):
            lines[slot] = line
            if slot not in self._assistant.slots:
                self._note_unknown("slot", slot, line)
            self.values[slot] = {
                partition: tuple(self._slot_values(items, slot))
                for partition, items in self._partitions(lists, f"slot list {slot}")
            }
        return lines

    def _slot_values(self, node: yaml.Node, slot: str) -> Iterator[str]:
        for source, line in texts(node, f"slot list {slot}", self._path, self._faults):
            template = self._parsed(source, line)
            if template is None:
                continue
            if any(slots_of(template)) or not is_literal(template):
                message = f"value {source[:60]!r} holds brackets or braces"
                self._note(line, "notation", message, "Write the words alone, or \\[ \\{ for the characters")
            elif not source.strip():
                self._note(line, "empty", "an empty value", "Remove it")
            else:
                yield literal_text(template)

    def _note_unused(self, lines: Mapping[str, int]) -> None:
        """A warning for each slot list of a known slot that no template uses."""
        for slot, line in lines.items():
            if slot not in self._used and slot in self._assistant.slots:
                message = f"no template uses the list of slot {slot!r}"
                remedy = f"Use [{slot}] in a sentence, or remove it"
                self._faults.append(Fault(self._path, line, "warning", "unused-slot-list", message, remedy))

    def _sentences(self, node: yaml.Node | None) -> Iterator[LocaleSentence]:
        for intent, line, partitions in entries(node, "intents", self._path, self._faults):
            if intent not in self._assistant.intents:
                self._note_unknown("intent", intent, line)
                continue
            for partition, items in self._partitions(partitions, f"intent {intent}"):
                for source, place in texts(items, f"intent {intent}", self._path, self._faults):
                    yield LocaleSentence(source, place, intent, partition)

    def _partitions(self, node: yaml.Node, what: str) -> Iterator[tuple[Partition, yaml.Node]]:
        for name, line, items in entries(node, what, self._path, self._faults):
            partition = _PARTITIONS.get(name)
            if partition is None:
                self._note(line, "unknown-key", f"{name[:60]!r} in {what} is no partition", "Use train, dev and test")
            else:
                yield partition, items

    def _read_sentence(self, sentence: LocaleSentence) -> None:
        """Adds the utterances that a sentence or template stands for."""
        template = self._parsed(sentence.source, sentence.line)
        if template is None or not self._is_known(template, sentence):
            return
        self.templates[sentence] = template
        self._literal[sentence] = is_literal(template)
        for text, slots in self._expanded(template, sentence):
            if not text:
                message, remedy = "an utterance without words", "Remove it, or the empty alternative"
                self._note(sentence.line, "empty", message, remedy)
            elif self._is_new(text, sentence):
                self._add(text, slots, sentence)

    def _parsed(self, source: str, line: int) -> Template | None:
        """The template, or None with a fault."""
        try:
            return parse_template(source)
        except DataError as error:
            self._note(line, "notation", error.problem, error.remedy)
            return None

    def _is_known(self, template: Template, sentence: LocaleSentence) -> bool:
        """Whether the intent may hold every slot of the template, and every hole has its list; else with faults."""
        used = dict.fromkeys(piece.type for piece in slots_of(template))
        allowed = [slot for slot in used if self._is_allowed(slot, sentence)]
        good = len(allowed) == len(used)
        for slot in sorted(holes(template)):
            self._used.add(slot)
            if slot in self._assistant.slots and not self._list(slot, sentence.partition):
                message = f"[{slot}] has no slot list in {self._locale}"
                self._note(sentence.line, "missing-slot-list", message, f"Add it under slots: {slot}: train:")
                good = False
        return good

    def _is_allowed(self, slot: str, sentence: LocaleSentence) -> bool:
        intent = sentence.intent
        if slot not in self._assistant.slots:
            self._note_unknown("slot", slot, sentence.line)
        elif slot not in self._assistant.intents[intent].slots:
            message = f"slot {slot!r} is not allowed in intent {intent!r}"
            remedy = f"Add it to slots of [intents.{intent}], or remove it here"
            self._note(sentence.line, "slot-not-allowed", message, remedy)
        else:
            return True
        return False

    def _list(self, slot: str, partition: Partition) -> tuple[str, ...]:
        """The values of a slot for one partition: its own, else those of `train`."""
        values = self.values.get(slot, {})
        return values.get(partition) or values.get("train", ())

    def _expanded(self, template: Template, sentence: LocaleSentence) -> list[tuple[str, tuple[Slot, ...]]]:
        """The utterances of a template; the seed and the sentence alone decide which, so no other edit changes them."""
        values = {slot: self._list(slot, sentence.partition) for slot in holes(template)}
        limit = self._assistant.expand if sentence.partition == "train" else 1
        seed = str(self._assistant.seed)
        key = "\0".join((seed, self._locale, sentence.intent, sentence.partition, sentence.source))
        try:
            return expand(template, values, limit, key)
        except DataError as error:
            self._note(sentence.line, "notation", error.problem, error.remedy)
            return []

    def _is_new(self, text: str, sentence: LocaleSentence) -> bool:
        """Whether the text is the first of its intent and partition. A repeated sentence is a fault, a draw is not."""
        key = (sentence.intent, sentence.partition, text.casefold())
        first = self._seen.get(key)
        if first is None:
            self._seen[key] = sentence
            return True
        self.repeated += 1
        if self._literal[sentence] and self._literal[first]:
            message = f"{text[:60]!r} stands in {sentence.intent} {sentence.partition} already, on line {first.line}"
            self._note(sentence.line, "duplicate", message, "Remove one of the two")
        return False

    def _add(self, text: str, slots: tuple[Slot, ...], sentence: LocaleSentence) -> None:
        intent, partition = sentence.intent, sentence.partition
        self._numbers[intent, partition] += 1
        scenario = self._assistant.intents[intent].scenario
        name = f"{intent}/{partition}/{self._numbers[intent, partition]}"
        utterance = Utterance(name, self._locale, text, intent, slots, partition, scenario)
        self.examples.append(Example(utterance, self._path, sentence.line))

    def _note_unknown(self, kind: str, name: str, line: int) -> None:
        known = self._assistant.slots if kind == "slot" else self._assistant.intents
        close = get_close_matches(name, known, 1)
        remedy = f"Did you mean {close[0]!r}?" if close else "Add its table to assistant.toml, or correct the name"
        self._note(line, f"unknown-{kind}", f"{kind} {name[:60]!r} is unknown", remedy)

    def _note(self, line: int, code: str, message: str, remedy: str) -> None:
        self._faults.append(Fault(self._path, line, "error", code, message, remedy))
