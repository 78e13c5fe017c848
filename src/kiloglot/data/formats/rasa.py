"""Rasa's training data (YAML of Rasa 2 and 3): `nlu:` with intents, synonyms, lookups and regexes, and the domain."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.located import Place, Text, document, items, line_of, mapping, word
from kiloglot.data.formats.rasa_notation import parse_rasa
from kiloglot.data.formats.tongue import Asked, spoken
from kiloglot.data.templates import squeezed
from kiloglot.errors import DataError

__all__ = ["is_rasa", "read_rasa"]

_NLU = re.compile(r"^nlu:", re.MULTILINE)
_DOMAIN = re.compile(r"^(intents|responses|actions|forms|entities):", re.MULTILINE)
_OLD = re.compile(r'"rasa_nlu_data"|^##\s*(intent|synonym|lookup|regex):', re.MULTILINE)
_KINDS = ("intent", "synonym", "lookup", "regex")
_DOMAIN_KEYS = ("version", "intents", "entities", "session_config", "config")
_VERSIONS = ("2.", "3.")


def is_rasa(files: Files) -> bool:
    """Whether a file holds `nlu:`, or training data of Rasa 1."""
    return any(_NLU.search(files.peek(name)) for name in files.of(".yml", ".yaml")) or bool(_old_files(files))


def _old_files(files: Files) -> list[PurePosixPath]:
    return [name for name in files.of(".md", ".json") if _OLD.search(files.peek(name)[:100_000])]


def read_rasa(files: Files, asked: Asked) -> Content:
    """Every `nlu:` section, and the intents and entities of the domain. Raises DataError, naming file and line."""
    reader = _Reader(files, asked)
    named = [name for name in files.of(".yml", ".yaml") if _NLU.search(files.peek(name))]
    for name in () if named else _old_files(files):
        remedy = "Convert it with Rasa 2 or 3 first: rasa data convert nlu"
        raise DataError("training data of Rasa 1", remedy=remedy, path=files.path(name))
    for name in named:
        reader.nlu(name)
    for name in files.of(".yml", ".yaml"):
        if name not in named and _DOMAIN.search(files.peek(name)):
            reader.domain(name)
    return reader.builder.content()


class _Reader:
    def __init__(self, files: Files, asked: Asked) -> None:
        self.builder = Builder(files.root.name, asked.lists)
        self._files = files
        self._asked = asked

    def nlu(self, name: PurePosixPath) -> None:
        """Reads the `nlu:` section of one file."""
        place = Place(self._files.path(name))
        content = mapping(document(self._files, name), "the file", place)
        version = str(content.get("version", "3.1"))
        if not version.startswith(_VERSIONS):
            remedy = "Convert it to version 3.1 with Rasa's own tools"
            raise place.fault(f"version {version[:20]} of Rasa's training data", remedy, content.get("version"))
        locale = self._locale(name)
        for entry in items(content.get("nlu"), "nlu", place):
            self._entry(mapping(entry, "an entry of nlu", place), locale, name, place)
        for section in content:
            if section not in ("version", "nlu"):
                self.builder.notes.add("sections of Rasa's dialogue: kiloglot understands, it does not answer", section)

    def _locale(self, name: PurePosixPath) -> str:
        """`language` of the nearest config.yml above the file, unless another was asked for."""
        for folder in (name.parent, *name.parent.parents):
            config = next((c for c in (folder / "config.yml", folder / "config.yaml") if c in self._files.names), None)
            if config is not None:
                place = Place(self._files.path(config))
                language = mapping(document(self._files, config), "the file", place).get("language")
                if language:
                    return spoken(self._asked, str(language), place.path, line_of(language))
        return spoken(self._asked, "", self._files.path(name))

    def _entry(self, entry: dict[str, Any], locale: str, name: PurePosixPath, place: Place) -> None:
        kind = next((kind for kind in _KINDS if kind in entry), None)
        if kind is None:
            problem = f"an entry with {', '.join(entry) or 'nothing'}"
            raise place.fault(problem, f"Write one of {', '.join(_KINDS)}", entry)
        title = word(entry[kind], kind, place, entry)
        for key in entry:
            if key == "metadata":
                self.builder.notes.add("metadata of intents: kiloglot has none", title)
            elif key not in (kind, "examples"):
                raise place.fault(f"{key!r} in {kind} {title}", "Use examples and metadata", key)
        examples = list(self._examples(entry.get("examples"), f"examples of {title}", place))
        if kind == "intent":
            self._intent(title, examples, locale, name, place)
        elif kind == "regex":
            self.builder.notes.add("regexes: kiloglot learns from examples", title, len(examples))
        elif kind == "lookup":
            self.builder.values(self.builder.slot(title), locale, (text for text, _ in examples))
        else:
            for text, _ in examples:
                self.builder.synonym("", locale, text, str(title))

    def _examples(self, value: Any, what: str, place: Place) -> list[tuple[str, int | None]]:
        """(example, line) of a `|` block with a dash before each, or of a list of `text` and `metadata`."""
        if isinstance(value, str):
            return self._block(value, what, place)
        found: list[tuple[str, int | None]] = []
        for item in items(value, what, place):
            if isinstance(item, dict):
                if "metadata" in item:
                    self.builder.notes.add("metadata of examples: kiloglot has none", what)
                item = item.get("text")
            text = " ".join(word(item, f"text in {what}", place, value).split())
            block = isinstance(item, Text) and item.block
            line = line_of(item)
            found.append((text.removeprefix("- "), line + 1 if block and line else line))
        return found

    def _block(self, value: str, what: str, place: Place) -> list[tuple[str, int | None]]:
        found: list[tuple[str, int | None]] = []
        first = line_of(value)
        for number, line in enumerate(value.split("\n"), isinstance(value, Text) and value.block):
            at = None if first is None else first + number
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if not re.match(r"-(\s|$)", text):
                remedy = "Write `- ` before each example"
                raise DataError(f"{text[:60]!r} in {what} has no dash", remedy=remedy, path=place.path, line=at)
            text = text[1:].strip()
            if text:
                found.append((text, at))
            else:
                self.builder.notes.add("examples without text", what)
        return found

    def _intent(
        self, title: str, examples: list[tuple[str, int | None]], locale: str, name: PurePosixPath, place: Place
    ) -> None:
        intent = self.builder.intent(title)
        scenario = intent.partition("/")[0] if "/" in intent else ""
        partition = partition_of(name)
        for source, line in examples:
            try:
                text, slots, meanings = parse_rasa(source, self._named)
            except DataError as error:
                raise DataError(error.problem, remedy=error.remedy, path=place.path, line=line) from error
            for slot, means in meanings:
                self.builder.synonym(slot.type, locale, slot.value(text).strip(), means)
            template = squeezed(text, slots)
            self.builder.add(Sentence(template, intent, locale, partition, scenario, "", 1.0, source, place.path, line))

    def _named(self, name: str, part: str) -> str:
        """The slot type of an entity; its role or group, where it has one, is the `part` that is in its name."""
        if part:
            self.builder.notes.add(f"{part}s of entities: put into the slot type's name", name)
        return self.builder.slot(name)

    def domain(self, name: PurePosixPath) -> None:
        """Declares the intents of a domain, and counts what else it says."""
        place = Place(self._files.path(name))
        content = mapping(document(self._files, name), "the file", place)
        if not set(content) & {"intents", "responses", "actions", "forms"} or "pipeline" in content:
            return
        for intent in items(content.get("intents"), "intents", place) if "intents" in content else ():
            title = next(iter(intent), "") if isinstance(intent, dict) else intent
            retrieval = [known for known in self.builder.declared if known.startswith(f"{title}/")]
            if not retrieval:
                self.builder.intent(word(title, "an intent", place, content))
        for section in content:
            if section not in _DOMAIN_KEYS:
                self.builder.notes.add("sections of Rasa's dialogue: kiloglot understands, it does not answer", section)
