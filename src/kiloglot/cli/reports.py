"""What the report of each stage looks like on a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from kiloglot.cli.answers import percent
from kiloglot.cli.console import output, safe
from kiloglot.cli.jsons import plain, write

if TYPE_CHECKING:
    from kiloglot.data import Left
    from kiloglot.scoring import EvaluationReport
    from kiloglot.stages.convert import ConvertReport
    from kiloglot.stages.doubt import DoubtReport
    from kiloglot.stages.evaluate import EvaluateConfig
    from kiloglot.stages.export import ExportReport
    from kiloglot.stages.finetune import FinetuneReport
    from kiloglot.stages.init import InitReport
    from kiloglot.stages.predict import PredictReport
    from kiloglot.stages.prepare import PrepareReport
    from kiloglot.stages.prepare_home_assistant import PrepareHomeReport
    from kiloglot.stages.reread import RereadReport
    from kiloglot.stages.run import RunReport
    from kiloglot.stages.suggest import SuggestReport
    from kiloglot.stages.train import TrainReport
    from kiloglot.stages.validate import ValidateReport
    from kiloglot.stages.words import WordsReport

__all__ = ["facts", "show", "told_scores", "told_training"]


def show(verb: str, config: Any, report: Any, as_json: bool) -> None:
    """Prints the report of a stage on standard output."""
    if as_json:
        write(plain(report), indent=1)
    else:
        _SHOWN[verb](output(), config, report)


def facts(*rows: tuple[str, object]) -> Table:
    """Names and values in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, safe(str(value)))
    return table


def _next(*commands: str) -> RenderableType:
    return Text("\n").join(Text.assemble(("Next: ", "dim"), (safe(command), "bold")) for command in commands)


def _started(console: Console, config: Any, report: InitReport) -> None:
    folder = shlex.quote(str(report.folder))
    console.print(facts(("assistant", report.folder), ("locales", ", ".join(report.locales))))
    console.print(_next(f"kiloglot train {folder}"), soft_wrap=True)


def _converted(console: Console, config: Any, report: ConvertReport) -> None:
    about = f"{_count(len(report.intents), 'intent')}, {_count(report.sentences, 'sentence')}"
    console.print(
        facts(
            ("read", f"{report.source}: {report.from_}, {about}"),
            ("written", f"{report.target}: {report.to}, {_count(report.written, 'sentence')}"),
            ("locales", ", ".join(report.locales)),
            ("lists", f"{_count(report.lists, 'list')}, {_count(report.synonyms, 'synonym')}"),
        )
    )
    _told_left(console, report.left)
    for lost in report.lost:
        console.print(Text(safe(f"intent {lost.intent} is left out: {lost.reason}"), "yellow"), soft_wrap=True)
    if report.to == "project":
        console.print(_next(f"kiloglot train {shlex.quote(str(report.target))}"), soft_wrap=True)


def _told_left(console: Console, all_left: Iterable[Left]) -> None:
    for left in all_left:
        examples = f" ({', '.join(left.examples)})" if left.examples else ""
        console.print(Text(safe(f"{left.count:,} {left.reason}{examples}")), soft_wrap=True)


def _validated(console: Console, config: Any, report: ValidateReport) -> None:
    for fault in report.faults:
        shown = Text(safe(str(fault)))
        shown.highlight_words([f" {fault.severity}: "], style="bold red" if fault.severity == "error" else "yellow")
        console.print(shown, soft_wrap=True)
    found = f"{_count(report.errors, 'error')}, {_count(report.warnings, 'warning')}"
    about = f"{_count(report.utterances, 'utterance')}, {_count(len(report.locales), 'locale')}"
    console.print(Text.assemble((found, "bold green" if report.ok else "bold red"), f": {about}"))


def _trained(console: Console, config: Any, report: TrainReport) -> None:
    told_training(console, report)
    model = shlex.quote(str(report.model))
    console.print(_next(f"kiloglot parse --model {model} 'what you would say'"), soft_wrap=True)


def _suggested(console: Console, config: Any, report: SuggestReport) -> None:
    for each in report.suggestions:
        console.print(Text.assemble((f"{each.kind} ", "bold"), safe(each.text)), soft_wrap=True)
        for example in each.examples:
            console.print(Text(safe(f"    {example}{'  ' + each.where if each.where else ''}"), "dim"), soft_wrap=True)
    console.print(
        facts(
            ("looked at", _count(report.sentences, "sentence")),
            ("told by the others", f"{percent(report.accuracy)} of their intents"),
            ("write first in", ", ".join(report.first_locales)),
            ("expect least in", ", ".join(f"{locale} ({percent(each)})" for locale, each in report.unwritten[:5])),
        )
    )


def told_training(console: Console, report: TrainReport) -> None:
    """Prints what came of making a model: its scores, size and calibration, and where everything lies."""
    told_scores(console, report.scores)
    size, calibration = report.exported.bytes / 1e6, report.exported.calibration
    console.print(
        facts(
            ("model", f"{report.model} ({size:.1f} MB)"),
            ("report", report.report),
            ("calibration error", f"{percent(calibration.ece_before)}, {percent(calibration.ece_after)} calibrated"),
            ("rejects", f"below a confidence of {percent(calibration.threshold)}"),
            ("time", _time(report.seconds)),
        )
    )


def told_scores(console: Console, report: EvaluationReport) -> None:
    """Prints the table of scores."""
    console.print(Text(report.to_text()), soft_wrap=True)


def _prepared(console: Console, config: Any, report: PrepareReport) -> None:
    counts = [(partition, f"{count:,}") for partition, count in report.partitions]
    rows = (("folder", report.out), ("locales", len(report.locales)), *counts, ("signature", report.signature))
    console.print(facts(*rows))


def _home_prepared(console: Console, config: Any, report: PrepareHomeReport) -> None:
    counts = [(partition, f"{count:,}") for partition, count in report.partitions]
    console.print(
        facts(
            ("folder", report.out),
            ("locales", len(report.locales)),
            ("templates", f"{report.templates:,}"),
            ("intents", report.intents),
            ("names of the home", f"{report.names:,}"),
            *counts,
        )
    )
    _told_left(console, report.left)
    console.print(_next(f"kiloglot finetune --data {shlex.quote(str(report.out))} --out student"), soft_wrap=True)


def _finetuned(console: Console, config: Any, report: FinetuneReport) -> None:
    console.print(
        facts(
            ("student", report.out),
            ("data", f"{report.data}, {report.utterances:,} utterances"),
            ("best epoch", f"{report.best_epoch}, after {report.steps:,} steps in all"),
            ("dev", f"intent {percent(report.intent)}, exact match {percent(report.exact)}"),
            ("time", _time(report.seconds)),
        )
    )
    student, data = shlex.quote(str(report.out)), shlex.quote(str(config.data))
    console.print(_next(f"kiloglot export --student {student} --data {data} --out MODEL"), soft_wrap=True)


def _exported(console: Console, config: Any, report: ExportReport) -> None:
    calibration, pruning = report.calibration, report.pruning
    console.print(
        facts(
            ("model", f"{report.out} ({report.bytes / 1e6:.1f} MB)"),
            ("differs from torch", f"on {percent(report.differing)} of dev"),
            ("dev", f"intent {percent(report.intent)}, exact match {percent(report.exact)}"),
            *([("budget", pruning.told(report.intent, report.exact))] if pruning else []),
            ("calibration error", f"{percent(calibration.ece_before)}, {percent(calibration.ece_after)} calibrated"),
            ("rejects", f"below a confidence of {percent(calibration.threshold)}"),
        )
    )


def _worded(console: Console, config: Any, report: WordsReport) -> None:
    from kiloglot.stages.words import VECTORS

    console.print(
        facts(
            ("vectors", f"{report.out}, {report.words:,} words, {report.parts:,} parts of words"),
            ("kept", f"{percent(report.kept)} of what the encoder tells apart"),
            ("time", _time(report.seconds)),
        )
    )
    data, words = shlex.quote(str(config.data)), shlex.quote(str(report.out / VECTORS))
    console.print(_next(f"kiloglot finetune --data {data} --words {words} --out student"), soft_wrap=True)


def _reread(console: Console, config: Any, report: RereadReport) -> None:
    both = (" / ".join(map(percent, figures)) for figures in (report.after, report.before))
    console.print(
        facts(
            ("student", report.out),
            ("dev", "{}, before {} (intent / exact match)".format(*both)),
            ("time", _time(report.seconds)),
        )
    )
    data, out = shlex.quote(str(config.data)), shlex.quote(str(report.out))
    console.print(_next(f"kiloglot export --student {out} --data {data} --out model"), soft_wrap=True)


def _doubting(console: Console, config: Any, report: DoubtReport) -> None:
    console.print(
        facts(
            ("student", report.out),
            ("learned from", f"{report.commands:,} commands, {report.sentences:,} sentences that are none"),
            (
                "accepted",
                f"{percent(report.accepted)} of such where 95 % of dev are, AUROC {report.auroc:.3f}",
            ),
            ("time", _time(report.seconds)),
        )
    )
    data, out = shlex.quote(str(config.data)), shlex.quote(str(report.out))
    console.print(_next(f"kiloglot export --student {out} --data {data} --out model"), soft_wrap=True)


def _predicted(console: Console, config: Any, report: PredictReport) -> None:
    speed = report.utterances / report.seconds if report.seconds else 0.0
    console.print(
        facts(
            ("predictions", f"{report.out}, {report.utterances:,} utterances, {report.rejected:,} rejected"),
            ("model", report.model),
            ("time", f"{_time(report.seconds)}, {speed:,.0f} utterances/s"),
        )
    )
    data, out = shlex.quote(str(config.data)), shlex.quote(str(report.out))
    command = f"kiloglot evaluate --data {data} --partition {config.partition} --predicted {out}"
    console.print(_next(command), soft_wrap=True)


def _evaluated(console: Console, config: EvaluateConfig, report: EvaluationReport) -> None:
    told_scores(console, report)
    if config.out:
        console.print(facts(("report", config.out / "report.html")))


def _ran(console: Console, config: Any, report: RunReport) -> None:
    done, skipped = ", ".join(report.done) or "nothing", ", ".join(report.skipped) or "nothing"
    rows = (("recipe", report.recipe), ("done", done), ("done before", skipped), ("time", _time(report.seconds)))
    console.print(facts(*rows))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _demonstrated(console: Console, config: Any, report: Any) -> None:
    from kiloglot.cli.demonstration import told_demo

    told_demo(console, report)


_SHOWN: dict[str, Callable[[Console, Any, Any], None]] = {
    "demo": _demonstrated,
    "init": _started,
    "convert": _converted,
    "validate": _validated,
    "train": _trained,
    "suggest": _suggested,
    "prepare": _prepared,
    "prepare home-assistant": _home_prepared,
    "words": _worded,
    "finetune": _finetuned,
    "reread": _reread,
    "doubt": _doubting,
    "export": _exported,
    "predict": _predicted,
    "evaluate": _evaluated,
    "run": _ran,
}
