"""The project format, version 1: a folder with assistant.toml and locales/<locale>.yaml.

One walk reads a project. It gathers every fault with its line; `read_project` raises the first of them that is an
error, `kiloglot validate` lists them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

from kiloglot.data.assistant import Assistant, read_assistant
from kiloglot.data.checks import Example
from kiloglot.data.faults import Fault, fault_of
from kiloglot.data.signature import signature_of
from kiloglot.data.templates import Template, expand, holes, is_literal, literal_text, parse_template, slots_of
from kiloglot.data.yaml_lines import compose, entries, texts
from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale
from kiloglot.values import PARTITIONS, Dataset, Ontology, Partition, Slot, Utterance

__all__ = ["Scan", "is_project", "read_project", "scan_project"]

_PARTITIONS: Mapping[str, Partition] = {name: name for name in PARTITIONS}


@dataclass(frozen=True, slots=True)
class Scan:
    """What one walk over a project found."""

    assistant: Assistant | None
    """assistant.toml; None where it cannot be read."""
    examples: tuple[Example, ...]
    """Every utterance that could be made."""
    faults: tuple[Fault, ...]
    """Everything wrong, in the order of files and lines."""
    repeated: int
    """Utterances left out because their locale, intent, partition and text were there before."""


def is_project(path: Path) -> bool:
    """Whether a project lies at `path`."""
    return (path / "assistant.toml").is_file()


def read_project(path: Path) -> Dataset:
    """The utterances of the project at `path`, templates expanded. Raises DataError for the first error in it."""
    scan = scan_project(path)
    for fault in scan.faults:
        if fault.severity == "error":
            raise fault.as_error()
    utterances = tuple(example.utterance for example in scan.examples)
    ontology = scan.assistant.ontology if scan.assistant else Ontology((), ())
    name = scan.assistant.name if scan.assistant else path.name
    dropped = (("repeats an utterance of its intent and partition", scan.repeated),) if scan.repeated else ()
    return Dataset(utterances, ontology, name, signature_of(utterances, ontology), dropped)


def scan_project(path: Path) -> Scan:
    """Reads everything that can be read at `path` and notes what cannot."""
    faults: list[Fault] = []
    assistant = read_assistant(path / "assistant.toml", faults)
    if assistant is None:
        return Scan(None, (), tuple(faults), 0)
    examples: list[Example] = []
    repeated = 0
    for locale, file in _locale_files(path / "locales", assistant, faults):
        reader = _LocaleReader(locale, file, assistant, faults)
        reader.read()
        examples += reader.examples
        repeated += reader.repeated
    return Scan(assistant, tuple(examples), tuple(faults), repeated)


def _locale_files(folder: Path, assistant: Assistant, faults: list[Fault]) -> list[tuple[str, Path]]:
    """(locale, file) for each locale of the assistant, in the order of the files' names."""
    found: dict[str, Path] = {}
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            locale = canonical_locale(file.stem)
        except DataError as error:
            faults.append(Fault(file, None, "error", "bad-locale", error.problem, "Rename the file, as de-DE.yaml"))
            continue
        if locale in found:
            message = f"{found[locale].name} is already the file of {locale}"
            faults.append(Fault(file, None, "error", "bad-locale", message, "Keep one of the two"))
        elif assistant.locales and locale not in assistant.locales:
            message = f"{locale} is not in the list of locales in assistant.toml"
            faults.append(Fault(file, None, "warning", "unused-locale", message, "Add it there, or remove the file"))
        else:
            found[locale] = file
    for locale in assistant.locales:
        if locale not in found:
            remedy = f"Add locales/{locale}.yaml, or take it off the list"
            message = f"{locale} is listed and has no file"
            faults.append(Fault(assistant.path, None, "error", "missing-locale", message, remedy))
    if not found:
        remedy = "Add locales/<locale>.yaml, as locales/en-US.yaml"
        faults.append(Fault(assistant.path, None, "error", "missing-locale", "there is no locale", remedy))
    return list(found.items())


class _LocaleReader:
    """Reads one locale's file into examples and faults."""

    def __init__(self, locale: str, path: Path, assistant: Assistant, faults: list[Fault]) -> None:
        self.examples: list[Example] = []
        self.repeated = 0
        self._locale = locale
        self._path = path
        self._assistant = assistant
        self._faults = faults
        self._values: dict[str, dict[Partition, tuple[str, ...]]] = {}
        self._used: set[str] = set()
        self._seen: dict[tuple[str, Partition, str], tuple[int, bool]] = {}

    def read(self) -> None:
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
        before = len(self._faults)
        self._read_intents(sections.get("intents"))
        if not self.examples and len(self._faults) == before:
            self._note(1, "empty", f"{self._locale} has no utterance", "Write some under intents, or remove the file")
        for slot, line in lines.items():
            if slot not in self._used and slot in self._assistant.slots:
                message = f"no template uses the list of slot {slot!r}"
                self._note(line, "unused-slot-list", message, f"Use [{slot}] in a sentence, or remove it", warn=True)

    def _read_slot_lists(self, node: yaml.Node | None) -> dict[str, int]:
        """Fills the values; returns the line of each list."""
        lines: dict[str, int] = {}
        for slot, line, lists in entries(node, "slots", self._path, self._faults):
            lines[slot] = line
            if slot not in self._assistant.slots:
                self._note(line, "unknown-slot", f"slot {slot!r} is unknown", self._hint(slot, self._assistant.slots))
            values: dict[Partition, tuple[str, ...]] = {}
            for partition, _, items in self._partitions(lists, f"slot list {slot}"):
                values[partition] = tuple(self._slot_values(items, slot))
            self._values[slot] = values
        return lines

    def _slot_values(self, node: yaml.Node, slot: str) -> Iterator[str]:
        for source, line in texts(node, f"slot list {slot}", self._path, self._faults):
            try:
                template = parse_template(source)
            except DataError as error:
                self._note(line, "notation", error.problem, error.remedy)
                continue
            if any(slots_of(template)) or not is_literal(template):
                message = f"value {source[:60]!r} holds brackets or braces"
                self._note(line, "notation", message, "Write the words alone, or \\[ \\{ for the characters")
            elif not source.strip():
                self._note(line, "empty", "an empty value", "Remove it")
            else:
                yield literal_text(template)

    def _read_intents(self, node: yaml.Node | None) -> None:
        for intent, line, partitions in entries(node, "intents", self._path, self._faults):
            if intent not in self._assistant.intents:
                remedy = self._hint(intent, self._assistant.intents)
                self._note(line, "unknown-intent", f"intent {intent!r} is unknown", remedy)
                continue
            for partition, _, items in self._partitions(partitions, f"intent {intent}"):
                self._read_sentences(intent, partition, items)

    def _partitions(self, node: yaml.Node, what: str) -> Iterator[tuple[Partition, int, yaml.Node]]:
        for name, line, items in entries(node, what, self._path, self._faults):
            partition = _PARTITIONS.get(name)
            if partition is None:
                self._note(line, "unknown-key", f"{name[:60]!r} in {what} is no partition", "Use train, dev and test")
            else:
                yield partition, line, items

    def _read_sentences(self, intent: str, partition: Partition, items: yaml.Node) -> None:
        count = 0
        for source, line in texts(items, f"intent {intent}", self._path, self._faults):
            template = self._template(source, line, intent, partition)
            if template is None:
                continue
            for text, slots in self._expanded(template, source, line, intent, partition):
                if not text:
                    self._note(line, "empty", "an utterance without words", "Remove it, or the empty alternative")
                elif self._is_new(text, is_literal(template), line, intent, partition):
                    count += 1
                    self._add(text, slots, line, intent, partition, count)

    def _template(self, source: str, line: int, intent: str, partition: Partition) -> Template | None:
        """The template of one sentence, or None with a fault."""
        try:
            template = parse_template(source)
        except DataError as error:
            self._note(line, "notation", error.problem, error.remedy)
            return None
        good = True
        for slot in dict.fromkeys(piece.type for piece in slots_of(template)):
            good = self._slot_is_allowed(slot, line, intent) and good
        for slot in sorted(holes(template)):
            self._used.add(slot)
            if slot in self._assistant.slots and not self._list(slot, partition):
                message = f"[{slot}] has no slot list in {self._locale}"
                self._note(line, "missing-slot-list", message, f"Add it under slots: {slot}: train:")
                good = False
        return template if good else None

    def _slot_is_allowed(self, slot: str, line: int, intent: str) -> bool:
        if slot not in self._assistant.slots:
            self._note(line, "unknown-slot", f"slot {slot!r} is unknown", self._hint(slot, self._assistant.slots))
        elif slot not in self._assistant.intents[intent].slots:
            message = f"slot {slot!r} is not allowed in intent {intent!r}"
            self._note(line, "slot-not-allowed", message, f"Add it to slots of [intents.{intent}], or remove it here")
        else:
            return True
        return False

    def _list(self, slot: str, partition: Partition) -> tuple[str, ...]:
        """The values of a slot for one partition: its own, else those of `train`."""
        values = self._values.get(slot, {})
        return values.get(partition) or values.get("train", ())

    def _expanded(
        self, template: Template, source: str, line: int, intent: str, partition: Partition
    ) -> list[tuple[str, tuple[Slot, ...]]]:
        values = {slot: self._list(slot, partition) for slot in holes(template)}
        limit = self._assistant.expand if partition == "train" else 1
        key = "\0".join((str(self._assistant.seed), self._locale, intent, partition, source))
        try:
            return expand(template, values, limit, key)
        except DataError as error:
            self._note(line, "notation", error.problem, error.remedy)
            return []

    def _is_new(self, text: str, literal: bool, line: int, intent: str, partition: Partition) -> bool:
        """Whether the text is the first of its intent and partition. A repeated sentence is a fault, a draw is not."""
        key = (intent, partition, text.casefold())
        if key not in self._seen:
            self._seen[key] = (line, literal)
            return True
        first, first_literal = self._seen[key]
        if literal and first_literal:
            message = f"{text[:60]!r} stands in {intent} {partition} already, on line {first}"
            self._note(line, "duplicate", message, "Remove one of the two")
        self.repeated += 1
        return False

    def _add(self, text: str, slots: tuple[Slot, ...], line: int, intent: str, part: Partition, count: int) -> None:
        scenario = self._assistant.intents[intent].scenario
        name = f"{intent}/{part}/{count}"
        utterance = Utterance(name, self._locale, text, intent, slots, part, scenario)
        self.examples.append(Example(utterance, self._path, line))

    def _hint(self, name: str, known: Mapping[str, object]) -> str:
        close = get_close_matches(name, known, 1)
        return f"Did you mean {close[0]!r}?" if close else "Add its table to assistant.toml, or correct the name"

    def _note(self, line: int, code: str, message: str, remedy: str, *, warn: bool = False) -> None:
        self._faults.append(Fault(self._path, line, "warning" if warn else "error", code, message, remedy))
