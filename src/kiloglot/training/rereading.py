"""The reader of words taught anew, by itself: what n-grams and slots have learned stays.

By itself it may see the data more often than they, which would learn it by heart, and in batches of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kiloglot.errors import ArtifactError
from kiloglot.nn import RowAdagrad, RowTable, Student
from kiloglot.nn.student import Reader
from kiloglot.progress import SILENT, Progress, Task
from kiloglot.text import Unit, Vocabulary, ngrams
from kiloglot.training import checkpoint
from kiloglot.training.assess import Assessment, assess
from kiloglot.training.batches import Batcher, known_words
from kiloglot.training.checkpoint import Position
from kiloglot.training.examples import segmented
from kiloglot.training.processes import accelerator_for
from kiloglot.training.ragged import Index, Ragged
from kiloglot.training.schedule import warm_cosine
from kiloglot.training.taught import Taught
from kiloglot.training.teach import DEV_BUDGET, examples_of
from kiloglot.training.word_lists import words_of
from kiloglot.training.word_vectors import WordVectors
from kiloglot.values import Utterance

__all__ = ["Reread", "Rereading", "reread"]

_BATCH = 256  # utterances
_POOL = 40  # batches whose utterances are sorted by length together
_ROW_RATE, _RATE, _DECAY, _WARMUP, _CLIP = 0.05, 2e-3, 0.01, 500, 5.0
_DROPOUT, _SMOOTHING = 0.3, 0.1
_CHUNK = 8192  # texts hashed at a time
_LOG_STEPS = 50  # steps between two looks at the loss
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
    vocabulary, meant = vectors.table(settings.word_rows)
    new = replace(
        taught,
        student=_with_reader(taught.student, meant, settings),
        vocabularies=replace(taught.vocabularies, words=vocabulary),
    )
    lessons = _Lessons.of(new, train, progress)
    with progress.task("Learning to read words", settings.epochs * len(train), "utterances") as task:
        _Run(new.student, lessons, settings, folder / _STATE).all(task)
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


@dataclass(frozen=True, slots=True)
class _Lessons:
    """What is known of the words of N utterances, and their intents."""

    words: Ragged
    """N lists of rows of the table of words."""
    intent: Index
    """[N] the intent's place in the ontology."""

    @classmethod
    def of(cls, taught: Taught, utterances: Sequence[Utterance], progress: Progress) -> _Lessons:
        texts = segmented(utterances, progress)
        places = {name: place for place, name in enumerate(taught.ontology.intents)}
        intent = np.array([places[utterance.intent] for utterance in utterances], np.int64)
        return cls(_known(texts, taught.vocabularies.words, progress), intent)

    def plan(self, rng: np.random.Generator) -> list[Index]:
        """Batches of like length, in random order."""
        order, length = rng.permutation(len(self.intent)), np.diff(self.words.at)
        batches: list[Index] = []
        for start in range(0, len(order), _BATCH * _POOL):
            pool = order[start : start + _BATCH * _POOL]
            pool = pool[np.argsort(length[pool], kind="stable")]
            batches += [pool[at : at + _BATCH] for at in range(0, len(pool), _BATCH)]
        return [batches[place] for place in rng.permutation(len(batches))]


def _known(texts: Sequence[Sequence[Unit]], vocabulary: Vocabulary, progress: Progress) -> Ragged:
    hashes = [ngrams(texts[start : start + _CHUNK]).words for start in range(0, len(texts), _CHUNK)]
    return words_of(texts, np.concatenate(hashes), vocabulary, progress)


class _Run:
    """The moving parts."""

    def __init__(self, student: Student, lessons: _Lessons, settings: Rereading, state: Path) -> None:
        self.lessons, self.settings, self.state = lessons, settings, state
        self.table, self.reader = _parts(student)
        self.rows = RowAdagrad([self.table.table.weight], lr=_ROW_RATE)
        self.rest = torch.optim.AdamW(self.reader.parameters(), lr=_RATE, weight_decay=_DECAY)
        self.steps = settings.epochs * -(-len(lessons.intent) // _BATCH)
        self.position = self._resumed()

    def _resumed(self) -> Position:
        if not self.state.exists():
            return Position()
        position, parts = checkpoint.load(self.state)
        try:
            for name, part in self._states().items():
                part.load_state_dict(parts[name])
        except (KeyError, ValueError, RuntimeError) as fault:
            problem = "the checkpoint is that of another reader"
            raise ArtifactError(problem, path=self.state, remedy="Remove it to start afresh") from fault
        return position

    def _states(self) -> dict[str, RowTable | Reader | torch.optim.Optimizer]:
        return {"table": self.table, "reader": self.reader, "rows": self.rows, "rest": self.rest}

    def all(self, task: Task) -> None:
        """The passes that are left."""
        task.advance(self.position.epoch * len(self.lessons.intent))
        self.reader.train()
        while self.position.epoch < self.settings.epochs:
            epoch, losses, note = self.position.epoch, list[Tensor](), ""
            for chosen in self.lessons.plan(np.random.default_rng([self.settings.seed, epoch])):
                losses.append(self._step(chosen))
                if len(losses) % _LOG_STEPS == 1:
                    note = f"pass {epoch + 1}, loss {float(losses[-1]):.2f}"
                task.advance(len(chosen), note)
            mean = float(torch.stack(losses).mean())
            self.position = replace(self.position, epoch=epoch + 1, curve=(*self.position.curve, mean))
            checkpoint.save(self.state, self.position, {k: part.state_dict() for k, part in self._states().items()})
        self.reader.eval()

    def _step(self, chosen: Index) -> Tensor:
        step = self.position.step
        share = warm_cosine(step, self.steps, min(_WARMUP, -(-self.steps // 10)))
        self.rows.param_groups[0]["lr"], self.rest.param_groups[0]["lr"] = _ROW_RATE * share, _RATE * share
        torch.manual_seed((self.settings.seed << 32) + step)
        words = known_words(self.lessons.words, chosen)
        read = F.dropout(self.reader(self.table(words.rows), words), _DROPOUT)
        gold = torch.from_numpy(self.lessons.intent[chosen])
        loss = F.cross_entropy(self.reader.intent(read), gold, label_smoothing=_SMOOTHING)
        self.rows.zero_grad()
        self.rest.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.reader.parameters(), _CLIP)
        self.rows.step()
        self.rest.step()
        self.position = replace(self.position, step=step + 1)
        return loss.detach()


def _parts(student: Student) -> tuple[RowTable, Reader]:
    """The table of words and their reader."""
    if student.words is None or student.network.reader is None:
        raise TypeError("the student has no reader")
    return student.words, student.network.reader
