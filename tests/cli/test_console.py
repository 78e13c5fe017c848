"""Progress on a terminal and in a log."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from kiloglot.cli.console import Bars, Lines, reporter, safe
from kiloglot.progress import SILENT


def test_bars_show_count_speed_and_note_and_leave_the_lines_that_stay() -> None:
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, width=120, color_system=None))
    with bars.task("read", 40, "rows") as task:
        task.advance(10, "en-US")
        bars.say("a line")
        with bars.task("inner"):
            bars._bars.refresh()
    assert "10 of 40 rows" in screen.getvalue()
    assert "en-US" in screen.getvalue()
    assert "Inner" in screen.getvalue()
    assert "a line\n" in screen.getvalue()


def test_an_error_closes_the_bars() -> None:
    screen = io.StringIO()
    bars = Bars(Console(file=screen, force_terminal=True, width=120))
    with pytest.raises(ValueError, match="stop"), bars.task("read", 10):
        raise ValueError("stop")
    assert screen.getvalue().endswith("\x1b[?25h") or "\x1b[?25h" in screen.getvalue()


def test_a_log_gets_a_line_now_and_then() -> None:
    log = io.StringIO()
    lines = Lines(Console(file=log, width=80), every=0.0)
    with lines.task("train", 100, "steps") as task:
        task.advance(20)
        task.advance(30, "loss 1.5")
    first, second = log.getvalue().splitlines()
    assert first.startswith("Train: 20 of 100 steps")
    assert second.startswith("Train: 50 of 100 steps")
    assert second.endswith("left, loss 1.5")


def test_short_work_leaves_nothing_in_a_log() -> None:
    log = io.StringIO()
    lines = Lines(Console(file=log, width=80))
    with lines.task("read", 2, "rows") as task:
        task.advance(2)
    assert log.getvalue() == ""


def test_long_lines_of_a_log_are_not_wrapped() -> None:
    log = io.StringIO()
    Lines(Console(file=log, width=20)).say("word " * 30)
    assert log.getvalue().count("\n") == 1


def test_bytes_are_counted_in_megabytes() -> None:
    log = io.StringIO()
    with Lines(Console(file=log, width=80), every=0.0).task("download", unit="B") as task:
        task.advance(2_500_000)
    assert "2.5 MB" in log.getvalue()


def test_quiet_is_silent() -> None:
    assert reporter(quiet=True) is SILENT


def test_what_could_drive_a_terminal_is_replaced_one_for_one() -> None:
    text = "a\x1b[2J\u202eb\ud800c\n日本"
    assert safe(text) == "a�[2J�b�c�日本"
    assert len(safe(text)) == len(text)
    assert cell_len(safe("נעם")) == 3
