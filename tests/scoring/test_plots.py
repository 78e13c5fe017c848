"""Pictures are PNGs of readable size, for one locale as for 52."""

from __future__ import annotations

import struct
import sys
from dataclasses import replace

import pytest

from kiloglot.errors import MissingExtraError
from kiloglot.scoring.plots import draw_plots, locale_plot, reliability_plot
from kiloglot.scoring.report import EvaluationReport


def _size(picture: bytes) -> tuple[int, int]:
    """Width and height in the header of a PNG (its specification, 11.2.2)."""
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_report_with_confidences_has_four_pictures(report: EvaluationReport) -> None:
    drawn = draw_plots(report)
    assert sorted(drawn) == ["confidence.png", "confusion.png", "locales.png", "reliability.png"]
    assert all(min(_size(picture)) > 200 for picture in drawn.values())


def test_without_confidences_there_are_two(report: EvaluationReport) -> None:
    assert sorted(draw_plots(replace(report, calibration=None))) == ["confusion.png", "locales.png"]


def test_52_locales_stand_in_three_columns(report: EvaluationReport) -> None:
    one, many = (_size(locale_plot(replace(report, locales=report.locales[:1] * count))) for count in (1, 52))
    assert many[0] > 2.5 * one[0]
    assert many[1] < 1200


def test_before_and_after_stand_side_by_side(report: EvaluationReport) -> None:
    assert report.calibration is not None
    alone, both = reliability_plot(report.calibration), reliability_plot(report.calibration, report.calibration)
    assert _size(both)[0] > 1.8 * _size(alone)[0]


def test_without_matplotlib_the_error_says_what_to_install(
    report: EvaluationReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match="drawing plots") as missing:
        draw_plots(report)
    assert "kiloglot[report]" in str(missing.value)
