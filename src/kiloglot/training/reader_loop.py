"""The loop that teaches a reader of words by itself: intents and, where it is asked to, what is no command.

What n-grams and slots have learned stays as it is, so that the reader may see the data more often than they, which
would learn it by heart, and in batches of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from kiloglot.errors import ArtifactError
from kiloglot.nn import Doubt, RowAdagrad, RowTable, Student
from kiloglot.nn.student import Reader
from kiloglot.progress import SILENT, Progress, Task
from kiloglot.settings import WordNoise
from kiloglot.training import checkpoint
from kiloglot.training.batches import known_words
from kiloglot.training.checkpoint import Position
from kiloglot.training.cut_words import CutWords
from kiloglot.training.examples import Vocabularies
from kiloglot.training.ragged import Index, Ragged
from kiloglot.training.schedule import warm_cosine
from kiloglot.training.synonyms import Synonyms
from kiloglot.training.word_vectors import WordVectors
from kiloglot.values import Utterance

__all__ = ["Doubtful", "Pace", "ReaderLessons", "teach_reader"]

_BATCH = 256  # utterances
_POOL = 40  # batches whose utterances are sorted by length together
_DECAY, _WARMUP, _CLIP = 0.01, 500, 5.0
_DROPOUT, _SMOOTHING = 0.3, 0.1
_ABOUT_DROPOUT = 0.5  # n-grams say little of a language with few sentences that are no commands: words carry over
_LOG_STEPS = 50  # steps between two looks at the loss
_DOUBT_RATE = 2e-3


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What sentences are doubted by, beside what the reader makes of them."""

    doubt: Doubt
    """What tells those that are no commands; it learns as well."""
    about: NDArray[np.float16]
    """[N, bag + unit] the mean vectors of each sentence and of its units, each number with mean 0 and deviation 1."""
    weight: NDArray[np.float32]
    """[N] share of each in the loss."""


@dataclass(frozen=True, slots=True)
class ReaderLessons:
    """The words of N sentences, and what they are."""

    words: CutWords
    """Their words."""
    intent: Index
    """[N] the intent's place in the ontology; below 0 where it is no command."""
    noise: WordNoise
    """How words are read otherwise, anew in each pass."""
    synonyms: Synonyms | None = None
    """What may stand for what; None where nothing may."""
    doubtful: Doubtful | None = None
    """None where intents alone are learned."""

    @classmethod
    def of(
        cls,
        utterances: Sequence[Utterance],
        intent: Index,
        vocabularies: Vocabularies,
        noise: WordNoise,
        vectors: WordVectors | None,
        doubtful: Doubtful | None = None,
        progress: Progress = SILENT,
    ) -> ReaderLessons:
        """The lessons of N `utterances`, whose words `vocabularies` know; synonyms are found by `vectors`."""
        known, in_letters = vocabularies.words, vocabularies.in_letters
        words = CutWords.of([each.text for each in utterances], known, progress, in_letters=in_letters)
        synonyms = None
        if vectors and noise.synonyms:
            synonyms = Synonyms.of(vectors, known, progress, in_letters=in_letters)
        return cls(words, intent, noise, synonyms, doubtful)

    def drawn(self, rng: np.random.Generator) -> Ragged:
        """N lists of rows of the table of words, as they are read in one pass."""
        lists = self.words.cut(self.noise.part_dropout, rng)
        return self.synonyms.exchanged(lists, self.noise.synonyms, rng) if self.synonyms else lists

    def plan(self, words: Ragged, rng: np.random.Generator) -> list[Index]:
        """Batches of sentences with about as many `words`, in random order."""
        order, length = rng.permutation(len(self.intent)), np.diff(words.at)
        batches: list[Index] = []
        for start in range(0, len(order), _BATCH * _POOL):
            pool = order[start : start + _BATCH * _POOL]
            pool = pool[np.argsort(length[pool], kind="stable")]
            batches += [pool[at : at + _BATCH] for at in range(0, len(pool), _BATCH)]
        return [batches[place] for place in rng.permutation(len(batches))]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, and how long."""

    epochs: int
    """Passes over the lessons; the learning rate reaches its end with the last."""
    row_rate: float
    """Peak learning rate of the table of words."""
    rate: float
    """Peak learning rate of the reader."""
    seed: int
    """Seed of everything random."""


def teach_reader(student: Student, lessons: ReaderLessons, pace: Pace, state: Path, task: Task) -> None:
    """Teaches the table of words and the reader of `student` where they are. The checkpoint is the file `state`; a run
    that finds its own there goes on after its last pass.

    Raises ArtifactError where it is that of another reader, TypeError where the student has no reader.
    """
    _Run(student, lessons, pace, state).all(task)


class _Run:
    """The moving parts."""

    def __init__(self, student: Student, lessons: ReaderLessons, pace: Pace, state: Path) -> None:
        self.lessons, self.pace, self.state = lessons, pace, state
        self.table, self.reader = _parts(student)
        self.rows = RowAdagrad([self.table.table.weight], lr=pace.row_rate)
        self.rates = [pace.rate]
        groups = [list(self.reader.parameters())]
        if lessons.doubtful:
            self.rates.append(_DOUBT_RATE)
            groups.append(list(lessons.doubtful.doubt.parameters()))
        self.rest = torch.optim.AdamW([{"params": group} for group in groups], weight_decay=_DECAY)
        self.steps = pace.epochs * -(-len(lessons.intent) // _BATCH)
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

    def _states(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        parts: dict[str, nn.Module | torch.optim.Optimizer] = {
            "table": self.table, "reader": self.reader, "rows": self.rows, "rest": self.rest
        }  # fmt: skip
        return parts | ({"doubt": self.lessons.doubtful.doubt} if self.lessons.doubtful else {})

    def all(self, task: Task) -> None:
        """The passes that are left."""
        task.advance(self.position.epoch * len(self.lessons.intent))
        same = self.lessons.drawn(np.random.default_rng(0)) if self.lessons.noise == WordNoise() else None
        self.reader.train()
        while self.position.epoch < self.pace.epochs:
            epoch, losses, note = self.position.epoch, list[Tensor](), ""
            rng = np.random.default_rng([self.pace.seed, epoch])
            words = same or self.lessons.drawn(rng)
            for chosen in self.lessons.plan(words, rng):
                losses.append(self._step(words, chosen))
                if len(losses) % _LOG_STEPS == 1:
                    note = f"pass {epoch + 1}, loss {float(losses[-1]):.2f}"
                task.advance(len(chosen), note)
            mean = float(torch.stack(losses).mean())
            self.position = replace(self.position, epoch=epoch + 1, curve=(*self.position.curve, mean))
            checkpoint.save(self.state, self.position, {k: part.state_dict() for k, part in self._states().items()})
        self.reader.eval()

    def _step(self, lists: Ragged, chosen: Index) -> Tensor:
        step = self.position.step
        share = warm_cosine(step, self.steps, min(_WARMUP, -(-self.steps // 10)))
        self.rows.param_groups[0]["lr"] = self.pace.row_rate * share
        for group, rate in zip(self.rest.param_groups, self.rates, strict=True):
            group["lr"] = rate * share
        torch.manual_seed((self.pace.seed << 32) + step)
        words = known_words(lists, chosen)
        read = F.dropout(self.reader(self.table(words.rows), words), _DROPOUT)
        loss = self._loss(read, chosen)
        self.rows.zero_grad()
        self.rest.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.reader.parameters(), _CLIP)
        self.rows.step()
        self.rest.step()
        self.position = replace(self.position, step=step + 1)
        return loss.detach()

    def _loss(self, read: Tensor, chosen: Index) -> Tensor:
        """Of the intents of those that are commands and, where it is learned, of which are; means over the batch."""
        intent = torch.from_numpy(self.lessons.intent[chosen])
        own = intent >= 0
        guessed = self.reader.intent(read[own])
        loss = F.cross_entropy(guessed, intent[own], label_smoothing=_SMOOTHING, reduction="sum") / len(chosen)
        if self.lessons.doubtful is None:
            return loss
        return loss + _doubted(self.lessons.doubtful, read, ~own, chosen)


def _doubted(doubtful: Doubtful, read: Tensor, foreign: Tensor, chosen: Index) -> Tensor:
    """The loss of which of the `chosen` are `foreign`."""
    about = F.dropout(torch.from_numpy(doubtful.about[chosen]).float(), _ABOUT_DROPOUT)
    near = F.gelu(doubtful.doubt.near(torch.cat([about, read], dim=-1)))
    odds = doubtful.doubt.foreign(F.dropout(near, _DROPOUT)).squeeze(-1)
    each = F.binary_cross_entropy_with_logits(odds, foreign.float(), reduction="none")
    return (each * torch.from_numpy(doubtful.weight[chosen])).mean()


def _parts(student: Student) -> tuple[RowTable, Reader]:
    """The table of words and their reader."""
    if student.words is None or student.network.reader is None:
        raise TypeError("the student has no reader")
    return student.words, student.network.reader
