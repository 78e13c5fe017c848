"""95 % intervals and a paired test by bootstrap over utterances.

Utterances are drawn with replacement by id, so that the translations of one sentence stay together, and within groups
of ids that occur in the same locales, so that no locale changes its size (Efron and Tibshirani 1993; for systems side
by side Koehn 2004).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ConfigError, DataError
from kiloglot.scoring.metrics import METRICS, figures_of_sums, locale_sums, mean_columns
from kiloglot.scoring.rows import Rows

__all__ = ["Comparison", "Interval", "Intervals", "compare", "intervals"]

_FEW = 20
"""Ids that share their set of locales with fewer others than this are drawn locale by locale: so few hardly vary."""
_CELLS = 1 << 23
"""Counts held in memory at once: 64 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A range that holds the figure with 95 % confidence."""

    low: float
    """2.5th percentile of the resampled figures."""
    high: float
    """97.5th percentile."""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Intervals of `METRICS`, three each."""

    locales: tuple[tuple[Interval, ...], ...]
    """For each locale of the rows, in their order."""
    mean: tuple[Interval, ...]
    """Of the mean over locales."""
    mean_1_0: tuple[Interval, ...]
    """Of the mean over the 51 locales of MASSIVE 1.0; empty where one of them is absent."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much one system is better than another in one metric, mean over locales."""

    metric: str
    """One of `METRICS`."""
    difference: float
    """Figure of the first system minus that of the second."""
    interval: Interval
    """Of the difference."""
    p_value: float
    """Two-sided probability of a difference as large when the systems are equal."""


def intervals(rows: Rows, *, seed: int = 0, resamples: int = 1000) -> Intervals:
    """95 % percentile intervals of every figure; equal seeds give equal intervals. Raises ConfigError."""
    figures = figures_of_sums(_resampled_sums(rows, rows.statistics, seed, resamples))
    return Intervals(
        locales=tuple(_percentiles(figures[:, at]) for at in range(len(rows.locales))),
        mean=_mean_percentiles(figures, mean_columns(rows)),
        mean_1_0=_mean_percentiles(figures, mean_columns(rows, only_1_0=True)),
    )


def compare(first: Rows, second: Rows, *, seed: int = 0, resamples: int = 1000) -> tuple[Comparison, ...]:
    """The paired bootstrap of two systems on the same utterances, one result for each of `METRICS`.

    The p-value counts the resampled differences that, centred on zero, are at least as large as the one observed
    (Noreen 1989), the observed one included. Raises DataError where the two are not about the same utterances.
    """
    _check_comparable(first, second)
    both = np.concatenate([first.statistics, second.statistics], axis=1)
    sums = _resampled_sums(first, both, seed, resamples)
    differences = (figures_of_sums(sums[..., :6]) - figures_of_sums(sums[..., 6:])).mean(axis=1)
    observed = (figures_of_sums(locale_sums(first)) - figures_of_sums(locale_sums(second))).mean(axis=0)
    extreme = np.abs(differences - differences.mean(axis=0)) >= np.abs(observed)
    p_values = (extreme.sum(axis=0) + 1) / (resamples + 1)
    ranges = _percentiles(differences)
    return tuple(
        Comparison(metric, float(observed[at]), ranges[at], float(p_values[at])) for at, metric in enumerate(METRICS)
    )


def _check_comparable(first: Rows, second: Rows) -> None:
    same = first.ids == second.ids and first.locales == second.locales and np.array_equal(first.locale, second.locale)
    if not same or first.intents != second.intents or not np.array_equal(first.gold_intent, second.gold_intent):
        raise DataError("the two systems were not scored on the same utterances", remedy="Score both on the same data")
    if first.conversion is not second.conversion:
        raise DataError(
            f"one system has {first.conversion} tags and the other {second.conversion} ones",
            remedy="Score both with the same conversion",
        )


def _resampled_sums(rows: Rows, statistics: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    """`statistics` [n, k] summed by locale in each resample: [resamples, L, k]."""
    if resamples < 1:
        raise ConfigError(f"{resamples} resamples give no interval", remedy="Ask for 1000")
    if seed < 0:
        raise ConfigError(f"seed {seed} is negative", remedy="Choose 0 or more")
    random = np.random.default_rng(seed)
    width = statistics.shape[1]
    sums = np.zeros((resamples, len(rows.locales), width))
    for group in _groups(rows.ids, rows.locale):
        columns = rows.locale[group[0]]
        values = statistics[group].reshape(len(group), -1)
        step = max(1, _CELLS // len(group))
        for start in range(0, resamples, step):
            counts = _counts(random, len(group), min(step, resamples - start))
            sums[start : start + step, columns] += (counts @ values).reshape(-1, len(columns), width)
    return sums


def _groups(ids: Sequence[str], locale: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Row indices [ids, locales] of the ids that occur in the same locales; whole lines of such an array are drawn."""
    by_id: dict[str, list[int]] = defaultdict(list)
    for row in np.argsort(locale, kind="stable"):
        by_id[ids[row]].append(int(row))
    by_locales: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
    for together in by_id.values():
        by_locales[tuple(int(locale[row]) for row in together)].append(together)
    groups: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
    for key, members in by_locales.items():
        if len(members) >= _FEW:
            groups[key].extend(members)
        else:
            for row in (row for together in members for row in together):
                groups[(int(locale[row]),)].append([row])
    return [np.array(members, dtype=np.int64) for members in groups.values()]


def _counts(random: np.random.Generator, size: int, resamples: int) -> NDArray[np.float64]:
    """How often each of `size` things is drawn in `size` draws with replacement: [resamples, size]."""
    drawn = random.integers(0, size, (resamples, size)) + np.arange(resamples)[:, None] * size
    return np.bincount(drawn.ravel(), minlength=resamples * size).reshape(resamples, size).astype(np.float64)


def _percentiles(figures: NDArray[np.float64]) -> tuple[Interval, ...]:
    low, high = np.percentile(figures, [2.5, 97.5], axis=0)
    return tuple(Interval(float(a), float(b)) for a, b in zip(low, high, strict=True))


def _mean_percentiles(figures: NDArray[np.float64], columns: NDArray[np.int64]) -> tuple[Interval, ...]:
    return _percentiles(figures[:, columns].mean(axis=1)) if len(columns) else ()
