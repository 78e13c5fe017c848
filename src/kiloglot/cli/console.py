"""Where the command line shows things: results on standard output, progress and errors on standard error."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
)
from rich.progress import Task as Bar
from rich.text import Text

from kiloglot import progress

__all__ = ["Bars", "Lines", "output", "reporter", "safe"]

_PIPED_WIDTH = 140  # columns of a table that is written into a file or a pipe
_EVERY = 10.0  # seconds between two lines about one task where there is no terminal
_NOTABLE = 1.0  # seconds from which on a finished task leaves a line
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def output() -> Console:
    """The console of results, on standard output as it is now."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return _Output(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def reporter(quiet: bool) -> progress.Progress:
    """Where stages report to: bars on a terminal, a line now and then elsewhere, nobody where it is to be quiet."""
    if quiet:
        return progress.SILENT
    console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
    return Bars(console) if console.is_terminal else Lines(console)


def safe(text: str) -> str:
    """`text` with U+FFFD for what could drive or garble a terminal, code point by code point: offsets stay right."""
    return _UNSAFE.sub("\ufffd", text)


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Leaves the ending to the command line; rich would exit with 1."""
        raise BrokenPipeError


class Bars:
    """Progress on a terminal: one bar for each open task."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}"), BarColumn(24), _Done(), _Speed(), _Time(),
            TextColumn("{task.fields[note]}", style="dim"), console=console, transient=True,
        )  # fmt: skip
        self._open = 0

    @contextmanager
    def task(self, name: str, total: float | None = None, unit: str = "") -> Iterator[progress.Task]:
        """Shows a bar until the block ends; longer work leaves a line."""
        self._open += 1
        self._bars.start()
        began, bar = time.monotonic(), self._bars.add_task(_titled(name), total=total, unit=unit, note="")
        task = _BarTask(self._bars, bar)
        try:
            yield task
        finally:
            self._bars.remove_task(bar)
            self._open -= 1
            if not self._open:
                self._bars.stop()
        if time.monotonic() - began >= _NOTABLE:
            self.say(_finished(name, task.done, unit, time.monotonic() - began))

    def say(self, line: str) -> None:
        """Prints the line above the bars."""
        self._console.print(safe(line), soft_wrap=True)


class Lines:
    """Progress in a log: a line about each long task every ten seconds, and one when it ends."""

    def __init__(self, console: Console, every: float = _EVERY) -> None:
        self._console = console
        self._every = every

    @contextmanager
    def task(self, name: str, total: float | None = None, unit: str = "") -> Iterator[progress.Task]:
        """Counts until the block ends; longer work leaves a line."""
        task = _LineTask(self, name, total, unit, self._every)
        yield task
        seconds = time.monotonic() - task.began
        if seconds >= _NOTABLE:
            self.say(_finished(name, task.done, unit, seconds))

    def say(self, line: str) -> None:
        """Prints the line."""
        self._console.print(safe(line), soft_wrap=True)


class _BarTask:
    def __init__(self, bars: Progress, bar: TaskID) -> None:
        self._bars = bars
        self._bar = bar
        self.done = 0.0

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self.done += amount
        if note:
            self._bars.update(self._bar, advance=amount, note=safe(note))
        else:
            self._bars.update(self._bar, advance=amount)


class _LineTask:
    def __init__(self, lines: Lines, name: str, total: float | None, unit: str, every: float) -> None:
        self._lines = lines
        self._name = name
        self._total = total
        self._unit = unit
        self._every = every
        self._first: float | None = None
        self._told = self.began = time.monotonic()
        self._note = ""
        self.done = 0.0

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self.done += amount
        self._note = note or self._note
        if self._first is None:
            self._first = self.done  # What an earlier run had done says nothing about the speed of this one.
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            self._lines.say(self._line(now - self.began))

    def _line(self, seconds: float) -> str:
        speed = (self.done - (self._first or 0.0)) / seconds
        parts = [_counted(self.done, self._total, self._unit), f"{_amount(speed, self._unit)}/s", _clock(seconds)]
        if self._total and speed > 0:
            parts.append(f"{_clock((self._total - self.done) / speed)} left")
        return f"{_titled(self._name)}: {', '.join([*parts, self._note] if self._note else parts)}"


class _Done(ProgressColumn):
    """How much is done, of how much."""

    def render(self, task: Bar) -> Text:
        return Text(_counted(task.completed, task.total, task.fields["unit"]), style="progress.download")


class _Speed(ProgressColumn):
    """Units a second."""

    def render(self, task: Bar) -> Text:
        speed = task.speed
        shown = "" if speed is None else f"{_amount(speed, task.fields['unit'])}/s"
        return Text(shown, style="progress.data.speed")


class _Time(ProgressColumn):
    """How long it has taken, and how long it will."""

    def render(self, task: Bar) -> Text:
        left = task.time_remaining
        shown = _clock(task.elapsed or 0.0) + ("" if left is None else f", {_clock(left)} left")
        return Text(shown, style="progress.remaining")


def _titled(name: str) -> str:
    return name[:1].upper() + name[1:]


def _finished(name: str, done: float, unit: str, seconds: float) -> str:
    counted = f"{_counted(done, None, unit)} in " if done else ""
    return f"{_titled(name)}: {counted}{_clock(seconds)}"


def _counted(done: float, total: float | None, unit: str) -> str:
    if unit == "B":
        return _amount(done, unit) if total is None else f"{_amount(done, unit)} of {_amount(total, unit)}"
    if total is None:
        return f"{done:,.0f} {unit}".rstrip() if done else ""
    return f"{done:,.0f} of {total:,.0f} {unit}".rstrip()


def _amount(value: float, unit: str) -> str:
    if unit == "B":
        return f"{value / 1e6:,.1f} MB"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _clock(seconds: float) -> str:
    """Time as people read it: 4.2 s, 1:05, 2:03:04."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
