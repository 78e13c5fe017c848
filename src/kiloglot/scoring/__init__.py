"""From predictions to numbers with signatures."""

from __future__ import annotations

from kiloglot.scoring.bootstrap import Comparison, Interval, Intervals, compare, intervals
from kiloglot.scoring.breakdown import (
    Confusion,
    IntentScores,
    Mistake,
    SlotScores,
    confusions,
    intent_scores,
    slot_scores,
)
from kiloglot.scoring.calibration import Bin, Calibration, fit_temperature, keep_threshold, reliability, trust_threshold
from kiloglot.scoring.evaluation import evaluate
from kiloglot.scoring.metrics import LOCALES_1_0, METRIC_VERSION, METRICS, Figures, locale_figures, mean_figures
from kiloglot.scoring.official import CHARACTER_LOCALES, Conversion
from kiloglot.scoring.page import render_page
from kiloglot.scoring.plots import draw_plots
from kiloglot.scoring.rasa import rasa_reports
from kiloglot.scoring.report import Answers, EvaluationReport, LocaleScores, Means, Signature
from kiloglot.scoring.rows import Rows, score_rows
from kiloglot.scoring.separation import accepted, auroc

__all__ = [
    "CHARACTER_LOCALES",
    "LOCALES_1_0",
    "METRICS",
    "METRIC_VERSION",
    "Answers",
    "Bin",
    "Calibration",
    "Comparison",
    "Confusion",
    "Conversion",
    "EvaluationReport",
    "Figures",
    "IntentScores",
    "Interval",
    "Intervals",
    "LocaleScores",
    "Means",
    "Mistake",
    "Rows",
    "Signature",
    "SlotScores",
    "accepted",
    "auroc",
    "compare",
    "confusions",
    "draw_plots",
    "evaluate",
    "fit_temperature",
    "intent_scores",
    "intervals",
    "keep_threshold",
    "locale_figures",
    "mean_figures",
    "rasa_reports",
    "reliability",
    "render_page",
    "score_rows",
    "slot_scores",
    "trust_threshold",
]
