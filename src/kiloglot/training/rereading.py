"""The reader of words taught anew, by itself: what n-grams and slots have learned stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from kiloglot.nn import Student
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import WordNoise
from kiloglot.training.assess import Assessment, assess
from kiloglot.training.batches import Batcher
from kiloglot.training.processes import accelerator_for
from kiloglot.training.reader_loop import Pace, ReaderLessons, teach_reader
from kiloglot.training.taught import Taught
from kiloglot.training.teach import DEV_BUDGET, examples_of
from kiloglot.training.word_vectors import WordVectors
from kiloglot.values import Utterance

__all__ = ["Reread", "Rereading", "reread"]

_ROW_RATE, _RATE = 0.05, 2e-3
_STATE = "reader.pt"


@dataclass(frozen=True, slots=True)
class Rereading:
    """How a reader is taught."""

    word_rows: int
    """Rows of the table of words, at most."""
    width: int
    """Width of the reader."""
    layers: int
    """Layers of the reader."""
    epochs: int
    """Passes over the data; the learning rate reaches its end with the last."""
    noise: WordNoise
    """How words are read otherwise, anew in each pass."""
    seed: int
    """Seed of everything random."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of it."""

    taught: Taught
    """The student with its new reader."""
    before: Assessment
    """On `dev`, as it was."""
    after: Assessment
    """On `dev`, with the new reader."""


def reread(
    taught: Taught,
    train: Sequence[Utterance],
    dev: Sequence[Utterance],
    vectors: WordVectors,
    settings: Rereading,
    folder: Path,
    progress: Progress = SILENT,
) -> Reread:
    """`taught` with a reader that begins with `vectors` and learns the intents of `train`. The checkpoint goes to
    `folder`; a run that finds its own there goes on after its last pass.
    """
    before = _assessed(taught, dev, progress)
    vocabulary, meant = vectors.table(settings.word_rows, in_letters=taught.vocabularies.in_letters)
    new = replace(
        taught,
        student=_with_reader(taught.student, meant, settings),
        vocabularies=replace(taught.vocabularies, words=vocabulary),
    )
    places = {name: place for place, name in enumerate(taught.ontology.intents)}
    intent = np.array([places[utterance.intent] for utterance in train], np.int64)
    lessons = ReaderLessons.of(train, intent, new.vocabularies, settings.noise, vectors, progress=progress)
    pace = Pace(settings.epochs, _ROW_RATE, _RATE, settings.seed)
    with progress.task("Learning to read words", settings.epochs * len(train), "utterances") as task:
        teach_reader(new.student, lessons, pace, folder / _STATE, task)
    return Reread(new, before, _assessed(new, dev, progress))


def _assessed(taught: Taught, dev: Sequence[Utterance], progress: Progress) -> Assessment:
    exam = examples_of(dev, taught.vocabularies, taught.ontology, taught.locales, progress)
    return assess(taught.student, Batcher(exam, DEV_BUDGET), accelerator_for("cpu"))


def _with_reader(student: Student, meant: Tensor, settings: Rereading) -> Student:
    """`student` with a fresh reader of words that mean `meant` [word rows, word width]."""
    shape = replace(
        student.shape,
        word_rows=len(meant),
        word_width=meant.shape[1],
        reader=settings.width,
        reader_layers=settings.layers,
        doubt=0,  # What it doubts by is read otherwise now.
    )
    torch.manual_seed(settings.seed)
    fresh = Student(shape)
    old = {
        name: value
        for name, value in student.state_dict().items()
        if not name.startswith(("words.", "network.reader.", "network.doubt."))
    }
    fresh.load_state_dict(old, strict=False)
    if fresh.words is not None:
        fresh.words.table.weight.data.copy_(meant)
    return fresh.eval()
