"""One cell of the learning curves: a system, taught some sentences of one locale, asked what it never saw."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.systems.svm_crf import asked, fitted
from kiloglot.scoring import auroc
from kiloglot.settings import LossWeights
from kiloglot.stages.parity import gold, right, taught_answers
from kiloglot.stages.train import CHEAP_FITTING, CHEAP_NOISE, CHEAP_SIZES
from kiloglot.training import Batcher, Taught, examples_of, teach, teach_from
from kiloglot.values import Dataset, Utterance

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

__all__ = ["SYSTEMS", "Cell", "Scores", "drawn", "scored"]

_BUDGET = 16_384


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured."""

    system: str
    """A name of `SYSTEMS`."""
    locale: str
    """Where its sentences come from."""
    each: int
    """Sentences an intent at most; 0: all."""
    seed: int
    """Which of them."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What came of it, in [0, 1]."""

    intent: float
    """Intent accuracy in the cell's locale."""
    exact: float | None
    """Exact match there; None for a system without slots."""
    auroc: float | None
    """How well confidence tells its own sentences from those of other scenarios in that locale; None without one."""
    others: Mapping[str, tuple[float, float]]
    """(intent, exact match) in other locales, where it was asked."""


def drawn(utterances: Sequence[Utterance], each: int, seed: int) -> list[Utterance]:
    """`each` of every intent, or all where there are fewer or `each` is 0."""
    by_intent: dict[str, list[Utterance]] = defaultdict(list)
    for utterance in sorted(utterances, key=lambda u: u.id):
        by_intent[utterance.intent].append(utterance)
    draw = random.Random(seed)
    found = (draw.sample(said, min(each or len(said), len(said))) for _, said in sorted(by_intent.items()))
    return [utterance for said in found for utterance in said]


def scored(
    cell: Cell, base: Taught, own: Dataset, foreign: Sequence[Utterance], others: Mapping[str, Sequence[Utterance]]
) -> Scores:
    """`own` is of the cell's locale, `foreign` sentences of other scenarios there, if any. Scores are those of `test`,
    or of `dev` where there is none.
    """
    learned, dev = drawn(own.only("train"), cell.each, cell.seed), own.only("dev")
    exam = own.only("test") or dev
    if cell.system == "SVM with CRF":
        return _classical(learned, exam)
    if cell.system == "embedding":
        return _embedded(base, learned, exam, foreign)
    data = replace(own, utterances=(*learned, *dev))
    fitting = replace(CHEAP_FITTING, device="cpu", seed=cell.seed)
    with TemporaryDirectory() as folder:
        settings = CHEAP_NOISE, LossWeights(), fitting, Path(folder)
        lesson = teach_from(base, data, *settings) if cell.system == "warm" else teach(data, CHEAP_SIZES, *settings)
    return _taught(lesson.taught, exam, foreign, others if cell.system == "warm" else {})


def _taught(
    taught: Taught, dev: Sequence[Utterance], foreign: Sequence[Utterance], others: Mapping[str, Sequence[Utterance]]
) -> Scores:
    intent, exact = _right(taught, dev)
    sure = [_logits(taught, part).softmax(dim=-1).amax(dim=-1).numpy() for part in (dev, foreign)] if foreign else []
    abroad = {locale: _right(taught, said) for locale, said in others.items()}
    return Scores(intent, exact, auroc(*sure) if sure else None, abroad)


def _right(taught: Taught, said: Sequence[Utterance]) -> tuple[float, float]:
    examples = examples_of(said, taught.vocabularies, taught.ontology, taught.locales)
    return right(taught_answers(taught, examples), gold(examples), said)


def _batches(taught: Taught, said: Sequence[Utterance]) -> tuple[Batcher, list[NDArray[np.int64]]]:
    neutral = [replace(u, intent=taught.ontology.intents[0], slots=()) for u in said]
    words = taught.vocabularies, taught.ontology, taught.locales
    batcher = Batcher(examples_of(neutral, *words), _BUDGET)
    return batcher, batcher.in_order()


@torch.no_grad()
def _logits(taught: Taught, said: Sequence[Utterance]) -> torch.Tensor:
    batcher, plan = _batches(taught, said)
    found = torch.zeros(len(said), len(taught.ontology.intents))
    for chosen in plan:
        batch = batcher.make(chosen)
        found[torch.from_numpy(chosen)] = taught.student.decided(taught.student(batch), batch.mask)[0]
    return found


@torch.no_grad()
def _embeddings(taught: Taught, said: Sequence[Utterance]) -> NDArray[np.float32]:
    batcher, plan = _batches(taught, said)
    found = np.zeros((len(said), taught.student.shape.embedding), np.float32)
    for chosen in plan:
        found[chosen] = taught.student(batcher.make(chosen)).embedding.numpy()
    return found


def _embedded(
    base: Taught, learned: Sequence[Utterance], dev: Sequence[Utterance], foreign: Sequence[Utterance]
) -> Scores:
    from sklearn.linear_model import LogisticRegression

    head: LogisticRegression = LogisticRegression(C=10, max_iter=500)
    head.fit(_embeddings(base, learned), [u.intent for u in learned])
    vectors = _embeddings(base, dev)
    intent = float((head.predict(vectors) == np.array([u.intent for u in dev])).mean())
    if not foreign:
        return Scores(intent, None, None, {})
    sure = [head.predict_proba(part).max(axis=1) for part in (vectors, _embeddings(base, foreign))]
    return Scores(intent, None, auroc(*sure), {})


def _classical(learned: Sequence[Utterance], dev: Sequence[Utterance]) -> Scores:
    pair = fitted(learned)
    answers = [asked(pair, u.text) for u in dev]
    intent = np.array([a.intent == u.intent for a, u in zip(answers, dev, strict=True)])
    slots = np.array([tuple(a.slots or ()) == u.slots for a, u in zip(answers, dev, strict=True)])
    return Scores(float(intent.mean()), float((intent & slots).mean()), None, {})


SYSTEMS: Mapping[str, str] = {
    "warm": "adapted",
    "scratch": "from scratch",
    "SVM with CRF": "LinearSVC with CRF",
    "embedding": "logistic regression on the base's sentence embedding",
}
"""System -> what it is called in tables."""
