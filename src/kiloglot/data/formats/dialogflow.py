"""Exports of Dialogflow ES, unpacked or as .zip: agent.json, intents/, entities/, a file a language beside each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.chunks import joined
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.located import Place, document, items, mapping, word
from kiloglot.data.formats.tongue import Asked, spoken
from kiloglot.data.templates import Template, parse_template

__all__ = ["is_dialogflow", "read_dialogflow"]

_SAYS = re.compile(r"(?P<intent>.+)_usersays_(?P<tag>[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)\.json")
_ENTRIES = re.compile(r"(?P<entity>.+)_entries_(?P<tag>[A-Za-z]{2,3}(?:-[A-Za-z]{2,4})?)\.json")
_TEMPLATE = re.compile(r"@([\w.-]+):([\w.-]+)")
_IGNORED = "@sys.ignore"
_FALLBACK = "a fallback: kiloglot rejects what it is not sure of"


def is_dialogflow(files: Files) -> bool:
    """Whether there is an `agent.json`, or what people say of an intent in files of their own."""
    return any(name.name == "agent.json" or _SAYS.fullmatch(name.name) for name in files.of(".json"))


def read_dialogflow(files: Files, asked: Asked) -> Content:
    """Every training phrase; a slot is called by its parameter. Raises DataError, naming the file."""
    reader = _Reader(files, asked)
    reader.check()
    for name in files.of(".json"):
        if name.parent.name == "entities":
            reader.entity(name)
        elif name.parent.name == "intents":
            reader.intent(name)
    return reader.content()


class _Reader:
    def __init__(self, files: Files, asked: Asked) -> None:
        self._builder = Builder(files.root.stem, asked.lists)
        self._files = files
        self._asked = asked
        self._entries: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._fills: dict[tuple[str, str], set[str]] = {}

    def check(self) -> None:
        """Raises DataError for an export of Dialogflow CX, or of another version of ES."""
        for name in self._files.of("agent.json", "package.json"):
            place = Place(self._files.path(name))
            content = mapping(document(self._files, name), "the file", place)
            if name.name == "agent.json" and {"defaultLanguageCode", "startFlow"} & set(content):
                raise place.fault("an export of Dialogflow CX", "Export an agent of Dialogflow ES")
            version = str(content.get("version", "1.0.0"))
            if name.name == "package.json" and not version.startswith("1."):
                raise place.fault(f"an export of version {version[:20]}", "Kiloglot reads version 1 of Dialogflow ES")

    def entity(self, name: PurePosixPath) -> None:
        """Reads the entries of an entity in one language, or counts what the entity itself says."""
        place = Place(self._files.path(name))
        found = _ENTRIES.fullmatch(name.name)
        if found is None:
            described = mapping(document(self._files, name), "the file", place)
            for option in ("isRegexp", "automatedExpansion", "allowFuzzyExtraction"):
                if described.get(option):
                    self._builder.notes.add("settings of entities: kiloglot has none", f"{option} of {name.stem}")
            return
        locale = spoken(self._asked, found["tag"], place.path)
        known = self._entries.setdefault((found["entity"], locale), [])
        for entry in items(document(self._files, name), "the file", place):
            fields = mapping(entry, "an entry", place)
            means = word(fields.get("value"), f"a value of {found['entity']}", place, entry)
            said = [str(each) for each in items(fields.get("synonyms"), f"synonyms of {means}", place)]
            known += [(each, means) for each in dict.fromkeys([means, *said])]

    def intent(self, name: PurePosixPath) -> None:
        """Reads the phrases of an intent in one language, or what the intent itself says."""
        place = Place(self._files.path(name))
        found = _SAYS.fullmatch(name.name)
        if found is None:
            self._described(mapping(document(self._files, name), "the file", place), name)
            return
        locale = spoken(self._asked, found["tag"], place.path)
        intent = self._builder.intent(self._title(found["intent"], name))
        for phrase in items(document(self._files, name), "the file", place):
            self._phrase(mapping(phrase, "a phrase", place), intent, locale, name)

    def _title(self, stem: str, name: PurePosixPath) -> str:
        """The name that the intent's own file gives, else that of the file."""
        own = name.parent / f"{stem}.json"
        if own not in self._files.names:
            return stem
        place = Place(self._files.path(own))
        return str(mapping(document(self._files, own), "the file", place).get("name") or stem)

    def _described(self, content: Mapping[str, Any], name: PurePosixPath) -> None:
        intent = self._builder.intent(str(content.get("name") or name.stem))
        notes = self._builder.notes
        if content.get("fallbackIntent"):
            self._builder.lose(intent, _FALLBACK)
        if content.get("events"):
            self._builder.lose(intent, "it is raised by an event, not by words")
            notes.add("events of intents: kiloglot knows only the words", intent)
        if content.get("contexts"):
            notes.add("contexts of intents: kiloglot knows only the words", intent)
        if content.get("webhookUsed"):
            notes.add("webhooks: kiloglot understands, it does not act", intent)
        if any(response.get("messages") for response in content.get("responses") or () if isinstance(response, dict)):
            notes.add("responses: kiloglot understands, it does not answer", intent)
        said = content.get("userSays")
        if said:
            place = Place(self._files.path(name))
            locale = spoken(self._asked, "", place.path)
            for phrase in items(said, "userSays", place):
                self._phrase(mapping(phrase, "a phrase", place), intent, locale, name)

    def _phrase(self, phrase: Mapping[str, Any], intent: str, locale: str, name: PurePosixPath) -> None:
        place = Place(self._files.path(name))
        data = [mapping(chunk, "a piece", place) for chunk in items(phrase.get("data"), "data of a phrase", place)]
        source = "".join(str(chunk.get("text", "")) for chunk in data)
        if phrase.get("isTemplate"):
            template = self._template(source, locale)
        else:
            template = joined(self._chunk(chunk, locale) for chunk in data)
        path, partition = place.path, partition_of(name)
        self._builder.add(Sentence(template, intent, locale, partition, "", "", 1.0, source, path, None))

    def _chunk(self, chunk: Mapping[str, Any], locale: str) -> tuple[str, str]:
        words, kind = str(chunk.get("text", "")), str(chunk.get("meta", ""))
        alias = str(chunk.get("alias") or kind.removeprefix("@"))
        return words, "" if kind == _IGNORED or not alias else self._slot(alias, kind.removeprefix("@"), locale)

    def _slot(self, alias: str, entity: str, locale: str) -> str:
        if entity.startswith("sys."):
            self._builder.notes.add("system entities: kiloglot learns from examples", f"@{entity}")
        name = self._builder.slot(alias)
        self._fills.setdefault((entity, locale), set()).add(name)
        return name

    def _template(self, source: str, locale: str) -> Template:
        """A phrase in template mode: `go to @city:to`."""
        escaped = re.sub(r"([\[\]{}|\\])", r"\\\1", source)
        written = _TEMPLATE.sub(lambda found: f"[{self._slot(found[2], found[1], locale)}]", escaped)
        return parse_template(" ".join(written.split()))

    def content(self) -> Content:
        """Everything, each entity as a list for the parameters that it fills, or for its own name."""
        for (entity, locale), values in self._entries.items():
            for slot in sorted(self._fills.get((entity, locale), ())) or [self._builder.slot(entity)]:
                self._builder.values(slot, locale, (said for said, _ in values))
                for said, means in values:
                    self._builder.synonym(slot, locale, said, means)
        return self._builder.content()
