"""The files that `rasa test nlu` writes, so that tools made for Rasa read kiloglot's results too.

Names and shapes are those of rasa/nlu/test.py; the figures are those of scikit-learn's `classification_report`, over
utterances for intents and over tokens for entities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiloglot.scoring.official import OUTSIDE, Conversion, gold_tags, tags, tokens
from kiloglot.scoring.pairing import pair
from kiloglot.values import Dataset, Partition, Prediction, Slot, Utterance

__all__ = ["EXTRACTOR", "classification_report", "rasa_reports"]

EXTRACTOR = "DIETClassifier"
"""What Rasa's own extractor is called: tools look for its files."""
_NO_ENTITY = "no_entity"
_CONFUSED = 3


def rasa_reports(
    data: Dataset, predictions: Sequence[Prediction], partition: Partition, path: Path | None = None
) -> dict[str, Any]:
    """File name -> content, as JSON has it, of the reports on intents and entities.

    Raises DataError or OntologyError where the predictions do not fit the data; `path` is their file.
    """
    gold = data.only(partition)
    paired = list(zip(gold, pair(gold, predictions, data.ontology, path), strict=True))
    token_tags = [_tags(utterance, prediction) for utterance, prediction in paired]
    entities = [_entities(utterance, prediction) for utterance, prediction in paired]
    wanted = [tag for pairs in token_tags for tag, _ in pairs]
    given = [tag for pairs in token_tags for _, tag in pairs]
    rows = list(zip(token_tags, entities, strict=True))
    return {
        "intent_report.json": classification_report([u.intent for u, _ in paired], [p.intent for _, p in paired]),
        "intent_errors.json": [_intent(u, p) for u, p in paired if u.intent != p.intent],
        "intent_successes.json": [_intent(u, p) for u, p in paired if u.intent == p.intent],
        f"{EXTRACTOR}_report.json": classification_report(wanted, given, excluded=_NO_ENTITY),
        f"{EXTRACTOR}_errors.json": [row for pairs, row in rows if any(a != b for a, b in pairs)],
        f"{EXTRACTOR}_successes.json": [row for pairs, row in rows if any(a == b != _NO_ENTITY for a, b in pairs)],
    }


def classification_report(wanted: Sequence[str], given: Sequence[str], excluded: str | None = None) -> dict[str, Any]:
    """scikit-learn's `classification_report(..., output_dict=True)` over the labels that are `wanted`.

    Each label also has `confused_with`, the most frequent wrong labels, as Rasa adds it; `accuracy` is always there,
    `micro avg` where a label is given that nobody wants or one is `excluded`, as scikit-learn decides.
    """
    counts = Counter(zip(wanted, given, strict=True))
    labels = sorted(set(wanted) - {excluded})
    support, predicted = Counter(wanted), Counter(given)
    report: dict[str, Any] = {}
    for label in labels:
        figures = _figures(counts[label, label], predicted[label], support[label])
        report[label] = {**figures, "confused_with": _confusions(label, counts, excluded)}
    right, total = sum(count for (a, b), count in counts.items() if a == b), len(wanted)
    if not labels:
        return report
    report["accuracy"] = right / total
    if (set(wanted) | set(given)) - set(labels):
        sums = (sum(part[label] for label in labels) for part in (predicted, support))
        report["micro avg"] = _figures(sum(counts[label, label] for label in labels), *sums)
    report["macro avg"] = _average(report, labels, dict.fromkeys(labels, 1))
    report["weighted avg"] = _average(report, labels, support)
    return report


def _figures(right: int, predicted: int, support: int) -> dict[str, Any]:
    return {
        "precision": right / max(predicted, 1),
        "recall": right / max(support, 1),
        "f1-score": 2 * right / max(predicted + support, 1),
        "support": support,
    }


def _confusions(label: str, counts: Counter[tuple[str, str]], excluded: str | None) -> dict[str, int]:
    """The wrong labels among the three most frequent ones that are given for `label`."""
    row = sorted(((count, given) for (wanted, given), count in counts.items() if wanted == label), reverse=True)
    return {given: count for count, given in row[:_CONFUSED] if given not in (label, excluded)}


def _average(report: dict[str, Any], labels: Sequence[str], weights: dict[str, int]) -> dict[str, Any]:
    total = sum(weights[label] for label in labels)
    means = {
        name: sum(report[label][name] * weights[label] for label in labels) / total
        for name in ("precision", "recall", "f1-score")
    }
    return {**means, "support": sum(report[label]["support"] for label in labels)}


def _tags(utterance: Utterance, prediction: Prediction) -> list[tuple[str, str]]:
    """(wanted, given) entity of each token."""
    offsets = tokens(utterance.text, utterance.slots, utterance.locale)
    pairs = zip(gold_tags(utterance, offsets, Conversion.CORRECTED), tags(offsets, prediction.slots), strict=True)
    return [(_entity(a), _entity(b)) for a, b in pairs]


def _entity(tag: str) -> str:
    return _NO_ENTITY if tag == OUTSIDE else tag


def _intent(utterance: Utterance, prediction: Prediction) -> dict[str, Any]:
    predicted = {"name": prediction.intent, "confidence": prediction.confidence or 0.0}
    return {"text": utterance.text, "intent": utterance.intent, "intent_prediction": predicted}


def _entities(utterance: Utterance, prediction: Prediction) -> dict[str, Any]:
    predicted = [
        {**_span(slot, utterance.text), "confidence_entity": slot.confidence, "extractor": EXTRACTOR}
        for slot in prediction.slots
    ]
    gold = [_span(slot, utterance.text) for slot in utterance.slots]
    return {"text": utterance.text, "entities": gold, "predicted_entities": predicted}


def _span(slot: Slot, text: str) -> dict[str, Any]:
    return {"start": slot.start, "end": slot.end, "value": slot.value(text), "entity": slot.type}
