"""Labelled utterances, and a student that reads already -> a student of their ontology."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kiloglot.nn import Student
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import Fitting, LossWeights, Noise
from kiloglot.training.adapting import adapted, widened
from kiloglot.training.assess import assess
from kiloglot.training.background import Background
from kiloglot.training.batches import Batcher
from kiloglot.training.checkpoint import Position
from kiloglot.training.examples import Examples, read_texts, segmented
from kiloglot.training.features import ENOUGH
from kiloglot.training.foreign import MANY, fit_foreign, spare_own
from kiloglot.training.heads import fit_heads
from kiloglot.training.loop import Callback, fit
from kiloglot.training.misspelt import misspelt
from kiloglot.training.processes import accelerator_for
from kiloglot.training.taught import Taught
from kiloglot.training.teach import DEV_BUDGET, Lesson, both_partitions, examples_of
from kiloglot.values import Dataset, Utterance

__all__ = ["teach_from"]

_MIN_COUNT = 2  # times that an n-gram which the base lacks must occur to get a row


def teach_from(
    base: Taught,
    data: Dataset,
    noise: Noise,
    weights: LossWeights,
    fitting: Fitting,
    folder: Path,
    *,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Lesson:
    """Adapts `base` to the `train` partition of `data`: the heads alone, then, where there are many sentences, all of
    it; the better one on `dev` is kept, the heads alone where they are equal.

    Raises and resumes as `teach` does. The best epoch is -1 where the heads alone were kept.
    """
    began = time.monotonic()
    train, dev = both_partitions(data)
    train = (*train, *misspelt(train, noise.misspelt, fitting.seed))
    texts = segmented(train, progress, in_letters=base.vocabularies.in_letters)
    reading = read_texts(texts, progress)

    def read(taught: Taught) -> Batcher:
        words = taught.vocabularies, taught.ontology, taught.locales
        examples = Examples.of(train, texts, reading, *words)
        return Batcher(examples, fitting.budget, fitting.temperature, noise, fitting.seed)

    first = _with_heads(base, data, read, progress)
    exam = _exam(dev, first)
    if len(data.ontology.intents) >= MANY:
        spare_own(first.student, exam)
    heads = assess(first.student, exam, accelerator_for(fitting.device))
    few = Lesson(first, Position(best=heads.exact, dev=((heads.intent, heads.exact),)), time.monotonic() - began)
    if len(train) < ENOUGH * len(data.ontology.intents):
        return few
    wider = widened(first, reading, _MIN_COUNT)
    batcher, exam = read(wider), _exam(dev, wider)
    start = _with_meanings(wider, int(batcher.examples.meaning.max()) + 1)
    folder.mkdir(parents=True, exist_ok=True)
    settings = fitting, noise, weights, folder
    result = fit(start.shape, batcher, exam, *settings, start=start, callbacks=callbacks, progress=progress)
    if result.position.best <= heads.exact:
        return few
    taught = replace(wider, student=result.student)
    fit_foreign(taught.student, batcher, Background.of(base.ontology, taught))
    if len(data.ontology.intents) >= MANY:
        spare_own(taught.student, exam)
    return Lesson(taught, result.position, time.monotonic() - began)


def _with_heads(base: Taught, data: Dataset, read: Callable[[Taught], Batcher], progress: Progress) -> Taught:
    """`base` with the ontology of `data`, which only its heads have learned."""
    taught = adapted(base, data.ontology, data.locales)
    progress.say(f"Adapting a model of {len(base.locales)} locales")
    strange = ", ".join(locale for locale in data.locales if locale not in base.locales)
    if strange:
        progress.say(f"Warning: the base has never seen {strange}: these sentences alone teach how to read it")
    fit_heads(taught.student, read(taught), Background.of(base.ontology, taught), progress)
    return taught


def _exam(dev: Sequence[Utterance], taught: Taught) -> Batcher:
    return Batcher(examples_of(dev, taught.vocabularies, taught.ontology, taught.locales), DEV_BUDGET)


def _with_meanings(taught: Taught, meanings: int) -> Student:
    """The student with a fresh vector for each of `meanings`, which training alone uses."""
    student = Student(replace(taught.student.shape, meanings=meanings))
    state = taught.student.state_dict()
    state["meanings.weight"] = student.meanings.weight.detach()
    student.load_state_dict(state)
    return student
