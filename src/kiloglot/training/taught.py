"""A trained student and the words that it was taught in, in memory and as a folder."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch

from kiloglot.errors import ArtifactError
from kiloglot.nn import Student, StudentShape
from kiloglot.text import HASH_VERSION, HASH_VERSIONS, Vocabulary
from kiloglot.training.examples import Vocabularies
from kiloglot.values import Ontology

__all__ = ["Taught"]

# What reading files that are missing, cut off or something else altogether may raise.
_FAULTS = (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, BadZipFile, pickle.UnpicklingError)
_STATE, _WORDS, _VOCABULARIES = "student.pt", "student.json", "vocabularies.npz"
_TABLES = ("units", "bag", "words")


@dataclass(frozen=True, slots=True)
class Taught:
    """A student with everything that gives its numbers a meaning."""

    student: Student
    """The network, in evaluation mode on the CPU."""
    ontology: Ontology
    """Intents and slot types in the order of its outputs."""
    locales: tuple[str, ...]
    """Locales in the order of its inputs and outputs, from 1 on."""
    vocabularies: Vocabularies
    """Which n-grams and words own which rows of its tables."""

    def write(self, folder: Path) -> None:
        """Writes the student into `folder`, which exists. Raises OSError where it cannot."""
        try:
            torch.save(self.student.state_dict(), folder / _STATE)
        except RuntimeError as fault:  # what torch makes of a full disk
            raise OSError(str(fault).strip().partition("\n")[0]) from fault
        tags = {name: getattr(self.vocabularies, name).tags for name in _TABLES}
        np.savez(folder / _VOCABULARIES, **tags)
        words = {
            "shape": asdict(self.student.shape),
            "ontology": asdict(self.ontology),
            "locales": self.locales,
            "hashing": self.vocabularies.hashing,
        }
        (folder / _WORDS).write_text(json.dumps(words, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Taught:
        """Reads what `write` wrote; raises ArtifactError where it is not there or not readable."""
        try:
            words = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
            if words["hashing"] not in HASH_VERSIONS:
                problem = f"the student hashes text by {words['hashing']}, this version by {HASH_VERSION}"
                raise ArtifactError(problem, path=folder, remedy="Train it again, or install the version that wrote it")
            return cls._read(folder, words)
        except _FAULTS as fault:
            what = str(fault).strip().partition("\n")[0]
            remedy = "Name a folder that `kiloglot finetune` wrote"
            raise ArtifactError(f"no readable student here ({what})", path=folder, remedy=remedy) from fault

    @classmethod
    def _read(cls, folder: Path, words: dict[str, Any]) -> Taught:
        state = torch.load(folder / _STATE, map_location="cpu", weights_only=True)
        with (folder / _VOCABULARIES).open("rb") as file, np.load(file, allow_pickle=False) as tags:
            vocabularies = Vocabularies(
                **{name: Vocabulary(tags[name]) for name in tags.files}, hashing=words["hashing"]
            )
        student = Student(StudentShape(**words["shape"]))
        student.load_state_dict(state)
        names = words["ontology"]
        ontology = Ontology(tuple(names["intents"]), tuple(names["slot_types"]))
        return cls(student.eval(), ontology, tuple(words["locales"]), vocabularies)
