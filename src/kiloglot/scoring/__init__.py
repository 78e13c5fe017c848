"""From predictions to numbers with signatures."""

from __future__ import annotations

from kiloglot.scoring.bootstrap import Comparison, Interval, Intervals, compare, intervals
from kiloglot.scoring.calibration import Bin, Calibration, fit_temperature, keep_threshold, reliability
from kiloglot.scoring.metrics import LOCALES_1_0, METRIC_VERSION, METRICS, Figures, locale_figures, mean_figures
from kiloglot.scoring.official import CHARACTER_LOCALES, Conversion
from kiloglot.scoring.rows import Rows, score_rows

__all__ = [
    "CHARACTER_LOCALES",
    "LOCALES_1_0",
    "METRICS",
    "METRIC_VERSION",
    "Bin",
    "Calibration",
    "Comparison",
    "Conversion",
    "Figures",
    "Interval",
    "Intervals",
    "Rows",
    "compare",
    "fit_temperature",
    "intervals",
    "keep_threshold",
    "locale_figures",
    "mean_figures",
    "reliability",
    "score_rows",
]
