"""CSV and TSV: a sentence a line, its columns named in the first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from kiloglot.data.fields import locale_field, partition_field, text_field
from kiloglot.data.formats.builder import Builder
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.files import Files, partition_of
from kiloglot.data.formats.tongue import Asked, spoken
from kiloglot.data.templates import literal
from kiloglot.errors import DataError
from kiloglot.text.notation import align_annotated, parse_annotated
from kiloglot.values import Slot

__all__ = ["COLUMNS", "is_table", "read_table"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "utterance", "utt", "sentence", "phrase", "query"),
    "annotated": ("annotated", "annot_utt"),
    "intent": ("intent", "label", "category"),
    "locale": ("locale", "language", "lang"),
    "partition": ("partition", "split"),
    "scenario": ("scenario",),
    "id": ("id",),
}
"""What a column holds, and the names that its head may have. `text` or `annotated`, and `intent`, must be there."""
_DELIMITERS = (",", "\t", ";", "|")
_CELL = 1_000_000


def is_table(files: Files) -> bool:
    """Whether a CSV or TSV file has a column of intents."""
    return any(_dialect(files.peek(name)) for name in files.of(".csv", ".tsv"))


def _dialect(text: str) -> tuple[str, dict[str, str]] | None:
    """(delimiter, column by what it holds) of the first line, None where it names no intent."""
    first = text.removeprefix("\ufeff").split("\n", 1)[0].strip("\r")
    for delimiter in _DELIMITERS:
        heads = next(csv.reader([first], delimiter=delimiter), [])
        named = {head.strip().lower(): head for head in heads}
        found = {kind: named[name] for kind, names in COLUMNS.items() for name in reversed(names) if name in named}
        if len(heads) > 1 and "intent" in found:
            return delimiter, found
    return None


def read_table(files: Files, asked: Asked) -> Content:
    """Every line of every table. Raises DataError, naming file and line."""
    builder = Builder(files.root.stem, asked.lists)
    tables = tuple(files.of(".csv", ".tsv"))
    for name in tables:
        found = _dialect(files.text(name))
        if found is None and len(tables) == 1:
            remedy = f"Name the column of the intents: {', '.join(COLUMNS['intent'])}"
            raise DataError("has no column intent", remedy=remedy, path=files.path(name), line=1)
        if found is None:
            builder.notes.add("tables without a column `intent`", str(name))
            continue
        if not {"text", "annotated"} & set(found[1]):
            remedy = "Name the column of the sentences text, or annotated where slots stand in brackets"
            raise DataError("has no column text", remedy=remedy, path=files.path(name), line=1)
        for sentence in _sentences(files, name, found, asked, builder):
            builder.add(sentence)
    return builder.content()


def _sentences(
    files: Files, name: PurePosixPath, found: tuple[str, dict[str, str]], asked: Asked, builder: Builder
) -> Iterator[Sentence]:
    path, (delimiter, columns) = files.path(name), found
    csv.field_size_limit(_CELL)
    text = files.text(name).removeprefix("\ufeff")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    seen: set[tuple[str, str]] = set()
    line = 2
    try:
        for row in reader:
            if None in row:
                raise DataError(
                    "has more cells than the first line", remedy="Put quotes around a cell with a delimiter"
                )
            cells = {kind: row[head] or "" for kind, head in columns.items()}
            if not cells.get("text", "").strip() and not cells.get("annotated", "").strip():
                builder.notes.add("lines without text", f"line {line}")
            else:
                sentence = _sentence(cells, files, name, line, asked, builder)
                _refuse_second(sentence, seen)
                yield sentence
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"not valid CSV: {error}"
        raise DataError(problem, remedy="Check quotes and delimiters", path=path, line=line) from error
    except DataError as error:
        raise DataError(error.problem, remedy=error.remedy, path=path, line=line) from error


def _refuse_second(sentence: Sentence, seen: set[tuple[str, str]]) -> None:
    key = (sentence.locale, sentence.id)
    if sentence.id and key in seen:
        problem = f"a second sentence has id {sentence.id!r} in {sentence.locale}"
        raise DataError(problem, remedy="Give each its own id, or leave out the column")
    seen.add(key)


def _sentence(
    cells: Mapping[str, str], files: Files, name: PurePosixPath, line: int, asked: Asked, builder: Builder
) -> Sentence:
    text, slots = _said(cells)
    slots = tuple(Slot(builder.slot(slot.type), slot.start, slot.end) for slot in slots)
    path = files.path(name)
    return Sentence(
        template=literal(text, slots),
        intent=builder.intent(text_field(cells, "intent")),
        locale=locale_field(cells) if cells.get("locale") else spoken(asked, "", path),
        partition=partition_field(cells) if cells.get("partition") else partition_of(name),
        scenario=cells.get("scenario", ""),
        id=cells.get("id", ""),
        source=text,
        path=path,
        line=line,
    )


def _said(cells: Mapping[str, str]) -> tuple[str, tuple[Slot, ...]]:
    annotated, text = cells.get("annotated", ""), cells.get("text", "")
    if not annotated.strip():
        return text, ()
    if not text.strip():
        return parse_annotated(annotated)
    return text, align_annotated(annotated, text)
