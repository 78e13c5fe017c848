"""Predictions -> report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiloglot.scoring.bootstrap import Interval, Intervals, intervals
from kiloglot.scoring.breakdown import confusions, intent_scores, mistakes, slot_scores
from kiloglot.scoring.calibration import Calibration, reliability
from kiloglot.scoring.metrics import METRIC_VERSION, figures_over, locale_figures, mean_columns
from kiloglot.scoring.official import Conversion
from kiloglot.scoring.pairing import pair
from kiloglot.scoring.report import Answers, EvaluationReport, LocaleScores, Means, Signature
from kiloglot.scoring.rows import Rows, paired_rows
from kiloglot.values import Dataset, Partition, Prediction

__all__ = ["evaluate"]

_RANGES = 20
"""Ranges of the confidence histogram."""


def evaluate(
    data: Dataset,
    predictions: Sequence[Prediction],
    partition: Partition,
    *,
    model: str,
    seed: int = 0,
    resamples: int = 1000,
    path: Path | None = None,
    before: Calibration | None = None,
    remarks: tuple[str, ...] = (),
) -> EvaluationReport:
    """Scores `predictions` of one partition of `data`, made by `model`; `path` is their file, for the errors.

    `before` is the calibration of uncalibrated confidences, to be shown beside theirs, `remarks` go into the report as
    they are. Raises DataError or
    OntologyError where the predictions do not fit the data, and ConfigError without resamples.
    """
    gold = data.only(partition)
    paired = pair(gold, predictions, data.ontology, path)
    rows, corrected = (paired_rows(gold, paired, data.ontology, conversion) for conversion in Conversion)
    ranges = intervals(rows, seed=seed, resamples=resamples)
    columns = mean_columns(rows, only_1_0=True)
    return EvaluationReport(
        signature=_signature(data, partition, rows, model, seed, resamples),
        mean=_means(rows, corrected, mean_columns(rows), ranges.mean),
        mean_1_0=_means(rows, corrected, columns, ranges.mean_1_0) if len(columns) else None,
        answers=_answers(rows, np.ones(len(gold), dtype=np.bool_)),
        locales=_locales(rows, corrected, ranges),
        intents=intent_scores(rows),
        slots=slot_scores(rows),
        confusions=confusions(rows),
        calibration=reliability(rows.confidence, rows.intent_right),
        calibration_before=before,
        confidence_counts=_confidence_counts(rows),
        mistakes=mistakes(gold, paired, rows),
        remarks=remarks,
    )


def _signature(data: Dataset, partition: Partition, rows: Rows, model: str, seed: int, resamples: int) -> Signature:
    return Signature(
        data=data.name,
        data_signature=data.signature,
        partition=partition,
        ontology=data.ontology.version,
        locales=len(rows.locales),
        utterances=len(rows.ids),
        model=model,
        metric=METRIC_VERSION,
        seed=seed,
        resamples=resamples,
    )


def _means(rows: Rows, corrected: Rows, columns: NDArray[np.int64], ranges: tuple[Interval, ...]) -> Means:
    return Means(len(columns), figures_over(rows, columns), figures_over(corrected, columns), ranges)


def _locales(rows: Rows, corrected: Rows, ranges: Intervals) -> tuple[LocaleScores, ...]:
    columns = zip(rows.locales, locale_figures(rows), locale_figures(corrected), ranges.locales, strict=True)
    return tuple(
        LocaleScores(locale, official, right, own_ranges, _answers(rows, rows.locale == at))
        for at, (locale, official, right, own_ranges) in enumerate(columns)
    )


def _answers(rows: Rows, chosen: NDArray[np.bool_]) -> Answers:
    """Of the `chosen` rows, [n]."""
    right, rejected, guess = rows.intent_right[chosen], rows.rejected[chosen], rows.locale_guess[chosen]
    calibration = reliability(rows.confidence[chosen], right)
    return Answers(
        rejected=float(rejected.mean()) if rows.rejected.any() else None,
        accepted_intent_acc=_share(right[~rejected]) if rows.rejected.any() else None,
        locale_acc=_share(guess[guess >= 0] == 1),
        ece=calibration.ece if calibration else None,
    )


def _share(right: NDArray[np.bool_]) -> float | None:
    return float(right.mean()) if len(right) else None


def _confidence_counts(rows: Rows) -> tuple[tuple[int, int], ...]:
    given = ~np.isnan(rows.confidence)
    if not given.any():
        return ()
    place = np.minimum((rows.confidence[given] * _RANGES).astype(np.int64), _RANGES - 1)
    right = rows.intent_right[given]
    columns = (np.bincount(place[chosen], minlength=_RANGES) for chosen in (right, ~right))
    return tuple((int(a), int(b)) for a, b in zip(*columns, strict=True))
