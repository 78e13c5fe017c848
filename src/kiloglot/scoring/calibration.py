"""Whether confidences can be believed, one temperature that makes them so, and the threshold that follows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import DataError

__all__ = ["BINS", "Bin", "Calibration", "fit_temperature", "keep_threshold", "reliability", "trust_threshold"]

BINS = 15
"""Bins of equal width, as in Guo et al. 2017, "On Calibration of Modern Neural Networks"."""

_COLDEST, _HOTTEST = 0.01, 100.0
"""Range of a fitted temperature; logits without a mistake have no best one and get the coldest."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The utterances whose confidence lies in one range."""

    low: float
    """Confidences above this."""
    high: float
    """Confidences up to this."""
    utterances: int
    """How many there are."""
    confidence: float
    """Their mean confidence, 0 where there are none."""
    accuracy: float
    """Share of them whose intent is right, 0 where there are none."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidence and accuracy lie apart."""

    utterances: int
    """How many utterances carried a confidence."""
    ece: float
    """Expected calibration error in [0, 1]: the mean gap between confidence and accuracy over bins, by their size."""
    bins: tuple[Bin, ...]
    """The reliability diagram, low confidences first."""


def reliability(confidences: NDArray[np.float64], right: NDArray[np.bool_], *, bins: int = BINS) -> Calibration | None:
    """Reliability of `confidences` [n] in [0, 1] against `right` [n]; NaN stands for "none given".

    Bins are ((m - 1) / bins, m / bins], the first one holds 0 as well (Guo et al. 2017, equation 3). None where no
    utterance has a confidence.
    """
    given = ~np.isnan(confidences)
    confidences, right = confidences[given], right[given]
    if not len(confidences):
        return None
    edges = np.arange(bins + 1) / bins
    place = np.clip(np.searchsorted(edges, confidences, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    mean_confidence = np.bincount(place, confidences, bins) / np.maximum(count, 1)
    accuracy = np.bincount(place, right, bins) / np.maximum(count, 1)
    ece = float((count * np.abs(mean_confidence - accuracy)).sum() / len(confidences))
    columns = (edges[:-1], edges[1:], count, mean_confidence, accuracy)
    table = tuple(Bin(float(a), float(b), int(n), float(c), float(r)) for a, b, n, c, r in zip(*columns, strict=True))
    return Calibration(len(confidences), ece, table)


def fit_temperature(logits: NDArray[np.floating], intents: NDArray[np.integer]) -> float:
    """The T for which softmax(logits / T) gives `intents` the highest likelihood (Guo et al. 2017, section 4.2).

    logits [n, intents], intents [n] the right indices. The loss is convex in 1 / T, so that Newton's method, kept
    inside a shrinking bracket, finds its only minimum in [0.01, 100]. Raises DataError where there are no logits.
    """
    if logits.ndim != 2 or not len(logits) or len(logits) != len(intents):
        raise DataError(
            f"logits of shape {logits.shape} and {len(intents)} intents cannot be calibrated",
            remedy="Give one row of logits for each labelled utterance",
        )
    scores = logits.astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    wanted = scores[np.arange(len(scores)), intents]
    low, high, inverse = 1 / _HOTTEST, 1 / _COLDEST, 1.0
    for _ in range(100):
        slope, curvature = _slope(scores, wanted, inverse)
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        step = inverse - slope / curvature if curvature > 0 else math.inf
        following = step if low < step < high else (low + high) / 2
        if abs(following - inverse) <= 1e-10 * inverse:
            break
        inverse = following
    return 1 / inverse


def _slope(scores: NDArray[np.float64], wanted: NDArray[np.float64], inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean loss by 1 / T: E[z] - z_right and Var[z] under the softmax."""
    weights = np.exp(scores * inverse)
    weights /= weights.sum(axis=1, keepdims=True)
    expected = (weights * scores).sum(axis=1)
    variance = (weights * scores**2).sum(axis=1) - expected**2
    return float((expected - wanted).mean()), float(variance.mean())


def keep_threshold(confidences: NDArray[np.floating], share: float) -> float:
    """The highest threshold at or above which at least `share` (in (0, 1]) of the in-domain `confidences` [n] lie.

    Raises DataError on no confidences or a share outside (0, 1].
    """
    if not len(confidences) or not 0 < share <= 1:
        raise DataError(
            f"no threshold keeps a share of {share} of {len(confidences)} confidences",
            remedy="Give at least one confidence and a share above 0, at most 1",
        )
    kept = math.ceil(share * len(confidences) - 1e-9)
    return float(np.sort(confidences)[len(confidences) - kept])


def trust_threshold(confidences: NDArray[np.floating], right: NDArray[np.bool_], share: float) -> float:
    """The lowest of the `confidences` [n] such that of all answers at or above it at least `share`, in [0, 1], are
    `right` [n]; infinity where none is such.
    """
    order = np.argsort(-confidences, kind="stable")
    ranked = confidences[order]
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    last = np.append(ranked[1:] < ranked[:-1], True)  # of those that are equally sure: none is accepted alone
    found = ranked[last & (precision >= share)]
    return float(found.min()) if len(found) else math.inf
