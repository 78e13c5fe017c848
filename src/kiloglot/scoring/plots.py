"""PNG pictures of a report. Every function returns the bytes of one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import MissingExtraError
from kiloglot.scoring.calibration import Calibration
from kiloglot.scoring.report import EvaluationReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["confidence_plot", "confusion_plot", "draw_plots", "locale_plot", "reliability_plot"]

_BLOCK = 18
"""Locales in one column of the heat map."""
_SHOWN = 24
"""Intents in the confusion matrix: those with the most mistakes."""
_RIGHT, _WRONG, _INK, _GRID = "#2a6fbb", "#d9622b", "#1f2933", "#d5dbe1"
_RESOLUTION = 144

Counts = Sequence[tuple[int, int]]


def draw_plots(report: EvaluationReport) -> dict[str, bytes]:
    """File name -> PNG of every picture that the report has figures for.

    Raises MissingExtraError where matplotlib is not installed.
    """
    made = {"locales.png": locale_plot(report), "confusion.png": confusion_plot(report)}
    if report.calibration is not None:
        made["confidence.png"] = confidence_plot(report.confidence_counts)
        made["reliability.png"] = reliability_plot(report.calibration, report.calibration_before)
    return made


def locale_plot(report: EvaluationReport) -> bytes:
    """Heat map of intent accuracy, slot F1 and exact match by locale, best exact match first."""
    ordered = sorted(report.locales, key=lambda each: -each.official.ex_match_acc)
    names = [each.locale for each in ordered]
    official = [each.official for each in ordered]
    values = np.array([[each.intent_acc, each.slot_micro_f1, each.ex_match_acc] for each in official])
    shades = _shades(values)
    blocks, height = -(-len(names) // _BLOCK), min(len(names), _BLOCK)
    figure = _figure(3.0 * blocks + 0.4, 0.3 * height + 1.1)
    for at, axes in enumerate(figure.subplots(1, blocks, squeeze=False)[0]):
        part = slice(at * _BLOCK, (at + 1) * _BLOCK)
        _heat(axes, names[part], values[part], shades[part], height)
    figure.suptitle("Scores by locale, %  (darker: better in this column)", fontsize=11, color=_INK)
    return _png(figure)


def _shades(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each column of `values` stretched over [0, 1]; a spread under 2 points is not stretched to the whole of it."""
    spread = np.maximum(values.max(axis=0) - values.min(axis=0), 0.02)
    shades: NDArray[np.float64] = (values - values.min(axis=0)) / spread
    return shades


def _heat(
    axes: Axes, names: Sequence[str], values: NDArray[np.float64], shades: NDArray[np.float64], height: int
) -> None:
    """One column of the heat map; short ones leave room below, so that cells have one size."""
    axes.imshow(shades, cmap="YlGnBu", vmin=0, vmax=1.25, aspect="auto")
    axes.set_ylim(height - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(3), ["intent", "slot F1", "exact"])
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False, labelsize=8.5)
    axes.spines[:].set_visible(False)
    _write_cells(axes, 100 * values, "{:.1f}", shades > 0.7)


def _write_cells(axes: Axes, values: NDArray[np.float64], form: str, dark: NDArray[np.bool_]) -> None:
    """Writes each value into its cell, in white where the cell is `dark`; NaN stays empty."""
    for (row, column), value in np.ndenumerate(values):
        if not np.isnan(value):
            colour = "white" if dark[row, column] else _INK
            axes.text(column, row, form.format(value), ha="center", va="center", fontsize=8, color=colour)


def confusion_plot(report: EvaluationReport) -> bytes:
    """Where the utterances of the intents with the most mistakes go, in % of each gold intent."""
    names, shares = _confusion_shares(report)
    size = 0.3 * len(names)
    figure = _figure(size + 3.0, size + 2.6)
    axes = figure.subplots()
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)  # the root makes small shares visible
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0, labelsize=8.5)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted", color=_INK)
    axes.set_ylabel("gold", color=_INK)
    _write_cells(axes, np.where(shares >= 0.005, 100 * shares, np.nan), "{:.0f}", shares > 0.3)
    most = "" if len(names) == len(report.intents) else f" of the {len(names)} intents with the most mistakes"
    axes.set_title(f"Confusions{most}, % of gold", fontsize=11, color=_INK)
    return _png(figure)


def _confusion_shares(report: EvaluationReport) -> tuple[list[str], NDArray[np.float64]]:
    """The intents that make or attract most mistakes, by name, and the shares between them, gold by predicted."""
    mistakes = {each.intent: 0 for each in report.intents}
    for confusion in report.confusions:
        mistakes[confusion.gold] += confusion.utterances
        if confusion.predicted:
            mistakes[confusion.predicted] += confusion.utterances
    names = sorted(sorted(mistakes, key=lambda name: -mistakes[name])[:_SHOWN])
    place = {name: at for at, name in enumerate(names)}
    support = {each.intent: each.support for each in report.intents}
    shares = np.zeros((len(names), len(names)))
    for each in report.intents:
        if each.intent in place:
            shares[place[each.intent], place[each.intent]] = each.recall
    for confusion in report.confusions:
        if confusion.gold in place and confusion.predicted in place:
            shares[place[confusion.gold], place[confusion.predicted]] = confusion.utterances / support[confusion.gold]
    return names, shares


def confidence_plot(counts: Counts) -> bytes:
    """Histogram of confidences, right intents above the line and wrong ones below, each on a scale of its own."""
    right, wrong = (np.array(column) for column in zip(*counts, strict=True))
    centres, width = (np.arange(len(counts)) + 0.5) / len(counts), 0.9 / len(counts)
    figure = _figure(6.4, 4.4)
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"hspace": 0.12})
    upper.bar(centres, right, width, color=_RIGHT, label=f"right ({right.sum():,})")
    lower.bar(centres, wrong, width, color=_WRONG, label=f"wrong ({wrong.sum():,})")
    lower.invert_yaxis()
    for axes, place in ((upper, "upper left"), (lower, "lower left")):
        axes.legend(frameon=False, loc=place)
        axes.set_ylabel("utterances", color=_INK)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        _plain(axes)
    lower.set_xlim(0, 1)
    lower.set_xlabel("confidence", color=_INK)
    upper.set_title("Confidence of right and wrong intents", fontsize=11, color=_INK)
    return _png(figure)


def reliability_plot(calibration: Calibration, before: Calibration | None = None) -> bytes:
    """Accuracy against confidence in each bin, before calibration too where it is known."""
    sides = [("after calibration" if before else "", calibration)]
    if before is not None:
        sides.insert(0, ("before calibration", before))
    figure = _figure(4.6 * len(sides), 4.6)
    for axes, (name, side) in zip(figure.subplots(1, len(sides), squeeze=False)[0], sides, strict=True):
        _diagram(axes, side)
        axes.set_title(f"Reliability {name}".strip() + f"  (ECE {100 * side.ece:.1f} %)", fontsize=11, color=_INK)
    return _png(figure)


def _diagram(axes: Axes, calibration: Calibration) -> None:
    filled = [each for each in calibration.bins if each.utterances]
    centres = [(each.low + each.high) / 2 for each in filled]
    width = 0.92 / len(calibration.bins)
    weight = [0.25 + 0.75 * each.utterances / max(b.utterances for b in filled) for each in filled]
    bars = axes.bar(
        centres, [each.accuracy for each in filled], width, color=_RIGHT, label="accuracy (darker: more utterances)"
    )
    for bar, alpha in zip(bars, weight, strict=True):
        bar.set_alpha(alpha)
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=1, linestyle="--", label="perfect")
    axes.plot(
        [b.confidence for b in filled],
        [b.accuracy for b in filled],
        "o",
        color=_WRONG,
        markersize=4,
        label="mean confidence",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share of right intents", aspect="equal")
    axes.legend(frameon=False, loc="upper left")
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)


def _figure(width: float, height: float) -> Figure:
    """An empty picture of `width` by `height` inches that belongs to no window."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("drawing plots", "report") from error
    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def _png(figure: Figure) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=_RESOLUTION, metadata={"Software": None})
    return content.getvalue()
