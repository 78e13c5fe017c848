"""The files of `rasa test nlu`: figures as scikit-learn gives them, shapes as rasa/nlu/test.py writes them."""

from __future__ import annotations

import random

import pytest
from sklearn.metrics import classification_report as by_sklearn

from kiloglot.scoring import rasa_reports
from kiloglot.scoring.rasa import classification_report
from kiloglot.values import Dataset, Ontology, Prediction, Slot, Utterance

LABELS = ("go", "stop", "ask", "")


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("excluded", [None, "ask"])
def test_figures_are_those_of_scikit_learn(seed: int, excluded: str | None) -> None:
    draw = random.Random(seed)
    wanted = [draw.choice(LABELS[:3]) for _ in range(40)]
    given = [draw.choice(LABELS[: 3 + seed % 2]) for _ in range(40)]
    labels = sorted(set(wanted) - {excluded})
    theirs = by_sklearn(wanted, given, labels=labels, output_dict=True)
    ours = classification_report(wanted, given, excluded)
    ours_alone = {
        name: {key: value for key, value in figures.items() if key != "confused_with"}
        for name, figures in ours.items()
        if name != "accuracy"
    }
    assert set(theirs) - {"accuracy"} == set(ours_alone)
    for name, figures in ours_alone.items():
        assert figures == pytest.approx(theirs[name]), name
    assert ours["accuracy"] == pytest.approx(sum(a == b for a, b in zip(wanted, given, strict=True)) / 40)


def test_confusions_are_the_most_frequent_wrong_labels() -> None:
    wanted = ["a"] * 10 + ["b", "c", "d"]
    given = ["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d"] + ["b", "c", "d"]
    report = classification_report(wanted, given)
    assert report["a"]["confused_with"] == {"b": 3, "c": 2}
    assert report["b"]["confused_with"] == {}


def test_no_label_is_an_empty_report() -> None:
    assert classification_report(["no_entity"], ["no_entity"], "no_entity") == {}


def test_reports_of_intents_and_entities_have_the_shapes_of_rasa() -> None:
    utterances = (
        Utterance("1", "en-US", "fly to new york", "fly", (Slot("city", 7, 15),), "test"),
        Utterance("2", "en-US", "stop", "stop", (), "test"),
    )
    data = Dataset(utterances, Ontology(("fly", "stop"), ("city",)), "bot", "0" * 12)
    predictions = [
        Prediction("1", "en-US", "fly", (Slot("city", 11, 15, 0.75),), 0.9),
        Prediction("2", "en-US", "fly", (), 0.4),
    ]
    files = rasa_reports(data, predictions, "test")
    assert sorted(files) == [
        "DIETClassifier_errors.json",
        "DIETClassifier_report.json",
        "DIETClassifier_successes.json",
        "intent_errors.json",
        "intent_report.json",
        "intent_successes.json",
    ]
    assert files["intent_errors.json"] == [
        {"text": "stop", "intent": "stop", "intent_prediction": {"name": "fly", "confidence": 0.4}}
    ]
    assert files["intent_report.json"]["stop"] == {
        "precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 1, "confused_with": {"fly": 1},
    }  # fmt: skip
    assert files["DIETClassifier_report.json"]["city"] == {
        "precision": 1.0, "recall": 0.5, "f1-score": pytest.approx(2 / 3), "support": 2, "confused_with": {},
    }  # fmt: skip
    row = {
        "text": "fly to new york",
        "entities": [{"start": 7, "end": 15, "value": "new york", "entity": "city"}],
        "predicted_entities": [
            {
                "start": 11,
                "end": 15,
                "value": "york",
                "entity": "city",
                "confidence_entity": 0.75,
                "extractor": "DIETClassifier",
            }
        ],
    }
    assert files["DIETClassifier_errors.json"] == files["DIETClassifier_successes.json"] == [row]
