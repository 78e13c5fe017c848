"""ECE on hand-made bins; the fitted temperature against a known answer and against a plain search of the loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.errors import DataError
from kiloglot.scoring.calibration import BINS, fit_temperature, keep_threshold, reliability, trust_threshold


def test_ece_is_the_gap_of_each_bin_weighed_by_its_size() -> None:
    # Two bins of 15: 4 answers at 0.98 of which 2 are right (gap 0.48), 1 at 0.5 which is right (gap 0.5).
    found = reliability(np.array([0.98, 0.98, 0.98, 0.98, 0.5]), np.array([True, True, False, False, True]))
    assert found is not None
    assert found.ece == pytest.approx(0.8 * 0.48 + 0.2 * 0.5)
    assert [b.utterances for b in found.bins if b.utterances] == [1, 4]


def test_bins_hold_their_upper_edge() -> None:
    # Guo et al. 2017, equation 3: B_m holds the confidences in ((m - 1) / M, m / M].
    found = reliability(np.array([0.0, 1 / BINS, 2 / BINS, 1.0]), np.ones(4, dtype=np.bool_))
    assert found is not None
    counts = [b.utterances for b in found.bins]
    assert (counts[0], counts[1], counts[-1], len(counts)) == (2, 1, 1, BINS)


def test_confidences_drawn_from_their_own_truth_are_calibrated() -> None:
    random = np.random.default_rng(0)
    confidences = random.random(200_000)
    found = reliability(confidences, random.random(200_000) < confidences)
    assert found is not None
    assert found.ece < 0.005


def test_utterances_without_a_confidence_do_not_count() -> None:
    found = reliability(np.array([np.nan, 1.0]), np.array([False, True]))
    assert found is not None
    assert (found.utterances, found.ece) == (1, 0.0)
    assert reliability(np.array([np.nan]), np.array([True])) is None


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_logits_is_found(temperature: float) -> None:
    random = np.random.default_rng(1)
    true_logits = random.normal(size=(60_000, 8)) * 2
    intents = (true_logits + random.gumbel(size=true_logits.shape)).argmax(axis=1)  # draws from softmax(true_logits)
    assert fit_temperature(true_logits * temperature, intents) == pytest.approx(temperature, rel=0.03)


@given(st.integers(0, 1000))
def test_no_other_temperature_has_a_lower_loss(seed: int) -> None:
    random = np.random.default_rng(seed)
    logits = random.normal(size=(40, 5)) * random.uniform(0.1, 30)
    intents = np.where(random.random(40) < 0.7, logits.argmax(axis=1), random.integers(0, 5, 40))
    found = _loss(logits, intents, fit_temperature(logits, intents))
    assert found <= min(_loss(logits, intents, other) for other in np.geomspace(0.01, 100, 400)) + 1e-9


def _loss(logits: np.ndarray, intents: np.ndarray, temperature: float) -> float:
    scores = logits / temperature
    scores = scores - scores.max(axis=1, keepdims=True)
    return float((np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(scores)), intents]).mean())


def test_two_logits_have_a_closed_form() -> None:
    # A gap of 2 that is right in 3 of 4 cases: 1 / (1 + exp(-2 / T)) = 3 / 4, so T = 2 / ln 3.
    assert fit_temperature(np.tile([2.0, 0.0], (4, 1)), np.array([0, 0, 0, 1])) == pytest.approx(2 / np.log(3))


def test_logits_without_a_mistake_get_the_coldest_temperature() -> None:
    assert fit_temperature(np.eye(4), np.arange(4)) == pytest.approx(0.01, rel=0.01)


def test_huge_logits_do_not_overflow() -> None:
    assert np.isfinite(fit_temperature(np.array([[1e4, 0.0], [0.0, 1e4], [1e4, 0.0]]), np.array([0, 1, 1])))


@pytest.mark.parametrize("logits", [np.zeros((0, 3)), np.zeros(3), np.zeros((2, 3))])
def test_logits_that_fit_no_labels_are_refused(logits: np.ndarray) -> None:
    with pytest.raises(DataError, match="cannot be calibrated"):
        fit_temperature(logits, np.zeros(3, dtype=np.int64))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.01, 1))
def test_the_threshold_keeps_the_share_and_the_next_one_would_not(values: list[float], share: float) -> None:
    confidences = np.array(values)
    threshold = keep_threshold(confidences, share)
    assert (confidences >= threshold).mean() >= share - 1e-9
    assert (confidences > threshold).mean() < share


@pytest.mark.parametrize(("count", "share"), [(0, 0.5), (3, 0.0), (3, 1.1)])
def test_an_impossible_share_is_refused(count: int, share: float) -> None:
    with pytest.raises(DataError, match="no threshold"):
        keep_threshold(np.ones(count), share)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.floats(0, 1))
def test_what_is_trusted_is_right_often_enough_and_nothing_more_could_be(
    answers: list[tuple[float, bool]], share: float
) -> None:
    confidences, right = (np.array(column) for column in zip(*answers, strict=True))
    threshold = trust_threshold(confidences, right, share)
    accepted = confidences >= threshold
    assert not accepted.any() or right[accepted].mean() >= share
    for lower in confidences[confidences < threshold]:
        assert right[confidences >= lower].mean() < share


def test_nothing_is_trusted_of_a_system_that_is_never_right() -> None:
    assert trust_threshold(np.array([0.25, 1.0]), np.array([False, False]), 0.5) > 1
