"""The page is well-formed, holds everything itself, and shows hostile text as text."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kiloglot.errors import MissingExtraError
from kiloglot.scoring.page import render_page
from kiloglot.scoring.report import EvaluationReport

_VOID = {"meta", "img", "input"}


class _Reader(HTMLParser):
    """Checks that every element is closed where it should be, and keeps tags, attributes and words."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(content)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture
def page(report: EvaluationReport) -> str:
    return render_page(report, {"locales.png": b"\x89PNG"})


def test_the_page_needs_nothing_from_elsewhere(page: str) -> None:
    sources = [attrs[name] for _, attrs in _Reader(page).found for name in ("src", "href") if name in attrs]
    assert sources == ["data:image/png;base64,iVBORw=="]
    assert not re.search(r"https?://|@import|url\(", page)


def test_every_locale_has_a_row_with_its_figures(page: str, report: EvaluationReport) -> None:
    for each in report.locales:
        row = page.split(f"<td>{each.locale}</td>")[1].split("</tr>")[0]
        assert f">{100 * each.official.ex_match_acc:.1f}<" in row


def test_rows_are_as_wide_as_their_heads(page: str) -> None:
    tables = re.findall(r"<table.*?</table>", page, re.DOTALL)
    assert len(tables) == 5
    for table in tables:
        widths = {row.count("<td") for row in re.findall(r"<tr>.*?</tr>", table.split("<tbody>")[1], re.DOTALL)}
        assert widths == {table.count("<th ")}


def test_text_of_an_utterance_is_never_markup(page: str) -> None:
    assert "<b>abba</b>" in _Reader(page).words
    assert "<b>abba" not in page


def test_right_to_left_text_stands_as_it_is_read(page: str) -> None:
    assert '<td class="wrap" dir="auto">شغل <mark>فيروز' in page


def test_a_slot_that_only_one_side_has_stands_out(page: str, report: EvaluationReport) -> None:
    missed = sum(mistake.gold_slots != mistake.predicted_slots for mistake in report.mistakes)
    assert page.count('<mark class="alone">') == missed > 0


def test_a_report_without_mistakes_or_confidences_has_no_empty_sections(report: EvaluationReport) -> None:
    plain = replace(report, mistakes=(), confusions=(), calibration=None)
    page = render_page(plain, {})
    assert "Mistakes" not in page
    assert "confusions" not in page
    _Reader(page)


def test_without_jinja_the_error_says_what_to_install(
    report: EvaluationReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"kiloglot\[report\]"):
        render_page(report, {})
