"""Locale folders of OVOS and Mycroft skills: `.intent` and `.entity` of Padatious, `.voc`, `.rx` and `.dialog`.

A folder bears the tag of its language, as `locale/en-us` or `vocab/en-us`. Lines that begin with `#` are comments.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.located import Place
from kiloglot.data.formats.padatious import parse_padatious
from kiloglot.data.formats.tongue import Asked, spoken
from kiloglot.data.templates import Piece, expand, slots_of
from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale

__all__ = ["is_ovos", "read_ovos"]

_SAID = 50
"""Values that one line of an entity or vocabulary may stand for."""
_LEFT = {
    ".rx": "regexes: kiloglot learns from examples",
    ".dialog": "dialogs: kiloglot understands, it does not answer",
}
_TAG = re.compile(r"[a-z]{2,3}([-_][a-z]{4})?([-_]([a-z]{2}|\d{3}))?", re.IGNORECASE)


def is_ovos(files: Files) -> bool:
    """Whether there is an `.intent` or a `.voc`."""
    return next(files.of(".intent", ".voc"), None) is not None


def read_ovos(files: Files, asked: Asked) -> Content:
    """Every intent of Padatious, and the entities and vocabularies as lists. Raises DataError, naming the line."""
    reader = _Reader(files, asked)
    for name in files.of(".entity"):
        reader.words(name)
    for name in files.of(".voc"):
        reader.words(name)
        reader.builder.notes.add("vocabularies of Adapt: lists, for its intents stand in the skill's code", name.stem)
    for name in files.of(".intent"):
        reader.intent(name)
    for suffix, reason in _LEFT.items():
        for name in files.of(suffix):
            reader.builder.notes.add(reason, name.stem)
    return reader.builder.content()


class _Reader:
    def __init__(self, files: Files, asked: Asked) -> None:
        self.builder = Builder(files.root.stem, asked.lists)
        self._files = files
        self._asked = asked

    def words(self, name: PurePosixPath) -> None:
        """Reads an `.entity` or a `.voc`: a value a line; the first of a vocabulary's line is what the others mean."""
        locale, slot = self._locale(name), self.builder.slot(name.stem)
        for source, line in self._lines(name):
            template = parse_padatious(source, self._place(name), line)
            if any(slots_of(template)):
                self.builder.notes.add("values of lists that hold an entity themselves", source)
                continue
            said = [text for text, _ in expand(template, {}, _SAID, source)]
            self.builder.values(slot, locale, said)
            if name.suffix.lower() == ".voc":
                for other in said[1:]:
                    self.builder.synonym(slot, locale, other, said[0])

    def intent(self, name: PurePosixPath) -> None:
        """Reads an `.intent`: a template a line."""
        locale, intent, path = self._locale(name), self.builder.intent(name.stem), self._files.path(name)
        partition = partition_of(name)
        for source, line in self._lines(name):
            template = parse_padatious(source, self._place(name), line, self.builder.slot)
            if any(isinstance(part, Piece) and re.search(r"(^|\s):0(\s|$)", part.text) for part in template):
                reason = "sentences with :0, any word at all: kiloglot learns from examples"
                self.builder.notes.add(reason, source)
                self.builder.lose(intent, f"all its {reason}")
                continue
            self.builder.add(Sentence(template, intent, locale, partition, "", "", 1.0, source, path, line))

    def _place(self, name: PurePosixPath) -> Place:
        return Place(self._files.path(name))

    def _locale(self, name: PurePosixPath) -> str:
        """The language of the folder nearest to the file that bears a tag, unless another was asked for."""
        path = self._files.path(name)
        for part in [*reversed(name.parts[:-1]), self._files.root.name]:
            if _TAG.fullmatch(part) and (len(part) > 3 or len(name.parts) > 1) and part not in ("voc", "rx"):
                try:
                    return spoken(self._asked, canonical_locale(part), path)
                except DataError:
                    continue
        return spoken(self._asked, "", path)

    def _lines(self, name: PurePosixPath) -> list[tuple[str, int]]:
        """(line, number) without blank lines and comments."""
        lines = enumerate(self._files.text(name).removeprefix("\ufeff").split("\n"), 1)
        return [(line.strip(), number) for number, line in lines if line.strip() and line.lstrip()[0] != "#"]
