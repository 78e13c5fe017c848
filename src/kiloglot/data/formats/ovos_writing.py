"""Content as locale folders of OVOS: `locale/<tag>/<intent>.intent` and `<slot>.entity`.

Padatious has no escapes and no partitions: dev and test stand in folders of those names.
"""

from __future__ import annotations

from pathlib import Path

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.located import Place
from kiloglot.data.formats.padatious import parse_padatious
from kiloglot.data.formats.uttering import Said
from kiloglot.data.formats.writing import FileNames, grouped, lined, note_bare, tidied
from kiloglot.data.templates import Choice, Piece, Template, slots_of
from kiloglot.errors import DataError

__all__ = ["write_ovos"]

_SPECIAL = frozenset("()[]{}|")


def write_ovos(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes the folders. A sentence names its slots, whose words go into the entity's file."""
    note_bare(content, notes, synonyms=True)
    intents, slots = FileNames(), FileNames()
    words: dict[tuple[str, str], dict[str, None]] = {}
    for each in content.lists:
        words.setdefault((each.locale, each.slot), {}).update(dict.fromkeys(each.values))
    for (locale, partition, intent), own in grouped(tidied(content.sentences, notes), _place).items():
        lines = dict.fromkeys(line for sentence in own if (line := _line(sentence, slots, notes)) is not None)
        folder = _folder(out, locale, partition)
        if lines:
            _write(folder / f"{intents.of(intent)}.intent", lines)
            if len(own) > len(lines):
                reason = "sentences that are one template once their slots are named: its words are in the .entity"
                notes.add(reason, intent, len(own) - len(lines))
        if intents.of(intent) != intent and intent not in notes.renamed:
            notes.renamed[intent] = intents.of(intent)
            notes.add("names that no file can have, changed", f"{intent} is {intents.of(intent)}")
        for sentence in own:
            for piece in slots_of(sentence.template):
                if piece.text:
                    words.setdefault((locale, piece.type), {})[" ".join(piece.text.split())] = None
    for slot in sorted({slot for _, slot in words} | content.slots):
        if slots.of(slot) != slot:
            notes.add("names that no file can have, changed", f"{slot} is {slots.of(slot)}")
    for (locale, slot), values in words.items():
        good = [value for value in values if not _SPECIAL & set(value) and value[0] != "#" and lined(value, ())]
        for value in sorted(set(values) - set(good)):
            notes.add("values with brackets: Padatious has no escape", value)
        if good:
            _write(_folder(out, locale, "train") / f"{slots.of(slot)}.entity", dict.fromkeys(good))


def _place(sentence: Sentence) -> tuple[str, str, str]:
    return sentence.locale, sentence.partition, sentence.intent


def _folder(out: Path, locale: str, partition: str) -> Path:
    root = out if partition == "train" else out / partition
    return root / "locale" / locale.lower()


def _write(path: Path, lines: dict[str, None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _line(sentence: Sentence, slots: FileNames, notes: Notes) -> str | None:
    """A sentence in Padatious' notation; None, with a note, where it cannot be written."""
    line = " ".join(_written(sentence.template, slots).split())
    read = _read(line)
    if read is None or line.startswith("#") or lined(line, ()) is None or read != _named(sentence.template, slots):
        notes.add(
            "sentences that Padatious cannot write: it has no escape for brackets",
            sentence.source,
            intent=sentence.intent,
        )
        return None
    return line


def _written(template: Template, slots: FileNames) -> str:
    written = ""
    for part in template:
        if isinstance(part, Choice):
            options = [_written(option, slots) for option in part.options]
            full = "|".join(option for option in options if option)
            written += f"[{full}]" if "" in options else f"({full})"
        else:
            written += f"{{{slots.of(part.type)}}}" if part.type else part.text
    return written


def _read(line: str) -> list[str] | None:
    """The words and entities of a line in order, None where it does not parse."""
    try:
        return _flat(parse_padatious(line, Place(Path()), None))
    except DataError:
        return None


def _named(template: Template, slots: FileNames) -> list[str]:
    """What `_read` must give of the template's line."""
    if any(_SPECIAL & set(piece.text) for piece in _pieces(template) if not piece.type):
        return []
    return _flat(template, slots)


def _flat(template: Template, slots: FileNames | None = None) -> list[str]:
    words: list[str] = []
    for piece in _pieces(template):
        name = piece.type if slots is None or not piece.type else slots.of(piece.type)
        words += [f"{{{name}}}"] if piece.type else piece.text.split()
    return words


def _pieces(template: Template) -> list[Piece]:
    found: list[Piece] = []
    for part in template:
        if isinstance(part, Piece):
            found.append(part)
        else:
            found += [piece for option in part.options for piece in _pieces(option)]
    return found
