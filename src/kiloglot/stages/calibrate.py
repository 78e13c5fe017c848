"""Scores -> probabilities: one temperature and one threshold, fitted on dev as users will ask, with and without a
locale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import NLU, Calibration, probabilities
from kiloglot.scoring import fit_temperature, keep_threshold, reliability, trust_threshold
from kiloglot.values import Utterance

__all__ = ["calibrated", "dev_logits"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]
_TRUSTED = 0.5  # share of the accepted answers that are right at least
_ROUNDING = 1e-5  # what is as sure as the threshold stays so where its numbers are added up in another order
_MOST = 20_000_000  # logits, of utterances times intents: more would need gigabytes to say the same


def dev_logits(nlu: NLU, utterances: Sequence[Utterance], *, told: bool, progress: Progress = SILENT) -> Floats:
    """Intent logits [utterances, intents], with the locale told or not."""
    logits = np.zeros((len(utterances), len(nlu.manifest.ontology.intents)), np.float32)
    groups: dict[str | None, list[int]] = {}
    for place, utterance in enumerate(utterances):
        groups.setdefault(utterance.locale if told else None, []).append(place)
    with progress.task("Calibrating", len(utterances), "utterances") as task:
        for locale, places in groups.items():
            reads = [nlu.read(utterances[place].text) for place in places]
            for chosen, scores, _ in nlu.scores(reads, locale):
                logits[np.array(places)[chosen]] = scores.intent
                task.advance(len(chosen))
    return logits


def calibrated(nlu: NLU, utterances: Sequence[Utterance], keep: float, progress: Progress = SILENT) -> Calibration:
    """The calibration under which a share `keep` of `utterances` is accepted: less where half of what is accepted
    would be wrong, nothing where there is no way to be right more often than wrong.

    Of very many utterances times intents, every second, third ... utterance decides. Whether probabilities became
    honest is measured on halves, each with the temperature of the other.
    """
    places = {name: place for place, name in enumerate(nlu.manifest.ontology.intents)}
    asked = utterances[:: -(-2 * len(utterances) * len(places) // _MOST)]
    gold = np.tile(np.array([places[u.intent] for u in asked]), 2)
    logits = np.concatenate([dev_logits(nlu, asked, told=told, progress=progress) for told in (True, False)])
    temperature = fit_temperature(logits, gold)
    likely = probabilities(logits, temperature)
    confidence, right = likely.max(axis=1), likely.argmax(axis=1) == gold
    threshold = min(1.0, max(keep_threshold(confidence, keep), trust_threshold(confidence, right, _TRUSTED)))
    threshold = max(0.0, threshold - _ROUNDING)
    kept = float((confidence >= threshold).mean())
    return Calibration(temperature, threshold, kept, _ece(probabilities(logits), gold), _crossed(logits, gold))


def _crossed(logits: Floats, gold: Index) -> float:
    """Calibration error where each half has the temperature that the other half gives."""
    half = np.arange(len(gold)) % 2 == 0
    likely = np.empty_like(logits)
    for part in (half, ~half):
        if part.any() and (~part).any():
            likely[part] = probabilities(logits[part], fit_temperature(logits[~part], gold[~part]))
        else:
            likely[part] = probabilities(logits[part])
    return _ece(likely, gold)


def _ece(likely: Floats, gold: Index) -> float:
    found = reliability(likely.max(axis=1).astype(np.float64), likely.argmax(axis=1) == gold)
    return found.ece if found else 0.0
