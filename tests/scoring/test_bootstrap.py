"""Bootstrap intervals against the analytic binomial, and what resampling must keep."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest

from kiloglot.errors import ConfigError, DataError
from kiloglot.scoring.bootstrap import Interval, compare, intervals
from kiloglot.scoring.rows import Rows, score_rows
from kiloglot.values import Ontology, Prediction, Utterance


def _rows(right: dict[str, list[bool]], prefix: dict[str, str] | None = None) -> Rows:
    """Rows of utterances 0, 1, ... of each locale; equal prefixes make equal ids."""
    gold, predicted = [], []
    for locale, answers in right.items():
        for at, ok in enumerate(answers):
            name = f"{(prefix or {}).get(locale, '')}{at}"
            gold.append(Utterance(name, locale, "aa", "x"))
            predicted.append(Prediction(name, locale, "x" if ok else "y"))
    return score_rows(gold, predicted, Ontology(("x", "y"), ()))


def _width(interval: Interval) -> float:
    return interval.high - interval.low


def _binomial_width(accuracy: float, count: float) -> float:
    return 2 * 1.96 * math.sqrt(accuracy * (1 - accuracy) / count)


def test_the_interval_of_an_accuracy_is_the_binomial_one() -> None:
    accuracy = intervals(_rows({"de-DE": [at % 5 > 0 for at in range(1000)]}), resamples=4000).locales[0][0]
    half = _binomial_width(0.8, 1000) / 2
    assert accuracy.low == pytest.approx(0.8 - half, abs=0.003)
    assert accuracy.high == pytest.approx(0.8 + half, abs=0.003)


def test_translations_stay_together() -> None:
    """Two locales that are right on the same ids tell no more than one; on other ids they tell twice as much."""
    answers = [at % 2 > 0 for at in range(600)]
    together = intervals(_rows({"de-DE": answers, "en-US": answers}), resamples=4000).mean[0]
    apart = intervals(_rows({"de-DE": answers, "en-US": answers}, {"en-US": "e"}), resamples=4000).mean[0]
    assert _width(together) == pytest.approx(_binomial_width(0.5, 600), rel=0.06)
    assert _width(apart) == pytest.approx(_binomial_width(0.5, 1200), rel=0.06)


def test_ids_that_few_locales_share_still_vary() -> None:
    """Every locale has ids of its own save one: the lone ids are drawn with the rest of their locale."""
    answers = [at % 2 > 0 for at in range(400)]
    rows = _rows({"de-DE": answers, "en-US": [*answers[:1]]})
    assert _width(intervals(rows, resamples=4000).locales[0][0]) == pytest.approx(_binomial_width(0.5, 400), rel=0.06)


def test_no_locale_changes_its_size() -> None:
    rows = _rows({"de-DE": [True] * 30, "en-US": [True] * 45, "sw-KE": [True] * 5})
    assert intervals(rows, resamples=50).mean[0] == Interval(1.0, 1.0)


def test_equal_seeds_give_equal_intervals() -> None:
    rows = _rows({"de-DE": [at % 3 > 0 for at in range(200)]})
    assert intervals(rows, seed=1) == intervals(rows, seed=1)
    assert intervals(rows, seed=1) != intervals(rows, seed=2)


def test_a_clear_difference_is_significant_and_none_is_not() -> None:
    random = np.random.default_rng(0)
    good, same, bad = (list(random.random(800) < share) for share in (0.9, 0.9, 0.8))
    better, equal = (compare(_rows({"de-DE": good}), _rows({"de-DE": other}))[0] for other in (bad, same))
    assert better.difference == pytest.approx(np.mean(good) - np.mean(bad))
    assert better.interval.low > 0
    assert better.p_value < 0.01
    assert equal.interval.low < 0 < equal.interval.high
    assert equal.p_value > 0.05


def test_the_difference_has_the_spread_of_paired_answers() -> None:
    """Two systems that differ on 100 of 1,000 utterances, 60 to 40: variance (d - mean^2) / n of the differences."""
    first = [True] * 960 + [False] * 40
    second = [False] * 60 + [True] * 940
    found = compare(_rows({"de-DE": first}), _rows({"de-DE": second}), resamples=4000)[0]
    expected = 2 * 1.96 * math.sqrt((0.1 - 0.02**2) / 1000)
    assert found.difference == pytest.approx(0.02)
    assert _width(found.interval) == pytest.approx(expected, rel=0.06)


def test_a_system_does_not_differ_from_itself() -> None:
    rows = _rows({"de-DE": [at % 3 > 0 for at in range(100)]})
    for result in compare(rows, rows, resamples=100):
        assert asdict(result) | {"metric": ""} == {
            "metric": "",
            "difference": 0.0,
            "interval": {"low": 0.0, "high": 0.0},
            "p_value": 1.0,
        }


def test_systems_on_other_utterances_are_not_compared() -> None:
    with pytest.raises(DataError, match="same utterances"):
        compare(_rows({"de-DE": [True, False]}), _rows({"de-DE": [True]}))


@pytest.mark.parametrize(("seed", "resamples", "message"), [(0, 0, "0 resamples"), (-1, 10, "seed -1")])
def test_impossible_resampling_is_refused(seed: int, resamples: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        intervals(_rows({"de-DE": [True]}), seed=seed, resamples=resamples)
