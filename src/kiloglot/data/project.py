"""The project format, version 1: a folder with assistant.toml and locales/<locale>.yaml.

One walk reads a project. It gathers every fault with its line; `read_project` raises the first of them that is an
error, `kiloglot validate` lists them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiloglot.data.assistant import Assistant, read_assistant
from kiloglot.data.checks import Example
from kiloglot.data.faults import Fault
from kiloglot.data.locale_file import LocaleReader
from kiloglot.data.signature import signature_of
from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale
from kiloglot.values import Dataset, Ontology

__all__ = ["Scan", "is_project", "locale_files", "read_project", "scan_project"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What one walk over a project found."""

    assistant: Assistant | None
    """assistant.toml; None where it cannot be read."""
    examples: tuple[Example, ...]
    """Every utterance that could be made."""
    faults: tuple[Fault, ...]
    """Everything wrong, in the order of files and lines."""
    repeated: int
    """Utterances left out because their locale, intent, partition and text were there before."""


def is_project(path: Path) -> bool:
    """Whether a project lies at `path`."""
    return (path / "assistant.toml").is_file()


def read_project(path: Path) -> Dataset:
    """The utterances of the project at `path`, templates expanded. Raises DataError for the first error in it."""
    scan = scan_project(path)
    for fault in scan.faults:
        if fault.severity == "error":
            raise fault.as_error()
    utterances = tuple(example.utterance for example in scan.examples)
    ontology = scan.assistant.ontology if scan.assistant else Ontology((), ())
    name = scan.assistant.name if scan.assistant else path.name
    dropped = (("repeats an utterance of its intent and partition", scan.repeated),) if scan.repeated else ()
    return Dataset(utterances, ontology, name, signature_of(utterances, ontology), dropped)


def scan_project(path: Path) -> Scan:
    """Reads everything that can be read at `path` and notes what cannot."""
    faults: list[Fault] = []
    assistant = read_assistant(path / "assistant.toml", faults)
    if assistant is None:
        return Scan(None, (), tuple(faults), 0)
    examples: list[Example] = []
    repeated = 0
    for locale, file in locale_files(path / "locales", assistant, faults):
        reader = LocaleReader(locale, file, assistant, faults)
        reader.read()
        examples += reader.examples
        repeated += reader.repeated
    faults.sort(key=lambda fault: (str(fault.path), fault.line or 0))
    return Scan(assistant, tuple(examples), tuple(faults), repeated)


def locale_files(folder: Path, assistant: Assistant, faults: list[Fault]) -> list[tuple[str, Path]]:
    """(locale, file) for each locale of the assistant, in the order of the files' names."""
    found: dict[str, Path] = {}
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            locale = canonical_locale(file.stem)
        except DataError as error:
            faults.append(Fault(file, None, "error", "bad-locale", error.problem, "Rename the file, as de-DE.yaml"))
            continue
        if locale in found:
            message = f"{found[locale].name} is already the file of {locale}"
            faults.append(Fault(file, None, "error", "bad-locale", message, "Keep one of the two"))
        elif assistant.locales and locale not in assistant.locales:
            message = f"{locale} is not in the list of locales in assistant.toml"
            faults.append(Fault(file, None, "warning", "unused-locale", message, "Add it there, or remove the file"))
        else:
            found[locale] = file
    for locale in assistant.locales:
        if locale not in found:
            remedy = f"Add locales/{locale}.yaml, or take it off the list"
            message = f"{locale} is listed and has no file"
            faults.append(Fault(assistant.path, None, "error", "missing-locale", message, remedy))
    if not found:
        remedy = "Add locales/<locale>.yaml, as locales/en-US.yaml"
        faults.append(Fault(assistant.path, None, "error", "missing-locale", "there is no locale", remedy))
    return list(found.items())
