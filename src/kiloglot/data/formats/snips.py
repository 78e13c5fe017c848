"""Data sets of Snips NLU: the JSON that it trains on, and the YAML that people write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.chunks import joined
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.located import Place, document, documents, items, line_of, mapping, word
from kiloglot.data.formats.tongue import Asked, spoken
from kiloglot.errors import DataError

__all__ = ["is_snips", "read_snips"]

_YAML = re.compile(r"^type:\s*[\"']?(intent|entity)[\"']?\s*$", re.MULTILINE)
_INLINE = re.compile(r"\[\s*([^\]:]+?)\s*(?::\s*([^\]]+?)\s*)?\]\(([^)]+)\)")


def is_snips(files: Files) -> bool:
    """Whether a JSON file holds intents with utterances and entities, or a YAML file a `type: intent`."""
    return next(_jsons(files), None) is not None or next(_yamls(files), None) is not None


def _jsons(files: Files) -> Iterator[PurePosixPath]:
    for name in files.of(".json"):
        text = files.peek(name)
        if all(f'"{key}"' in text for key in ("intents", "utterances", "entities", "data")):
            yield name


def _yamls(files: Files) -> Iterator[PurePosixPath]:
    return (name for name in files.of(".yml", ".yaml") if _YAML.search(files.peek(name)))


def read_snips(files: Files, asked: Asked) -> Content:
    """Every utterance; entities become lists of the slots that they fill. Raises DataError, naming the place."""
    reader = _Reader(files, asked)
    for name in _jsons(files):
        reader.json(name)
    for name in _yamls(files):
        reader.yaml(name)
    return reader.content()


class _Reader:
    def __init__(self, files: Files, asked: Asked) -> None:
        self._builder = Builder(files.root.stem, asked.lists)
        self._files = files
        self._asked = asked
        self._entities: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self._fills: dict[tuple[str, str], set[str]] = {}

    def json(self, name: PurePosixPath) -> None:
        """Reads a data set in JSON."""
        place = Place(self._files.path(name))
        content = mapping(document(self._files, name), "the file", place)
        locale = spoken(self._asked, self._tag(str(content.get("language") or ""), name), place.path)
        for entity, described in mapping(content.get("entities"), "entities", place).items():
            self._entity(entity, mapping(described, f"entity {entity}", place), "data", locale, place)
        for title, described in mapping(content.get("intents"), "intents", place).items():
            intent = self._builder.intent(title)
            utterances = mapping(described, f"intent {title}", place).get("utterances")
            for utterance in items(utterances, f"utterances of {title}", place):
                data = mapping(utterance, f"an utterance of {title}", place).get("data")
                chunks = [self._chunk(chunk, title, locale, place) for chunk in items(data, f"data of {title}", place)]
                self._add(chunks, intent, locale, name, None)

    @staticmethod
    def _tag(language: str, name: PurePosixPath) -> str:
        """The file's name where it is a tag of that language, as `en-US.json`, for Snips writes languages alone."""
        return name.stem if language and name.stem.lower().startswith(f"{language.lower()}-") else language

    def _chunk(self, chunk: Any, title: str, locale: str, place: Place) -> tuple[str, str]:
        fields = mapping(chunk, f"a piece of {title}", place)
        text = fields.get("text", "")
        if not isinstance(text, str):
            raise place.fault(f"text in {title} is no text", "Write it in quotes", chunk)
        if not fields.get("entity"):
            return text, ""
        return text, self._slot(str(fields.get("slot_name") or fields["entity"]), str(fields["entity"]), locale)

    def _slot(self, slot: str, entity: str, locale: str) -> str:
        name = self._builder.slot(slot)
        self._fills.setdefault((entity, locale), set()).add(name)
        return name

    def yaml(self, name: PurePosixPath) -> None:
        """Reads a file of intents and entities, a document each."""
        place = Place(self._files.path(name))
        locale = spoken(self._asked, "", place.path)
        for part in documents(self._files, name):
            described = mapping(part, "a document", place)
            title = word(described.get("name"), "name", place, described)
            if described.get("type") == "entity":
                self._entity(title, described, "values", locale, place)
            elif described.get("type") == "intent":
                self._yaml_intent(title, described, locale, name)
            else:
                raise place.fault(f"{title} is neither an intent nor an entity", "Write type: intent", title)

    def _yaml_intent(self, title: str, described: Mapping[str, Any], locale: str, name: PurePosixPath) -> None:
        place, intent = Place(self._files.path(name)), self._builder.intent(title)
        kinds: dict[str, str] = {}
        for slot in items(described.get("slots"), f"slots of {title}", place):
            fields = mapping(slot, f"a slot of {title}", place)
            kinds[word(fields.get("name"), "name of a slot", place, fields)] = str(fields.get("entity") or "")
        for utterance in items(described.get("utterances"), f"utterances of {title}", place):
            text = word(utterance, f"an utterance of {title}", place, described)
            chunks, at = list[tuple[str, str]](), 0
            for match in _INLINE.finditer(text):
                chunks.append((self._plain(text[at : match.start()], text, place), ""))
                slot = match[1]
                chunks.append((match[3], self._slot(slot, match[2] or kinds.get(slot) or slot, locale)))
                at = match.end()
            chunks.append((self._plain(text[at:], text, place), ""))
            self._add(chunks, intent, locale, name, line_of(text))

    @staticmethod
    def _plain(words: str, text: str, place: Place) -> str:
        """Words outside slots. Raises DataError where they hold a slot that does not close."""
        if re.search(r"\]\(|\[[^\]]*$|\[[^\[\]]*\([^)]*\)", words):
            problem = f"a slot that does not close in {text[:60]!r}"
            raise DataError(problem, remedy="Write [slot](words)", path=place.path, line=line_of(text))
        return words

    def _add(
        self, chunks: list[tuple[str, str]], intent: str, locale: str, name: PurePosixPath, line: int | None
    ) -> None:
        source = "".join(words for words, _ in chunks)
        path, partition = self._files.path(name), partition_of(name)
        self._builder.add(Sentence(joined(chunks), intent, locale, partition, "", "", 1.0, source, path, line))

    def _entity(self, entity: str, described: Mapping[str, Any], key: str, locale: str, place: Place) -> None:
        known = self._entities.setdefault((entity, locale), [])
        values = items(described.get(key), f"{key} of {entity}", place)
        for value in values:
            if isinstance(value, list):
                means, *others = [word(each, f"a value of {entity}", place, value) for each in value] or [""]
            elif isinstance(value, dict):
                means = word(value.get("value"), f"a value of {entity}", place, value)
                others = [str(each) for each in items(value.get("synonyms"), f"synonyms of {means}", place)]
            else:
                means, others = word(value, f"a value of {entity}", place, described), []
            known += [(said, means) for said in (means, *others) if said]
        if entity.startswith("snips/"):
            self._builder.notes.add("built-in entities of Snips: kiloglot learns from examples", entity)
        for option in ("automatically_extensible", "matching_strictness", "use_synonyms"):
            if option in described:
                self._builder.notes.add("settings of entities: kiloglot has none", f"{option} of {entity}")

    def content(self) -> Content:
        """Everything, each entity as a list for the slots that it fills, or for its own name."""
        for (entity, locale), values in self._entities.items():
            for slot in sorted(self._fills.get((entity, locale), ())) or [self._builder.slot(entity)]:
                if not values:
                    continue
                self._builder.values(slot, locale, (said for said, _ in values))
                for said, means in values:
                    self._builder.synonym(slot, locale, said, means)
        return self._builder.content()
