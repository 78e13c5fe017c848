"""A finished student learns from plain text to doubt what is no command.

What tells the two is a perceptron over what the student makes of a sentence. It may learn alone, or together with the
reader of words, which then reads plain text beside the commands and goes on learning their intents, so that these stay.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from kiloglot.errors import ConfigError
from kiloglot.nn import Batch, Doubt, Student
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring import accepted, auroc
from kiloglot.settings import WordNoise
from kiloglot.training.batches import Batcher
from kiloglot.training.examples import Examples
from kiloglot.training.reader_loop import Doubtful, Pace, ReaderLessons, teach_reader
from kiloglot.training.taught import Taught
from kiloglot.training.teach import DEV_BUDGET, examples_of
from kiloglot.training.word_vectors import WordVectors
from kiloglot.values import Utterance

__all__ = ["Along", "Doubting", "Sentences", "doubting"]

_EPOCHS, _BATCH, _RATE, _DECAY, _DROPOUT = 8, 256, 2e-3, 1e-4, 0.3
_READER_ROW_RATE, _READER_RATE = 0.02, 5e-4  # slower than from nothing: what it has read before is to stay
_CHUNK = 8192  # sentences that are hashed at a time
_RANKED = 1_000_000  # of more, every second, third ... is: torch ranks sixteen million
_STATE = "doubt.pt"


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is to be told apart."""

    commands: Sequence[Utterance]
    """Utterances of the student's own data."""
    others: Sequence[Sequence[Sequence[Utterance]]]
    """Sentences that are none, source by source and file by file; their labels mean nothing. All sources weigh the
    same, and the files of one as the square roots of their sizes."""

    @property
    def count(self) -> int:
        """How many sentences are none."""
        return sum(len(file) for source in self.others for file in source)

    def weights(self) -> NDArray[np.float32]:
        """[commands + others] of each in the loss: all others together weigh what the commands do.

        Were all lines of a source to weigh the same, a language with many of them would be doubted whatever is said in
        it: English has sixty times as many sentences of Tatoeba as others.
        """
        own, sources = len(self.commands), sum(any(source) for source in self.others)
        shares = [np.ones(own, np.float32)]
        for source in self.others:
            roots = np.sqrt([len(file) for file in source])
            shares += [
                np.full(len(file), own / sources * root / roots.sum() / len(file), np.float32)
                for file, root in zip(source, roots, strict=True)
                if file
            ]
        return np.concatenate(shares)


@dataclass(frozen=True, slots=True)
class Along:
    """How a reader learns along."""

    passes: int
    """Passes over all sentences."""
    noise: WordNoise
    """How words are read otherwise, anew in each pass."""
    vectors: WordVectors | None = None
    """What words mean, by which synonyms are found; None: there are none."""


@dataclass(frozen=True, slots=True)
class Doubting:
    """A student that doubts, and how well it does on sentences that it did not learn from."""

    taught: Taught
    """The student."""
    auroc: float
    """How often a command is doubted less than another sentence, in [0, 1]."""
    accepted: float
    """Share of the other sentences that are doubted less than 95 % of the commands are."""


def doubting(
    taught: Taught,
    train: Sentences,
    dev: Sentences,
    folder: Path,
    *,
    width: int,
    keep: float,
    along: Along | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Doubting:
    """`taught` with a perceptron of `width` that tells the commands from the other sentences. Of the commands of `dev`
    a share `keep` is rather a command.

    Its reader learns `along`, or stays as it is; checkpoints go to `folder`, and a run that finds its own there goes
    on from it. Raises ConfigError where it has no reader then.
    """
    if along and taught.student.words is None:
        raise ConfigError("the student has no reader of words", remedy="Leave out --reader-passes")
    student = copy.deepcopy(taught.student).eval()
    taught = replace(taught, student=student)
    student.shape = student.network.shape = replace(student.shape, doubt=width)
    torch.manual_seed(seed)
    doubt = student.network.doubt = Doubt(student.shape)
    if along:
        _read_along(taught, doubt, train, along, seed, folder, progress)
    else:
        _fitted(taught, doubt, train, progress)
    with torch.no_grad():
        kept, foreign = (
            doubt(_about(taught, part, student.about, progress)).squeeze(-1) for part in (dev.commands, _flat(dev))
        )
        doubt.foreign.bias.sub_(torch.quantile(kept[:: 1 + len(kept) // _RANKED], keep))
    scores = -kept.numpy(), -foreign.numpy()
    return Doubting(taught, auroc(*scores), accepted(*scores))


def _flat(sentences: Sentences) -> list[Utterance]:
    return [each for source in sentences.others for file in source for each in file]


def _examples(taught: Taught, utterances: Sequence[Utterance], progress: Progress) -> Iterator[Examples]:
    with progress.task("Reading what is to be told apart", len(utterances), "sentences") as task:
        for start in range(0, len(utterances), _CHUNK):
            part = utterances[start : start + _CHUNK]
            yield examples_of(part, taught.vocabularies, taught.ontology, taught.locales)
            task.advance(len(part))


@torch.no_grad()
def _seen(examples: Examples, look: Callable[[Batch], Tensor]) -> Tensor:
    """[N, numbers] what a student makes of examples when it looks at them."""
    reader = Batcher(examples, DEV_BUDGET)
    plan = reader.in_order()
    found = torch.cat([look(batch) for batch in reader.stream(plan)])
    return torch.empty_like(found).index_copy_(0, torch.from_numpy(np.concatenate(plan)), found)


def _about(
    taught: Taught, utterances: Sequence[Utterance], look: Callable[[Batch], Tensor], progress: Progress
) -> Tensor:
    """[N, numbers] what a student makes of utterances."""
    return torch.cat([_seen(examples, look) for examples in _examples(taught, utterances, progress)])


def _fitted(taught: Taught, doubt: Doubt, sentences: Sentences, progress: Progress) -> None:
    """Fits `doubt` alone, to what the student makes of the sentences as it is."""
    about = _about(taught, [*sentences.commands, *_flat(sentences)], taught.student.about, progress)
    mean, deviation = about.mean(dim=0), about.std(dim=0) + 1e-6
    about.sub_(mean).div_(deviation)
    foreign = torch.ones(len(about)).index_fill_(0, torch.arange(len(sentences.commands)), 0)
    weight = torch.from_numpy(sentences.weights())
    net = nn.Sequential(nn.Dropout(_DROPOUT), doubt.near, nn.GELU(), nn.Dropout(_DROPOUT), doubt.foreign)
    optimizer = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    with progress.task("Learning to doubt", _EPOCHS, "passes") as task:
        for _ in range(_EPOCHS):
            for chosen in torch.split(torch.randperm(len(about)), _BATCH):
                odds = net(about[chosen]).squeeze(-1)
                loss = F.binary_cross_entropy_with_logits(odds, foreign[chosen], weight[chosen])
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
            task.advance()
    _as_they_are(doubt, mean, deviation)


def _read_along(
    taught: Taught, doubt: Doubt, sentences: Sentences, along: Along, seed: int, folder: Path, progress: Progress
) -> None:
    """Teaches `doubt` and the student's reader together; n-grams and slots stay."""
    student: Student = taught.student
    every = [*sentences.commands, *_flat(sentences)]
    about = torch.cat([_seen(examples, student.by_ngrams).half() for examples in _examples(taught, every, progress)])
    mean, deviation = about.mean(dim=0, dtype=torch.float32), about.float().std(dim=0) + 1e-6
    places = {name: place for place, name in enumerate(taught.ontology.intents)}
    intent = np.full(len(every), -1, np.int64)
    intent[: len(sentences.commands)] = [places[utterance.intent] for utterance in sentences.commands]
    doubtful = Doubtful(doubt, about.sub_(mean).div_(deviation).numpy(), sentences.weights())
    lessons = ReaderLessons.of(every, intent, taught.vocabularies, along.noise, along.vectors, doubtful, progress)
    pace = Pace(along.passes, _READER_ROW_RATE, _READER_RATE, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with progress.task("Learning to read and to doubt", pace.epochs * len(every), "sentences") as task:
        teach_reader(student, lessons, pace, folder / _STATE, task)
    _as_they_are(doubt, mean, deviation)


@torch.no_grad()
def _as_they_are(doubt: Doubt, mean: Tensor, deviation: Tensor) -> None:
    """Has `doubt` read its first numbers as they are, which it was taught with mean 0 and deviation 1."""
    own = doubt.near.weight[:, : len(mean)]
    own.div_(deviation)
    doubt.near.bias.sub_(own @ mean)
    doubt.eval()
