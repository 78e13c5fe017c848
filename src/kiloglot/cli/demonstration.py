"""What `kiloglot demo` shows: the scores of its model, a table of answers in many languages, and what to type next."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kiloglot.cli.answers import percent, slot_list
from kiloglot.cli.console import safe
from kiloglot.cli.reports import told_training

if TYPE_CHECKING:
    from kiloglot.stages.demo import DemoAnswer, DemoReport

__all__ = ["answers", "told_demo"]

_MARK = "\u200e"  # LEFT-TO-RIGHT MARK: invisible, and keeps right-to-left words from pulling in what stands beside them
_RIGHT_TO_LEFT = ("R", "AL")


def told_demo(console: Console, report: DemoReport) -> None:
    """Prints the demo's report."""
    told_training(console, report.trained)
    console.print()
    if report.trouble:
        console.print(Text(f"No answers: {report.trouble}", style="bold red"), soft_wrap=True)
    else:
        console.print(answers(report.model, report.answers))
    console.print()
    console.print(_next(report))


def _next(report: DemoReport) -> Table:
    model = shlex.quote(str(report.trained.model))
    table = Table.grid(padding=(0, 2))
    for command, meaning in (
        ("kiloglot shell", "talk to the bundled model"),
        (f"kiloglot parse --model {model} 'set a timer for ten minutes'", "ask the model that you have just trained"),
        ("kiloglot init my-assistant", "start your own, then: kiloglot train my-assistant"),
    ):
        table.add_row(Text(command, style="bold"), Text(meaning, style="dim"))
    return table


def answers(model: str, found: Sequence[DemoAnswer]) -> Table:
    """The table of what `model` says, whose columns stay in line in every script."""
    title = f"{model}: {len(found)} locales"
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, header_style="bold")
    table.add_column("locale", no_wrap=True)
    table.add_column("utterance")
    table.add_column("intent")
    table.add_column("slots")
    table.add_column("confidence", justify="right", no_wrap=True)
    table.add_column("ms", justify="right", no_wrap=True)
    for answer in found:
        table.add_row(*_row(answer))
    return table


def _row(answer: DemoAnswer) -> tuple[Text, ...]:
    parse = answer.parse
    intent = Text(parse.intent) if parse.rejected is None else Text(f"{parse.intent} ({parse.rejected})", style="red")
    return (
        Text(answer.locale),
        _kept_apart(Text(safe(parse.text))),
        intent,
        _kept_apart(slot_list(parse)),
        Text(percent(parse.confidence)),
        Text(f"{answer.milliseconds:.1f}"),
    )


def _kept_apart(text: Text) -> Text:
    """`text` between marks where it holds right-to-left letters: a bidirectional terminal then leaves columns alone."""
    if not any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text.plain):
        return text
    return Text.assemble(_MARK, text, _MARK)
