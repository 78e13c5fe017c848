"""The figures for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.memory import PARSES, TOGETHER
from benchmarks.results import Outcome, Results
from kiloglot.scoring.table import plain_table

__all__ = ["text"]


def text(results: Results) -> str:
    """Every table, with what has to be known about it."""
    return "\n\n".join("\n".join(part) for part in (_head(results), _systems(results), _ours(results), _sizes(results)))


def _head(results: Results) -> Iterator[str]:
    machine = results.machine
    yield f"{results.model}, one thread, nothing cached. {machine.processor}, {machine.cores} cores, {machine.system}"
    yield f"Data: {results.corpus}, {results.locales} locales"
    if machine.busy:
        yield f"Other work was running ({machine.load:.1f} processes on average): take ratios, not times"


def _systems(results: Results) -> Iterator[str]:
    yield "One utterance of 12 units, ms; sizes in MB; scores on dev of the sample"
    header = (
        "system",
        "learned",
        "p50",
        "x ours",
        "p95",
        "p99",
        "calls",
        "load s",
        "start s",
        "model",
        "memory",
        "install",
        "intent",
        "slots",
    )
    yield plain_table(header, [_row(outcome, results) for outcome in results.systems])
    yield from (f"{outcome.name}: {outcome.note}" for outcome in results.systems if outcome.note)
    yield from (f"{each.name}: left out, {each.reason}" for each in results.left_out)


def _row(outcome: Outcome, results: Results) -> list[str]:
    latency, times = outcome.latency, results.times_ours(outcome)
    return [
        outcome.name,
        f"{outcome.learned:,}" if outcome.learned else "",
        _milliseconds(latency.p50),
        "" if times is None else f"{times:.3g}",
        *(_milliseconds(value) for value in (latency.p95, latency.p99)),
        f"{latency.calls:,}",
        f"{outcome.load_seconds:.2f}",
        f"{outcome.start_seconds:.2f}",
        *(_megabytes(value) for value in (outcome.model_bytes, outcome.memory, outcome.installed_bytes)),
        *("" if score is None else f"{100 * score:.1f}" for score in (outcome.intent, outcome.slot_f1)),
    ]


def _ours(results: Results) -> Iterator[str]:
    start, memory = results.start, results.memory
    rows = [[f"{each.batch}", f"{each.milliseconds:.2f}", f"{each.per_second:,.0f}"] for each in results.throughput]
    yield plain_table(("batch", "ms", "utterances/s"), rows)
    yield ""
    rows = [
        [f"{each.units:,}", f"{each.p50:.2f}", f"{each.p99:.2f}", f"{1000 * each.p50 / each.units:.0f}"]
        for each in results.lengths
    ]
    yield plain_table(("units", "p50 ms", "p99 ms", "us a unit"), rows)
    yield ""
    parts = ", ".join(f"{name} {time:.0f}" for name, time in results.parts.items() if name != "whole")
    yield f"one parse, least microseconds: {results.parts['whole']:.0f} ({parts})"
    yield f"import kiloglot: {start.imports:.3f} s; with the runtime {start.imports_runtime:.2f} s"
    yield f"process with one parse, from its start to its end: {start.first_answer:.2f} s"
    yield f"kiloglot parse: {start.command:.2f} s; a Python that does nothing: {start.interpreter:.2f} s"
    grown = f"{_megabytes(memory.after)} MB after {PARSES:,} more, {_megabytes(memory.peak)} MB at its peak"
    yield f"resident: {_megabytes(memory.loaded)} MB after one parse, {grown}"
    if memory.one is not None and memory.each is not None:
        together = f"{_megabytes(memory.each)} MB each where {TOGETHER} run"
        yield f"proportional (PSS): {_megabytes(memory.one)} MB where one process runs, {together}"


def _sizes(results: Results) -> Iterator[str]:
    sizes = results.sizes
    wheel = "could not be built here" if sizes.wheel is None else f"{_megabytes(sizes.wheel)} MB"
    whole = _megabytes(sum(sizes.installed.values()))
    yield f"model {_megabytes(sizes.model)} MB; wheel {wheel}; installed {whole} MB:"
    yield plain_table(("package", "MB"), [[name, _megabytes(size)] for name, size in sizes.installed.items()])


def _milliseconds(value: float) -> str:
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}"
