"""Calibration: honest probabilities and a threshold that keeps its share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kiloglot.data import load
from kiloglot.runtime import NLU, probabilities
from kiloglot.stages.calibrate import calibrated, dev_logits
from kiloglot.values import Utterance


@pytest.fixture(scope="module")
def dev(tiny_assistant: Path) -> tuple[Utterance, ...]:
    return load(tiny_assistant, partitions=["dev"]).utterances


def loss(nlu: NLU, dev: tuple[Utterance, ...], temperature: float) -> float:
    """Mean negative log-likelihood of the right intents, locale told and not."""
    places = {name: place for place, name in enumerate(nlu.manifest.ontology.intents)}
    gold = [places[u.intent] for u in dev]
    total = 0.0
    for told in (True, False):
        likely = probabilities(dev_logits(nlu, dev, told=told), temperature)
        total -= float(np.log(np.maximum(likely[np.arange(len(dev)), gold], 1e-30)).mean())
    return total / 2


def test_the_temperature_makes_the_right_intents_likeliest(nlu: NLU, dev: tuple[Utterance, ...]) -> None:
    found = calibrated(nlu, dev, 0.98)
    best = loss(nlu, dev, found.temperature)
    assert best <= loss(nlu, dev, 1.0) + 1e-6
    for other in (0.8, 0.95, 1.05, 1.25):
        assert best <= loss(nlu, dev, other * found.temperature) + 1e-6


@pytest.mark.parametrize("keep", [0.5, 0.9, 0.98, 1.0])
def test_the_threshold_keeps_its_share(nlu: NLU, dev: tuple[Utterance, ...], keep: float) -> None:
    found = calibrated(nlu, dev, keep)
    assert found.kept >= keep
    assert found.kept <= keep + 1.5 / len(dev)
    confidences = np.concatenate(
        [probabilities(dev_logits(nlu, dev, told=told), found.temperature).max(axis=1) for told in (True, False)]
    )
    assert float((confidences >= found.threshold).mean()) == pytest.approx(found.kept)


def test_a_model_keeps_its_share_of_what_it_was_calibrated_on(nlu: NLU, dev: tuple[Utterance, ...]) -> None:
    rejected = [
        nlu.parse(u.text, u.locale if told else None).rejected is not None for u in dev for told in (True, False)
    ]
    assert np.mean(rejected) == pytest.approx(1 - nlu.manifest.calibration.kept, abs=0.005)


def test_logits_stand_in_the_order_of_the_utterances(nlu: NLU, dev: tuple[Utterance, ...]) -> None:
    whole = dev_logits(nlu, dev, told=True)
    for place in (0, 17, len(dev) - 1):
        assert whole[place] == pytest.approx(dev_logits(nlu, dev[place : place + 1], told=True)[0], abs=1e-4)


def test_one_utterance_is_enough(nlu: NLU, dev: tuple[Utterance, ...]) -> None:
    found = calibrated(nlu, dev[:1], 0.98)
    assert np.isfinite([found.temperature, found.threshold, found.ece_before, found.ece_after]).all()
    assert found.kept == 1.0
