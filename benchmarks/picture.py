"""The figures as one picture."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.results import Length, Outcome, Results, Throughput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["INK", "OTHERS", "OURS", "picture", "plain"]

OURS, OTHERS, INK, _GRID = "#2a6fbb", "#9aa7b4", "#1f2933", "#d5dbe1"


def picture(results: Results) -> bytes:
    """A PNG: latency and memory of every system, and how ours grows with the batch and the utterance."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    above, below = figure.subfigures(2, 1, squeeze=False)[:, 0]
    latency, memory = above.subplots(1, 2, sharey=True)
    batches, lengths = below.subplots(1, 2)
    _latencies(latency, results.systems)
    _memory(memory, results.systems)
    _throughput(batches, results.throughput)
    _lengths(lengths, results.lengths)
    busy = "; other work was running" if results.machine.busy else ""
    figure.suptitle(f"{results.model}, one thread on {results.machine.processor}{busy}", fontsize=11, color=INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def _latencies(axes: Axes, systems: Sequence[Outcome]) -> None:
    for place, each in enumerate(systems):
        colour = OTHERS if place else OURS
        axes.plot([each.latency.p50, each.latency.p99], [place, place], color=colour, linewidth=5, alpha=0.45)
        axes.plot([each.latency.p50], [place], "o", color=colour)
    axes.set_yticks(range(len(systems)), [each.name for each in systems], fontsize=8)
    axes.invert_yaxis()
    axes.set_xscale("log")
    plain(axes, "one utterance of 12 units, ms: median to 99th percentile")


def _memory(axes: Axes, systems: Sequence[Outcome]) -> None:
    for place, each in enumerate(systems):
        sizes, colour = [each.model_bytes / 1e6, each.memory / 1e6], OTHERS if place else OURS
        axes.plot(sizes, [place, place], color=colour, alpha=0.45)
        axes.plot(sizes[:1], [place], "D", color=colour, label=None if place else "model on disk")
        axes.plot(sizes[1:], [place], "o", color=colour, label=None if place else "memory at its peak")
    axes.set_xscale("log")
    axes.legend(frameon=False, fontsize=8)
    plain(axes, "MB")


def _throughput(axes: Axes, throughput: Sequence[Throughput]) -> None:
    sizes = [each.batch for each in throughput]
    axes.plot(sizes, [each.per_second for each in throughput], "o-", color=OURS)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("utterances in a batch", fontsize=8)
    plain(axes, "utterances a second")


def _lengths(axes: Axes, lengths: Sequence[Length]) -> None:
    units = [each.units for each in lengths]
    axes.plot(units, [each.p50 for each in lengths], "o-", color=OURS, label="median")
    axes.plot(units, [each.p99 for each in lengths], "--", color=OURS, alpha=0.5, label="99th percentile")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("units in an utterance", fontsize=8)
    axes.legend(frameon=False, fontsize=8)
    plain(axes, "ms of a parse")


def plain(axes: Axes, title: str) -> None:
    """Numbers instead of powers, a grid, and no frame."""
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log" and axis.get_major_formatter().__class__.__name__.startswith("Log"):
            axis.set_major_formatter(lambda value, place: f"{value:,.10g}")
    axes.set_title(title, fontsize=9, color=INK)
    axes.grid(True, color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
