"""Where the mistakes are: by intent, by slot type, by pair of confused intents, and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.scoring.rows import Rows
from kiloglot.values import Prediction, Slot, Utterance

__all__ = [
    "Confusion",
    "IntentScores",
    "Mistake",
    "SlotScores",
    "confusions",
    "intent_scores",
    "mistakes",
    "slot_scores",
]

_CONFUSED = 3
"""How many of an intent's confusions its scores name."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """One intent taken for another."""

    gold: str
    """The right intent."""
    predicted: str
    """The predicted intent, empty where the system named none."""
    utterances: int
    """How often."""


@dataclass(frozen=True, slots=True)
class IntentScores:
    """How well one intent is recognised."""

    intent: str
    """Its name."""
    precision: float
    """Share of its predictions that are right, in [0, 1]; 0 where there are none."""
    recall: float
    """Share of its utterances that are recognised, in [0, 1]; 0 where there are none."""
    f1: float
    """Harmonic mean of the two."""
    support: int
    """How many utterances have it."""
    confused_with: tuple[Confusion, ...]
    """What its utterances are most often taken for, at most three, most frequent first."""


@dataclass(frozen=True, slots=True)
class SlotScores:
    """How well one slot type is found, by the spans of the official metric."""

    type: str
    """Its name."""
    precision: float
    """Share of predicted spans that are right in type and both ends, in [0, 1]; 0 where there are none."""
    recall: float
    """Share of gold spans that are found, in [0, 1]; 0 where there are none."""
    f1: float
    """Harmonic mean of the two."""
    support: int
    """How many gold spans there are."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One utterance that is not an exact match."""

    id: str
    """Its id."""
    locale: str
    """Its locale."""
    text: str
    """What was said."""
    gold_intent: str
    """The right intent."""
    predicted_intent: str
    """What the system said."""
    gold_slots: tuple[Slot, ...]
    """The right spans."""
    predicted_slots: tuple[Slot, ...]
    """What the system found."""
    confidence: float | None
    """Of the predicted intent, where the system gives one."""


def intent_scores(rows: Rows) -> tuple[IntentScores, ...]:
    """Scores of each intent that occurs in the gold or the predicted ones, in the order of the ontology."""
    counts = _confusion_counts(rows)
    right, support, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    precision, recall, f1 = _precision_recall_f1(right, support, predicted)
    confused = confusions(rows)
    return tuple(
        IntentScores(
            name,
            float(precision[at]),
            float(recall[at]),
            float(f1[at]),
            int(support[at]),
            tuple(confusion for confusion in confused if confusion.gold == name)[:_CONFUSED],
        )
        for at, name in enumerate(rows.intents)
        if support[at] or predicted[at]
    )


def slot_scores(rows: Rows) -> tuple[SlotScores, ...]:
    """Scores of each slot type that occurs in the gold or the predicted spans, in the order of the ontology."""
    width = len(rows.slot_types)
    right, support, predicted = (
        np.bincount(rows.span_type[chosen], minlength=width)
        for chosen in (rows.span_gold & rows.span_predicted, rows.span_gold, rows.span_predicted)
    )
    precision, recall, f1 = _precision_recall_f1(right, support, predicted)
    return tuple(
        SlotScores(name, float(precision[at]), float(recall[at]), float(f1[at]), int(support[at]))
        for at, name in enumerate(rows.slot_types)
        if support[at] or predicted[at]
    )


def confusions(rows: Rows) -> tuple[Confusion, ...]:
    """Every pair of a right and a wrong intent that occurs, most frequent first."""
    counts = _confusion_counts(rows)
    np.fill_diagonal(counts, 0)
    names = (*rows.intents, "")
    pairs = sorted(zip(*counts.nonzero(), strict=True), key=lambda cell: -counts[cell])
    return tuple(Confusion(names[gold], names[given], int(counts[gold, given])) for gold, given in pairs)


def mistakes(gold: Sequence[Utterance], paired: Sequence[Prediction], rows: Rows) -> tuple[Mistake, ...]:
    """The utterances that are no exact match; `rows` were made of `gold` and of its predictions in the same order."""
    right = rows.intent_right & rows.tags_right
    return tuple(
        _mistake(utterance, prediction)
        for utterance, prediction, is_right in zip(gold, paired, right, strict=True)
        if not is_right
    )


def _mistake(utterance: Utterance, prediction: Prediction) -> Mistake:
    return Mistake(
        id=utterance.id,
        locale=utterance.locale,
        text=utterance.text,
        gold_intent=utterance.intent,
        predicted_intent=prediction.intent,
        gold_slots=utterance.slots,
        predicted_slots=prediction.slots,
        confidence=prediction.confidence,
    )


def _confusion_counts(rows: Rows) -> NDArray[np.int64]:
    """[intents + 1, intents + 1], gold by predicted; the last one stands for "none"."""
    size = len(rows.intents) + 1
    given = np.where(rows.predicted_intent < 0, size - 1, rows.predicted_intent)
    return np.bincount(rows.gold_intent * size + given, minlength=size * size).reshape(size, size)


def _precision_recall_f1(
    right: NDArray[np.int64], support: NDArray[np.int64], predicted: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return (
        right / np.maximum(predicted, 1),
        right / np.maximum(support, 1),
        2 * right / np.maximum(support + predicted, 1),
    )
