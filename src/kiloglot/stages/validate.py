"""`kiloglot validate PATH`: every fault of an assistant or a corpus, with file and line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data import Fault, check_corpus, is_foreign, is_project, recognise, scan_foreign, scan_project, scan_rows
from kiloglot.progress import SILENT, Progress
from kiloglot.values import Ontology

__all__ = ["Fault", "ValidateConfig", "ValidateReport", "run"]


@dataclass(frozen=True, slots=True)
class ValidateConfig:
    """What to check, and how strictly."""

    path: Path
    """Folder of an assistant, MASSIVE or JSONL data, or the data of another assistant."""
    strict: bool = False
    """Whether warnings fail the check too."""


@dataclass(frozen=True, slots=True)
class ValidateReport:
    """What the check found."""

    faults: tuple[Fault, ...]
    """Everything wrong, in the order of files and lines."""
    utterances: int
    """Utterances that were read, templates expanded."""
    locales: tuple[str, ...]
    """Their locales."""
    ontology: Ontology
    """The intents and slot types that were declared, or that the data uses."""
    strict: bool
    """Whether warnings fail the check too."""

    @property
    def errors(self) -> int:
        """Faults that make the data unusable as it is."""
        return sum(fault.severity == "error" for fault in self.faults)

    @property
    def warnings(self) -> int:
        """Faults that the data can be used with."""
        return len(self.faults) - self.errors

    @property
    def ok(self) -> bool:
        """Whether the check is passed."""
        return not self.errors and not (self.strict and self.faults)

    @property
    def codes(self) -> tuple[tuple[str, int], ...]:
        """(kind of fault, count), the most frequent first."""
        return tuple(Counter(fault.code for fault in self.faults).most_common())


def run(config: ValidateConfig, progress: Progress = SILENT) -> ValidateReport:
    """Checks everything at the path. Raises DataError where nothing that kiloglot reads lies there."""
    recognise(config.path)
    progress.say(f"Reading {config.path}")
    faults: list[Fault] = []
    if is_project(config.path):
        scan = scan_project(config.path)
        examples, ontology = list(scan.examples), scan.assistant.ontology if scan.assistant else Ontology((), ())
        faults += scan.faults
        faults += check_corpus(examples, ontology, "error", scan.assistant.limited if scan.assistant else None)
    else:
        examples = scan_foreign(config.path) if is_foreign(config.path) else scan_rows(config.path, faults)
        ontology = Ontology.of(example.utterance for example in examples)
        faults += check_corpus(examples, ontology, "warning")
    if not examples and not faults:
        faults.append(Fault(config.path, None, "error", "no-utterance", "there is no utterance", "Write some"))
    faults.sort(key=lambda fault: (str(fault.path), fault.line or 0))
    locales = tuple(sorted({example.utterance.locale for example in examples}))
    return ValidateReport(tuple(faults), len(examples), locales, ontology, config.strict)
