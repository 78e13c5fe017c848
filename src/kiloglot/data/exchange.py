"""All formats that `kiloglot convert` reads and writes: those of other assistants, and kiloglot's own."""

from __future__ import annotations

from pathlib import Path

from kiloglot.data.formats import (
    FOREIGN,
    Asked,
    Builder,
    Content,
    Files,
    Format,
    Notes,
    Place,
    Said,
    Sentence,
    document,
    is_project_folder,
    items,
    mapping,
    read_templates,
    uttered,
    word,
    write_project,
)
from kiloglot.data.formats.writing import note_bare
from kiloglot.data.jsonl import write_utterances
from kiloglot.data.massive import write_massive
from kiloglot.data.reading import is_corpus, load
from kiloglot.data.templates import literal
from kiloglot.errors import ConfigError, DataError
from kiloglot.values import Slot

__all__ = ["FORMATS", "format_named", "format_of", "outside_lists", "target_format"]


def _read_corpus(files: Files, asked: Asked) -> Content:
    data = load(files.root)
    builder = Builder(data.name)
    for utterance in data.utterances:
        slots = [Slot(builder.slot(slot.type), slot.start, slot.end) for slot in utterance.slots]
        builder.add(
            Sentence(
                template=literal(utterance.text, slots),
                intent=builder.intent(utterance.intent),
                locale=utterance.locale,
                partition=utterance.partition,
                scenario=utterance.scenario,
                id=utterance.id,
                weight=utterance.weight,
                source=utterance.text,
                path=files.root,
            )
        )
    return builder.content()


def _is_corpus(files: Files) -> bool:
    return is_corpus(files.root)


def _write_jsonl(content: Content, out: Path, how: Said, notes: Notes) -> None:
    for each in content.lists:
        notes.add("lists of slot values: the format has none", f"{each.slot} of {each.locale}")
    for synonym in content.synonyms:
        notes.add("synonyms: slots hold the words as spoken", f"{synonym.said} is {synonym.means}")
    write_utterances(out, (utterance for utterance, _ in uttered(content, how, notes)))


def _write_massive(content: Content, out: Path, how: Said, notes: Notes) -> None:
    note_bare(content, notes, lists=True, synonyms=True)
    write_massive(out, (utterance for utterance, _ in uttered(content, how, notes)))


FORMATS: tuple[Format, ...] = (
    Format("project", "a project folder with assistant.toml", is_project_folder, read_templates, write_project),
    Format(
        "jsonl",
        "*.jsonl of kiloglot or of MASSIVE, a folder or an archive of them",
        _is_corpus,
        _read_corpus,
        _write_jsonl,
        (".jsonl",),
    ),
    Format("massive", "the same", lambda files: False, _read_corpus, _write_massive),
    *FOREIGN,
)
"""What is tried, in this order."""


def format_named(name: str) -> Format:
    """The format of that name. Raises ConfigError where there is none."""
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        names = ", ".join(each.name for each in FORMATS)
        raise ConfigError(f"there is no format {name[:40]!r}", remedy=f"There are: {names}")
    return found


def format_of(path: Path) -> Format:
    """The format of what lies at `path`. Raises DataError, listing what was looked for, where there is none."""
    files = Files(path)
    if path.exists():
        for each in FORMATS:
            if each.recognises(files):
                return each
    what = "holds nothing that kiloglot reads" if path.exists() else "does not exist"
    looked_for = "; ".join(each.looks_for for each in FORMATS if each.looks_for != "the same")
    raise DataError(what, remedy=f"Looked for: {looked_for}", path=path)


def target_format(path: Path) -> Format:
    """The format that a target's name means: `.csv`, `.jsonl`, `.json`, `.zip`, else a project."""
    suffix = path.suffix.lower()
    found = next((each for each in FORMATS if suffix in each.suffixes), None)
    if found is None and suffix in (".yml", ".yaml"):
        raise ConfigError(f"{suffix} may be Rasa's or hassil's", remedy="Name a folder, and --to rasa or --to hassil")
    return found or FORMATS[0]


def outside_lists(path: Path) -> dict[str, tuple[str, ...]]:
    """The lists of a YAML file: `name: [kitchen lamp, fan]`, or in hassil's form under `lists:`."""
    files, place = Files(path), Place(path)
    if not files.names:
        raise DataError("is no YAML file", remedy="Write lists as `area: [kitchen, bath]`", path=path)
    content = mapping(document(files, files.names[0]), "the file", place)
    found: dict[str, tuple[str, ...]] = {}
    for name, described in mapping(content.get("lists", content), "lists", place).items():
        values = described.get("values") if isinstance(described, dict) else described
        said = [value.get("in") if isinstance(value, dict) else value for value in items(values, name, place)]
        found[name] = tuple(word(value, f"a value of {name}", place, values) for value in said)
    return found
