"""Sentence templates of Home Assistant (hassil): YAML, or the JSON of the package `home-assistant-intents`.

Files of one language are read together, as hassil merges them; the package `hassil` parses the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.expressions import Expressions
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.located import Place, document, items, line_of, mapping, word
from kiloglot.data.formats.tongue import Asked, spoken

__all__ = ["is_hassil", "read_hassil"]

_YAML = re.compile(r"^(intents|lists|expansion_rules):", re.MULTILINE)
_LANGUAGE = re.compile(r"^language:", re.MULTILINE)
_BLOCK_KEYS = {"sentences", "lists", "expansion_rules"}
_LEFT = {
    "slots": "fixed slots: an utterance has only slots that are spoken",
    "requires_context": "required context: kiloglot knows only the words",
    "excludes_context": "excluded context: kiloglot knows only the words",
    "response": "responses: kiloglot understands, it does not answer",
    "responses": "responses: kiloglot understands, it does not answer",
    "skip_words": "skipped words: kiloglot learns from examples",
    "metadata": "metadata of sentences: kiloglot has none",
    "settings": "settings of hassil's matcher",
}


@dataclass(frozen=True, slots=True)
class _Block:
    intent: str
    """Name of the intent, as written."""
    content: Mapping[str, Any]
    """`sentences` and what belongs to them."""
    place: Place
    """File that it stands in."""
    name: PurePosixPath
    """The same inside the source."""


@dataclass(frozen=True, slots=True)
class _Language:
    blocks: list[_Block] = field(default_factory=list)
    """In the order of the files."""
    expressions: Expressions = field(default_factory=Expressions)
    """Rules and lists of all its files."""


def is_hassil(files: Files) -> bool:
    """Whether a file holds `language:` beside intents, lists or expansion rules, or the JSON of the package."""
    return next(_named(files), None) is not None


def _named(files: Files) -> Iterator[PurePosixPath]:
    for name in files.of(".yml", ".yaml"):
        text = files.peek(name)
        if _LANGUAGE.search(text) and _YAML.search(text):
            yield name
    for name in files.of(".json"):
        text = files.peek(name)
        if all(f'"{key}"' in text for key in ("language", "intents", "data", "sentences")):
            yield name


def read_hassil(files: Files, asked: Asked) -> Content:
    """Every sentence of every language. Raises DataError, naming the line, and MissingExtraError without hassil."""
    reader = _Reader(files, asked)
    for name in _named(files):
        reader.gather(name)
    return reader.content()


class _Reader:
    def __init__(self, files: Files, asked: Asked) -> None:
        self._builder = Builder(files.root.stem, asked.lists)
        self._files = files
        self._asked = asked
        self._languages: dict[str, _Language] = {}

    def gather(self, name: PurePosixPath) -> None:
        """Takes up the rules, lists and blocks of one file."""
        place = Place(self._files.path(name))
        content = mapping(document(self._files, name), "the file", place)
        tag = word(content.get("language"), "language", place, content)
        locale = spoken(self._asked, tag, place.path, line_of(tag))
        language = self._languages.setdefault(locale, _Language())
        language.expressions.add(content, place)
        for intent, described in mapping(content.get("intents"), "intents", place).items():
            self._builder.intent(intent)
            described = mapping(described, f"intent {intent}", place)
            for block in items(described.get("data"), f"data of {intent}", place):
                language.blocks.append(_Block(intent, mapping(block, f"data of {intent}", place), place, name))
            self._leave(described, {"data"}, intent)
        self._leave(content, {"language", "intents", "lists", "expansion_rules"}, str(name))

    def _leave(self, content: Mapping[str, Any], known: set[str], what: str) -> None:
        for key, value in content.items():
            if key not in known and value:
                self._builder.notes.add(_LEFT.get(key, "other settings of hassil's data"), f"{key} of {what}")

    def content(self) -> Content:
        """Reads what was gathered, once every rule and list is known."""
        for locale, language in self._languages.items():
            for block in language.blocks:
                self._block(block, language.expressions, locale)
            for slot, values in language.expressions.lists.items():
                name = self._builder.slot(slot)
                self._builder.values(name, locale, (value.said for value in values))
                for value in values:
                    self._builder.synonym(name, locale, value.said, value.means)
        return self._builder.content()

    def _block(self, block: _Block, expressions: Expressions, locale: str) -> None:
        fixed = self._fixed(block)
        intent = self._builder.intent("/".join((block.intent, *fixed)))
        local = expressions.extended(block.content, block.place)
        for source in items(block.content.get("sentences"), f"sentences of {intent}", block.place):
            text = word(source, f"a sentence of {intent}", block.place, block.content)
            line = line_of(text)
            template = local.template(text, block.place, self._builder.slot, self._asked.lists)
            partition = partition_of(block.name)
            self._builder.add(
                Sentence(template, intent, locale, partition, "", "", 1.0, str(text), block.place.path, line)
            )
        self._leave(block.content, _BLOCK_KEYS | ({"slots"} if self._asked.fixed else set()), block.intent)

    def _fixed(self, block: _Block) -> list[str]:
        """What the sentences of a block fix, as it stands in the intent's name where that is asked for.

        To lock is to turn on and to unlock to turn off, while to open is to turn on: locks are told apart.
        """
        if not self._asked.fixed:
            return []
        slots = mapping(block.content.get("slots"), f"slots of {block.intent}", block.place)
        needed = mapping(block.content.get("requires_context"), f"context of {block.intent}", block.place)
        locks = ["for=lock"] if needed.get("domain") in ("lock", ["lock"]) and "domain" not in slots else []
        return [f"{slot}={value}" for slot, value in slots.items()] + locks
