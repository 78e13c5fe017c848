"""One door for labelled data: recognises what lies at a path, reads all of it or raises one clear error."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from kiloglot.data.archives import is_archive, members
from kiloglot.data.checks import Example
from kiloglot.data.faults import Fault, fault_of
from kiloglot.data.fields import slots_field, text_field
from kiloglot.data.formats import FOREIGN, Asked, Files, Notes, Said, foreign_format, held_out, uttered
from kiloglot.data.jsonl import utterance_of_row
from kiloglot.data.lines import located, numbered_lines, open_bytes, parse_object
from kiloglot.data.massive import utterance_of_massive
from kiloglot.data.project import is_project, read_project
from kiloglot.data.signature import signature_of
from kiloglot.errors import DataError, NotationError
from kiloglot.text.locales import canonical_locale
from kiloglot.values import Dataset, Ontology, Partition, Utterance

__all__ = [
    "LAYOUTS",
    "Layout",
    "is_corpus",
    "is_foreign",
    "load",
    "recognise",
    "row_utterance",
    "scan_foreign",
    "scan_rows",
    "streams",
]

_TYPES = re.compile(r"\[\s*([^\s:\[\]{}|\\]+)\s*:")
_FOLDERS = ("", "data", "1.1/data", "1.0/data")
"""Where a folder may keep its JSONL files: beside each other, or as the MASSIVE archives unpack."""


def load(
    path: str | Path, *, partitions: Collection[Partition] | None = None, locales: Collection[str] | None = None
) -> Dataset:
    """The utterances at `path`: a project, a MASSIVE folder or archive, JSONL, or the data of another assistant.

    `partitions` and `locales` keep only those; the ontology is that of everything at `path`.
    Raises DataError where nothing known lies there, where anything in it is wrong, or where nothing is left.
    """
    path = Path(path)
    layout = recognise(path)
    wanted = None if locales is None else frozenset(canonical_locale(tag) for tag in locales)
    parts = None if partitions is None else frozenset(partitions)
    return _checked(layout.read(path, _Choice(parts, wanted)), path, wanted)


def recognise(path: Path) -> Layout:
    """The layout of the data at `path`. Raises DataError, listing what was looked for, where there is none."""
    for layout in LAYOUTS:
        if layout.recognises(path):
            return layout
    what = "holds no data that kiloglot reads" if path.exists() else "does not exist"
    looked_for = "; ".join(layout.looks_for for layout in LAYOUTS)
    raise DataError(what, remedy=f"Looked for: {looked_for}", path=path)


@dataclass(frozen=True, slots=True)
class _Choice:
    partitions: frozenset[Partition] | None
    """Partitions to keep; None: all."""
    locales: frozenset[str] | None
    """Locales to keep, canonical; None: all."""

    def keeps(self, utterance: Utterance) -> bool:
        return (self.partitions is None or utterance.partition in self.partitions) and (
            self.locales is None or utterance.locale in self.locales
        )

    def skips(self, file: Path) -> bool:
        """Whether the file's name, as `de-DE.jsonl`, says that it holds a locale that nobody asked for."""
        tag = file.name.split(".")[0]
        try:
            return "-" in tag and self.locales is not None and canonical_locale(tag) not in self.locales
        except DataError:
            return False


@dataclass(frozen=True, slots=True)
class Layout:
    """One arrangement of data on disk that can be read."""

    looks_for: str
    """What makes it recognisable, in words."""
    recognises: Callable[[Path], bool]
    """Whether this arrangement lies at a path."""
    read: Callable[[Path, _Choice], Dataset]
    """Reads it whole, or raises DataError."""


def streams(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """(path for messages, stream) for every JSONL file at `path`: a file, a folder or an archive."""
    if is_archive(path):
        for name, stream in members(path):
            if _is_data(name):
                yield path / name, stream
        return
    for file in _files(path):
        with open_bytes(file) as opened:
            yield file, opened


def _is_data(name: str) -> bool:
    """Whether an archive's member is one of its JSONL files, and no hidden companion of one (`._en-US.jsonl`)."""
    member = PurePosixPath(name)
    return member.suffix == ".jsonl" and not member.name.startswith(".")


def _files(path: Path) -> list[Path]:
    """The JSONL files at `path`, in the order of their names."""
    if path.is_file():
        return [path] if path.name.endswith((".jsonl", ".jsonl.gz")) else []
    for folder in _FOLDERS:
        found = [file for pattern in ("*.jsonl", "*.jsonl.gz") for file in (path / folder).glob(pattern)]
        if found:
            return sorted(file for file in found if not file.name.startswith("."))
    return []


def row_utterance(row: dict[str, Any]) -> Utterance:
    """One row of MASSIVE, which has `utt`, or of kiloglot's own JSONL. Raises DataError without file and line."""
    return utterance_of_massive(row) if "utt" in row else utterance_of_row(row)


def _read_rows(path: Path, choice: _Choice) -> Dataset:
    kept: list[Utterance] = []
    intents: set[str] = set()
    types: set[str] = set()
    seen: dict[str, set[str]] = {}
    name = path.name
    for file, stream in streams(path):
        name = _release(file) or name
        if choice.skips(file):
            _gather_names(stream, file, choice, intents, types)
            continue
        for utterance in _utterances(stream, file, seen):
            intents.add(utterance.intent)
            for slot in utterance.slots:
                types.add(slot.type)
            if choice.keeps(utterance):
                kept.append(utterance)
    ontology = Ontology(tuple(sorted(intents)), tuple(sorted(types)))
    return Dataset(tuple(kept), ontology, name, signature_of(kept, ontology))


def _release(file: Path) -> str | None:
    """`massive-1.1` for a file that lies as the official archive of 1.1 unpacks, in `1.1/data`."""
    version = file.parent.parent.name
    return f"massive-{version}" if file.parent.name == "data" and re.fullmatch(r"1\.\d", version) else None


def _gather_names(stream: IO[bytes], file: Path, choice: _Choice, intents: set[str], types: set[str]) -> None:
    """The names in a file of a locale that nobody asked for: a third of the work of reading it."""
    for number, line in numbered_lines(stream, file):
        row = parse_object(line, file, number)
        if choice.locales is not None and row.get("locale") in choice.locales:
            problem = f"the row's locale {row['locale']} is not the one in the file's name"
            raise DataError(problem, remedy="Move the row to its own file", path=file, line=number)
        try:
            intents.add(text_field(row, "intent"))
            types.update(_TYPES.findall(text_field(row, "annot_utt", "", blank=True)))
            types.update(slot.type for slot in slots_field(row, None))
        except DataError as error:
            raise located(error, file, number) from error


def _utterances(stream: IO[bytes], file: Path, seen: dict[str, set[str]]) -> Iterator[Utterance]:
    """Every utterance of a file, each id once a locale. Raises DataError naming file and line."""
    for number, line in numbered_lines(stream, file):
        row = parse_object(line, file, number)
        try:
            utterance = row_utterance(row)
        except DataError as error:
            raise located(error, file, number) from error
        ids = seen.setdefault(utterance.locale, set())
        if utterance.id in ids:
            problem = f"a second utterance has id {utterance.id!r} in {utterance.locale}"
            raise DataError(problem, remedy="Give each its own id", path=file, line=number)
        ids.add(utterance.id)
        yield utterance


def scan_rows(path: Path, faults: list[Fault]) -> list[Example]:
    """Every row at `path` that can be read; what is wrong with the others is added to `faults`."""
    examples: list[Example] = []
    seen: dict[tuple[str, str], str] = {}
    try:
        for file, stream in streams(path):
            _scan_file(stream, file, seen, examples, faults)
    except DataError as error:
        faults.append(fault_of(error, path, None, "file"))
    return examples


def _scan_file(
    stream: IO[bytes], file: Path, seen: dict[tuple[str, str], str], examples: list[Example], faults: list[Fault]
) -> None:
    """The rows of one file; `seen` holds the place of each (locale, id)."""
    for number, line in numbered_lines(stream, file):
        try:
            utterance = row_utterance(parse_object(line, file, number))
        except DataError as error:
            faults.append(fault_of(error, file, number, _code_of(error)))
            continue
        place = f"{file.name}:{number}"
        first = seen.setdefault((utterance.locale, utterance.id), place)
        if first != place:
            message = f"id {utterance.id!r} of {utterance.locale} stands at {first} already"
            faults.append(Fault(file, number, "error", "duplicate-id", message, "Give each utterance its own id"))
        examples.append(Example(utterance, file, number))


def _code_of(error: DataError) -> str:
    return "notation" if isinstance(error, NotationError) else "row"


def _checked(dataset: Dataset, path: Path, wanted: frozenset[str] | None) -> Dataset:
    """The same data set. Raises DataError where it is empty or lacks a locale that was asked for."""
    absent = sorted((wanted or frozenset()) - set(dataset.locales))
    if dataset.utterances and not absent:
        return dataset
    what = f"of {', '.join(absent)}" if absent and dataset.utterances else "of what was asked for"
    raise DataError(f"holds no utterance {what}", remedy="Ask for partitions and locales that it has", path=path)


def _read_project(path: Path, choice: _Choice) -> Dataset:
    whole = read_project(path)
    kept = tuple(utterance for utterance in whole.utterances if choice.keeps(utterance))
    return replace(whole, utterances=kept, signature=signature_of(kept, whole.ontology))


def _read_foreign(path: Path, choice: _Choice) -> Dataset:
    """The data of another assistant, parts set aside for dev and test where it has none."""
    found = foreign_format(path)
    if found is None:
        raise DataError("is of no other assistant", remedy="Try kiloglot convert", path=path)
    notes = Notes()
    content = held_out(found.read(Files(path), Asked()), Said(), notes)
    pairs = uttered(content, Said(), notes)
    kept = tuple(utterance for utterance, _ in pairs if choice.keeps(utterance))
    dropped = tuple((left.reason, left.count) for left in (*content.left, *notes.result()))
    return Dataset(kept, content.ontology, content.name, signature_of(kept, content.ontology), dropped)


def scan_foreign(path: Path) -> list[Example]:
    """The utterances of another assistant's data, and where they stand. Raises DataError for the first fault."""
    found = foreign_format(path)
    content = found.read(Files(path), Asked()) if found else None
    pairs = uttered(content, Said(), Notes()) if content else ()
    return [Example(utterance, sentence.path, sentence.line or 1) for utterance, sentence in pairs]


def is_corpus(path: Path) -> bool:
    """Whether JSONL lies at `path`, in a file, a folder or an archive."""
    return bool(_files(path)) or (is_archive(path) and foreign_format(path) is None)


def is_foreign(path: Path) -> bool:
    """Whether data of another assistant lies at `path`."""
    return not is_corpus(path) and foreign_format(path) is not None


LAYOUTS: tuple[Layout, ...] = (
    Layout("a project folder with assistant.toml", is_project, _read_project),
    Layout(
        "a MASSIVE archive (.tar.gz, .tar or .zip with <locale>.jsonl); "
        "*.jsonl in the folder, in data/ or in 1.1/data/, or one .jsonl file",
        is_corpus,
        _read_rows,
    ),
    Layout("; ".join(each.looks_for for each in FOREIGN), is_foreign, _read_foreign),
)
"""What `load` tries, in this order."""
