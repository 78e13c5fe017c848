"""Labelled utterances -> a trained student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from kiloglot.errors import DataError
from kiloglot.nn import StudentShape
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.training.batches import Batcher
from kiloglot.training.checkpoint import Position
from kiloglot.training.checks import check_settings
from kiloglot.training.examples import Examples, Vocabularies, read_texts, segmented
from kiloglot.training.loop import Callback, fit
from kiloglot.training.misspelt import misspelt
from kiloglot.training.taught import Taught
from kiloglot.training.word_vectors import WordVectors
from kiloglot.values import Dataset, Ontology, Utterance

__all__ = ["DEV_BUDGET", "Lesson", "both_partitions", "examples_of", "teach"]

DEV_BUDGET = 16_384  # units of a batch that is only read


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of teaching."""

    taught: Taught
    """The student of the best epoch."""
    position: Position
    """Where training ended, with its curves."""
    seconds: float
    """Time of this process."""


def teach(
    data: Dataset,
    sizes: Sizes,
    noise: Noise,
    weights: LossWeights,
    fitting: Fitting,
    folder: Path,
    *,
    words: WordVectors | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Lesson:
    """Trains on the `train` partition of `data` and selects on `dev`. The student is told what `words` mean, where
    there are any.

    Checkpoints go to `folder`; a run that finds its own there goes on from it. Raises ConfigError where a setting
    cannot be, DataError where a partition is empty.
    """
    check_settings(sizes, noise, weights, fitting)
    train, dev = both_partitions(data)
    train = (*train, *misspelt(train, noise.misspelt, fitting.seed))
    texts = segmented(train, progress)
    reading = read_texts(texts, progress)
    known, meant = words.table(sizes.word_rows) if words else (None, None)
    vocabularies = reading.vocabularies(
        unit_rows=sizes.unit_rows, bag_rows=sizes.bag_rows, min_count=sizes.min_count, words=known
    )
    lessons = Examples.of(train, texts, reading, vocabularies, data.ontology, data.locales, progress)
    batcher = Batcher(lessons, fitting.budget, fitting.temperature, noise, fitting.seed)
    exam = examples_of(dev, vocabularies, data.ontology, data.locales, progress)
    shape = _shape(sizes, data.ontology, len(data.locales), int(lessons.meaning.max()) + 1, vocabularies, meant)
    folder.mkdir(parents=True, exist_ok=True)
    result = fit(
        shape,
        batcher,
        Batcher(exam, DEV_BUDGET),
        fitting,
        noise,
        weights,
        folder,
        words=meant,
        callbacks=callbacks,
        progress=progress,
    )
    taught = Taught(result.student, data.ontology, data.locales, vocabularies)
    return Lesson(taught, result.position, result.seconds)


def both_partitions(data: Dataset) -> tuple[tuple[Utterance, ...], tuple[Utterance, ...]]:
    """`train` and `dev`. Raises DataError where one of them is empty."""
    train, dev = data.only("train"), data.only("dev")
    for name, part in (("train", train), ("dev", dev)):
        if not part:
            raise DataError(f"{data.name} has no utterance in {name}", remedy="Training needs both train and dev")
    return train, dev


def examples_of(
    utterances: Sequence[Utterance],
    vocabularies: Vocabularies,
    ontology: Ontology,
    locales: Sequence[str],
    progress: Progress = SILENT,
) -> Examples:
    """`utterances` in the words of a student that exists."""
    texts = segmented(utterances, progress, in_letters=vocabularies.in_letters)
    return Examples.of(utterances, texts, read_texts(texts, progress), vocabularies, ontology, locales)


def _shape(
    sizes: Sizes, ontology: Ontology, locales: int, meanings: int, vocabularies: Vocabularies, words: Tensor | None
) -> StudentShape:
    return StudentShape(
        intents=len(ontology.intents),
        slot_types=len(ontology.slot_types),
        locales=locales,
        meanings=meanings,
        unit_rows=len(vocabularies.units.tags),
        bag_rows=len(vocabularies.bag.tags),
        unit_width=sizes.unit_width,
        bag_width=sizes.bag_width,
        hidden=sizes.hidden,
        embedding=sizes.embedding,
        bits=sizes.bits,
        word_rows=len(words) if words is not None else 0,
        word_width=words.shape[1] if words is not None else 0,
        reader=sizes.reader if words is not None else 0,
        reader_layers=sizes.reader_layers,
    )
