"""One row of statistics an utterance. Every figure of this room adds these rows up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiloglot.scoring.official import Conversion, gold_tags, tag_spans, tags, tokens
from kiloglot.scoring.pairing import pair
from kiloglot.values import Ontology, Prediction, Utterance

__all__ = ["Rows", "paired_rows", "score_rows"]

_Span = tuple[int, str, bool, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """What each of n utterances adds to the scores."""

    ids: tuple[str, ...]
    """Id of each utterance, n of them; equal ids in several locales are translations of each other."""
    locales: tuple[str, ...]
    """Names of the L locales, sorted."""
    locale: NDArray[np.int64]
    """Index into `locales`, [n]."""
    intents: tuple[str, ...]
    """Names of the intents, in the order of the ontology."""
    gold_intent: NDArray[np.int64]
    """Index into `intents`, [n]."""
    predicted_intent: NDArray[np.int64]
    """Index into `intents`, [n]; -1 where the system named none."""
    slot_types: tuple[str, ...]
    """Names of the slot types, in the order of the ontology."""
    span_row: NDArray[np.int64]
    """Utterance of each distinct span, gold or predicted, [m]."""
    span_type: NDArray[np.int64]
    """Slot type of each span, index into `slot_types`, [m]."""
    span_gold: NDArray[np.bool_]
    """Whether the span is in the gold tags, [m]."""
    span_predicted: NDArray[np.bool_]
    """Whether the span is in the predicted tags, [m]."""
    tags_right: NDArray[np.bool_]
    """Whether all tags of the utterance are right, [n]."""
    confidence: NDArray[np.float64]
    """Probability of the predicted intent, [n]; NaN where the system gave none."""
    rejected: NDArray[np.bool_]
    """Whether the system refused the utterance, [n]; the scores take its intent and slots all the same."""
    locale_guess: NDArray[np.int64]
    """1 where the guessed locale is right, 0 where it is wrong, -1 where there is none, [n]."""
    conversion: Conversion
    """How the gold tags were made."""

    @property
    def intent_right(self) -> NDArray[np.bool_]:
        """Whether the intent is right, [n]."""
        return np.equal(self.gold_intent, self.predicted_intent)

    @property
    def statistics(self) -> NDArray[np.float64]:
        """[n, 6]: 1, intent right, exact match, gold spans, predicted spans, spans that match (type and both ends)."""
        count = len(self.ids)
        both = self.span_gold & self.span_predicted
        spans = [np.bincount(self.span_row[of], minlength=count) for of in (self.span_gold, self.span_predicted, both)]
        right = self.intent_right
        return np.stack([np.ones(count), right, right & self.tags_right, *spans], axis=1).astype(np.float64)


def score_rows(
    gold: Sequence[Utterance],
    predictions: Sequence[Prediction],
    ontology: Ontology,
    *,
    conversion: Conversion = Conversion.OFFICIAL,
    path: Path | None = None,
) -> Rows:
    """Compares each utterance with its prediction; the rows are in the order of `gold`.

    `path` is the file of the predictions, for the errors. Raises what `pair` raises.
    """
    return paired_rows(gold, pair(gold, predictions, ontology, path), ontology, conversion)


def paired_rows(
    gold: Sequence[Utterance], paired: Sequence[Prediction], ontology: Ontology, conversion: Conversion
) -> Rows:
    """The rows of `gold` and its predictions, which `pair` brought into the same order."""
    locales = tuple(sorted({utterance.locale for utterance in gold}))
    spans, tags_right = _all_spans(gold, paired, conversion)
    intent = {name: at for at, name in enumerate(ontology.intents)}
    slot_type = {name: at for at, name in enumerate(ontology.slot_types)}
    place = {name: at for at, name in enumerate(locales)}
    return Rows(
        ids=tuple(utterance.id for utterance in gold),
        locales=locales,
        locale=np.array([place[utterance.locale] for utterance in gold], dtype=np.int64),
        intents=ontology.intents,
        gold_intent=np.array([intent[utterance.intent] for utterance in gold], dtype=np.int64),
        predicted_intent=np.array([intent.get(prediction.intent, -1) for prediction in paired], dtype=np.int64),
        slot_types=ontology.slot_types,
        span_row=np.array([span[0] for span in spans], dtype=np.int64),
        span_type=np.array([slot_type[span[1]] for span in spans], dtype=np.int64),
        span_gold=np.array([span[2] for span in spans], dtype=np.bool_),
        span_predicted=np.array([span[3] for span in spans], dtype=np.bool_),
        tags_right=np.array(tags_right, dtype=np.bool_),
        confidence=np.array([np.nan if p.confidence is None else p.confidence for p in paired], dtype=np.float64),
        rejected=np.array([prediction.rejected is not None for prediction in paired], dtype=np.bool_),
        locale_guess=np.array([_guess(prediction) for prediction in paired], dtype=np.int64),
        conversion=conversion,
    )


def _all_spans(
    gold: Sequence[Utterance], paired: Sequence[Prediction], conversion: Conversion
) -> tuple[list[_Span], list[bool]]:
    spans: list[_Span] = []
    tags_right: list[bool] = []
    for row, (utterance, prediction) in enumerate(zip(gold, paired, strict=True)):
        if not utterance.slots and not prediction.slots:
            tags_right.append(True)
            continue
        offsets = tokens(utterance.text, utterance.slots, utterance.locale)
        wanted, given = gold_tags(utterance, offsets, conversion), tags(offsets, prediction.slots)
        tags_right.append(wanted == given)
        wanted_spans, given_spans = tag_spans(wanted), tag_spans(given)
        spans.extend((row, span[0], span in wanted_spans, span in given_spans) for span in wanted_spans | given_spans)
    return spans, tags_right


def _guess(prediction: Prediction) -> int:
    return -1 if prediction.guessed_locale is None else int(prediction.guessed_locale == prediction.locale)
