"""One HTML page that holds a whole report and needs no network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib import resources

from kiloglot.errors import MissingExtraError
from kiloglot.scoring.breakdown import Mistake
from kiloglot.scoring.report import EvaluationReport
from kiloglot.values import Slot

__all__ = ["render_page"]

_MISTAKES = 300
"""Mistakes that the page shows; all of them are in the report."""
_CONFUSIONS = 40
"""Pairs of confused intents that it shows."""

_PICTURES = {
    "locales.png": "Intent accuracy, slot F1 and exact match of every locale",
    "confusion.png": "Confusion matrix of the intents with the most mistakes",
    "confidence.png": "Histogram of the confidences of right and wrong intents",
    "reliability.png": "Reliability diagram",
}
"""File name -> what the picture shows, in the order of the page."""


def render_page(report: EvaluationReport, pictures: Mapping[str, bytes]) -> str:
    """The report as HTML; `pictures` are PNGs by the file names of `draw_plots`, and go into the page itself.

    Raises MissingExtraError where jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("the HTML report", "report") from error
    source = resources.files("kiloglot.scoring").joinpath("page.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"percent": _percent, "runs": _runs}
    return environment.from_string(source).render(
        report=report,
        pictures=[(text, _inline(pictures[name])) for name, text in _PICTURES.items() if name in pictures],
        mistakes=_worst(report.mistakes),
        confusions=report.confusions[:_CONFUSIONS],
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def _inline(picture: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(picture).decode("ascii")


def _worst(mistakes: tuple[Mistake, ...]) -> list[Mistake]:
    """The mistakes that the system was surest of; without confidences, a sample spread over the data."""
    if any(mistake.confidence is not None for mistake in mistakes):
        return sorted(mistakes, key=lambda mistake: -(mistake.confidence or 0))[:_MISTAKES]
    return list(mistakes[:: max(1, -(-len(mistakes) // _MISTAKES))])


def _runs(text: str, slots: tuple[Slot, ...]) -> list[tuple[str, Slot | None]]:
    """`text` in order as (words, the slot that they are), None outside slots."""
    runs: list[tuple[str, Slot | None]] = []
    at = 0
    for slot in slots:
        runs += [(text[at : slot.start], None), (slot.value(text), slot)]
        at = slot.end
    return [run for run in [*runs, (text[at:], None)] if run[0]]
