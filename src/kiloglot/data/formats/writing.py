"""What the writers share: quoting for YAML, safe file names, sentences in groups."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import yaml

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.uttering import Said, said_of, uttered
from kiloglot.data.templates import is_literal, squeezed
from kiloglot.values import Partition, Slot

__all__ = ["FileNames", "grouped", "lined", "note_bare", "quoted", "said_on_lines", "tidied", "write_json"]

_Item = TypeVar("_Item")
_Key = TypeVar("_Key")
_UNSAFE = re.compile(r"[^\w.@-]+")
_PRINTED = yaml.reader.Reader.NON_PRINTABLE


def quoted(text: str) -> str:
    """`text` as a YAML scalar in double quotes; characters that YAML cannot print are escaped."""
    escaped = json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")
    return re.sub(r"[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", escaped)


def write_json(path: Path, value: object) -> None:
    """Writes a JSON file as Dialogflow and Snips lay theirs out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")


def grouped(values: Iterable[_Item], key: Callable[[_Item], _Key]) -> dict[_Key, list[_Item]]:
    """The values by a key, both in order."""
    groups: dict[_Key, list[_Item]] = {}
    for value in values:
        groups.setdefault(key(value), []).append(value)
    return groups


def lined(text: str, slots: Iterable[Slot]) -> tuple[str, tuple[Slot, ...]] | None:
    """The utterance with its white space squeezed to single spaces; None where a character fits no line of YAML."""
    if _PRINTED.search(text) or "\ufeff" in text:
        return None
    if text == " ".join(text.split()):
        return text, tuple(slots)
    return said_of(Sentence(squeezed(text, slots), "", ""))


def said_on_lines(
    content: Content, how: Said, notes: Notes
) -> dict[tuple[str, Partition], dict[str, list[tuple[str, tuple[Slot, ...]]]]]:
    """Text and spans by locale and partition, and then by intent, for formats that hold one utterance a line."""
    found: dict[tuple[str, Partition], dict[str, list[tuple[str, tuple[Slot, ...]]]]] = {}
    for utterance, _ in uttered(content, how, notes):
        line = lined(utterance.text, utterance.slots)
        if line is None or not line[0]:
            notes.add(
                "utterances with a character that fits no line of YAML", repr(utterance.text), intent=utterance.intent
            )
            continue
        if line[0] != utterance.text:
            notes.add("utterances whose white space was squeezed", repr(utterance.text))
        place = found.setdefault((utterance.locale, utterance.partition), {})
        place.setdefault(utterance.intent, []).append(line)
    return found


def tidied(sentences: Iterable[Sentence], notes: Notes) -> Iterator[Sentence]:
    """The sentences, the white space of those that are no templates squeezed; for formats that write templates."""
    for sentence in sentences:
        if not is_literal(sentence.template):
            yield sentence
            continue
        text, slots = said_of(sentence)
        if text != " ".join(text.split()):
            notes.add("utterances whose white space was squeezed", repr(text))
        yield replace(sentence, template=squeezed(text, slots))


def note_bare(content: Content, notes: Notes, *, lists: bool = False, synonyms: bool = False) -> None:
    """Counts what a format has no place for."""
    weights = sum(sentence.weight != 1.0 for sentence in content.sentences)
    if weights:
        notes.add("weights of utterances: the format has none", count=weights)
    for each in content.lists if lists else ():
        notes.add("lists of slot values: the format has none", f"{each.slot} of {each.locale}")
    for synonym in content.synonyms if synonyms else ():
        notes.add("synonyms: slots hold the words as spoken", f"{synonym.said} is {synonym.means}")


class FileNames:
    """File names for names: letters, digits, dots and hyphens; no two that differ in case alone."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The file name of a name, always the same."""
        found = self._names.get(name)
        if found is None:
            base = found = _UNSAFE.sub("_", name).strip(".")[:100] or "_"
            number = 2
            while found.casefold() in {other.casefold() for other in self._names.values()}:
                found, number = f"{base}_{number}", number + 1
            self._names[name] = found
        return found
