"""The rows of README's table with the times and sizes of a run: what it shows is printed, not typed."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.results import Outcome, Results

__all__ = ["SHOWN", "rows"]

_README = Path(__file__).resolve().parents[1] / "README.md"
SHOWN = {
    "**kiloglot**, bundled model": "kiloglot",
    "LinearSVC on tf-idf n-grams": "LinearSVC, one locale",
    "fastText, 2M rows": "fastText, all locales",
    "XLM-R Base": "XLM-R Base's shape, int8",
}
"""First cell of a row -> the system that it tells the time of."""
_SIZED = ("**kiloglot**, bundled model", "LinearSVC on tf-idf n-grams")  # as large as what the benchmark loads
_MILLISECONDS, _MEGABYTES = r"^[\d.,]+ ms\b", r"^[\d.,]+ MB\b"


def rows(results: Results, readme: Path = _README) -> list[str]:
    """The rows of the table in `readme` that this run can renew, renewed; their scores are not measured here."""
    lines = [line.split(" | ") for line in readme.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    found = [(cells, results.named(SHOWN.get(cells[0].removeprefix("| "), ""))) for cells in lines]
    return [" | ".join(_renewed(cells, outcome)) for cells, outcome in found if outcome is not None]


def _renewed(cells: list[str], outcome: Outcome) -> list[str]:
    *first, size, time = cells
    if first[0].removeprefix("| ") in _SIZED:
        size = re.sub(_MEGABYTES, f"{_rounded(outcome.model_bytes / 1e6)} MB", size)
    return [*first, size, re.sub(_MILLISECONDS, f"{_rounded(outcome.latency.p50)} ms", time)]


def _rounded(value: float) -> str:
    """Three figures from 10 on, two below."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2g}"
