"""How well a model does on MASSIVE's `dev`: predicts with the locale told and not told, scores both, and shows what
there is to know. `make massive-dev`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.archive import unpacked
from benchmarks.confusable import ConfusedLocales, confused_locales
from benchmarks.floors import Figure, Floors, read_floors
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import read_predictions
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL
from kiloglot.scoring import EvaluationReport, Means
from kiloglot.scoring.table import plain_table
from kiloglot.stages import evaluate, predict
from kiloglot.stages.record import named_folder, refuse_foreign

__all__ = ["Scores", "main", "scored", "text"]

SUMMARY = "massive-dev.json"
_FILES = (SUMMARY, "report.*", "mistakes.jsonl", "*.png", "told.jsonl", "untold.jsonl", "untold")
_PAIRS = 12  # pairs of confused locales that are shown
_WORST = 8  # locales with the lowest exact match that are shown
_OFFICIAL: Mapping[Figure, str] = {"intent": "intent_acc", "slots": "slot_micro_f1"}
_SAID: Mapping[Figure, str] = {
    "intent": "intent below that of a LinearSVC",
    "slots": "slot F1 below that of a CRF",
}
_HEADER = ("", "intent", "95 %", "slot F1", "95 %", "exact", "95 %", "ECE")


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model reaches."""

    model: str
    """Its name and version."""
    told: EvaluationReport
    """Scores where the model is told each utterance's locale."""
    untold: EvaluationReport
    """Scores where it has to find out."""
    confused: tuple[ConfusedLocales, ...]
    """Locales that it takes for each other where it is not told, largest share first."""
    floors: Floors | None
    """What it should reach; None where the data is not MASSIVE."""
    seconds: tuple[float, float]
    """Time of parsing everything, told and untold."""

    def reached(self, figure: Figure) -> Mapping[str, float]:
        """The figure of each locale, told."""
        name = _OFFICIAL[figure]
        return {each.locale: getattr(each.official, name) for each in self.told.locales}

    def to_json(self) -> str:
        """The figures as indented JSON; those of each locale, intent and slot type are in the reports."""
        content = {
            "model": self.model,
            "told": _figures(self.told),
            "untold": _figures(self.untold),
            "confused_locales": [asdict(pair) for pair in self.confused],
            "floors": None if self.floors is None else _missed(self.floors, self),
            "seconds": {"told": self.seconds[0], "untold": self.seconds[1]},
        }
        return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def scored(data: Path, out: Path, model: str = DEFAULT_MODEL, progress: Progress = SILENT) -> Scores:
    """Scores `model` on the `dev` partition of `data`, and writes predictions, reports and a summary into `out`.

    What an earlier run wrote there is replaced at the end. Raises the errors of `predict` and `evaluate`.
    """
    refuse_foreign(out, _FILES)
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        fresh = Path(scratch) / "report"
        reports, seconds = [], []
        for name, folder in (("told", fresh), ("untold", fresh / "untold")):
            predicted = Path(scratch) / f"{name}.jsonl"
            asked = predict.PredictConfig(data=data, out=predicted, model=model, tell_locale=name == "told")
            said = predict.run(asked, progress)
            reports.append(evaluate.run(evaluate.EvaluateConfig(data=data, predicted=predicted, out=folder), progress))
            seconds.append(said.seconds)
        pairs = confused_locales(read_predictions(Path(scratch) / "untold.jsonl"))
        floors = read_floors()
        fitting = floors if floors.fit(reports[0].signature) else None
        scores = Scores(said.model, reports[0], reports[1], tuple(pairs), fitting, (seconds[0], seconds[1]))
        for name in ("told", "untold"):
            shutil.move(Path(scratch) / f"{name}.jsonl", fresh)
        (fresh / SUMMARY).write_text(scores.to_json(), encoding="utf-8")
        named_folder(fresh, out)
    return scores


def text(scores: Scores) -> str:
    """The figures for a terminal."""
    told, untold = scores.told, scores.untold
    rows = [*_rows("locale told", told), *_rows("locale not told", untold)]
    return "\n".join(
        [
            f"{scores.model} on {told.signature.data} dev: {told.signature.utterances:,} utterances, "
            f"means over {_mean(told).locales} locales",
            "",
            plain_table(_HEADER, rows),
            "corrected: without the fault of the official conversion in ja-JP, zh-CN and zh-TW",
            "",
            *_others(scores),
            "",
            str(told.signature),
        ]
    )


def _others(scores: Scores) -> list[str]:
    told, untold = scores.told, scores.untold
    worst = sorted(told.locales, key=lambda each: each.official.ex_match_acc)[:_WORST]
    pairs = [f"{' '.join(pair.locales)} {_percent(pair.share)}" for pair in scores.confused[:_PAIRS]]
    lowest = [f"{each.locale} {_percent(each.official.ex_match_acc)}" for each in worst]
    return [
        f"locales guessed right: {_percent(untold.answers.locale_acc)} %",
        f"taken for each other, % of both: {', '.join(pairs) or 'none'}",
        f"rejected: {_percent(told.answers.rejected or 0.0)} % told, {_percent(untold.answers.rejected or 0.0)} % not",
        f"lowest exact match: {', '.join(lowest)}",
        *(_below(scores.floors, scores) if scores.floors else ()),
        f"parsed in {scores.seconds[0]:.0f} s told and {scores.seconds[1]:.0f} s not",
    ]


def _below(floors: Floors, scores: Scores) -> Iterator[str]:
    for figure, said in _SAID.items():
        reached = scores.reached(figure)
        missed = floors.missed(figure, reached)
        gaps = "".join(f"\n  {tag} {_percent(own)}, floor {_percent(least)}" for tag, own, least in missed)
        compared = len(reached.keys() & floors.least[figure].keys())
        yield f"{said} of the locale: {len(missed)} of {compared} locales{gaps}"


def _missed(floors: Floors, scores: Scores) -> dict[str, object]:
    return {
        figure: {
            "system": system,
            "missed": [
                {"locale": tag, "reached": own, "floor": least}
                for tag, own, least in floors.missed(figure, scores.reached(figure))
            ],
        }
        for figure, system in floors.systems.items()
    }


def _rows(name: str, report: EvaluationReport) -> list[list[str]]:
    mean = _mean(report)
    cells = [name]
    for figure, interval in zip(_official(mean), mean.intervals, strict=True):
        cells += [_percent(figure), f"{_percent(interval.low)}-{_percent(interval.high)}"]
    right = mean.corrected
    corrected = ["  corrected", _percent(right.intent_acc), "", _percent(right.slot_micro_f1), ""]
    return [[*cells, _percent(report.answers.ece)], [*corrected, _percent(right.ex_match_acc), "", ""]]


def _mean(report: EvaluationReport) -> Means:
    """Over the 51 locales of MASSIVE 1.0, as published results are; over all where some of them are absent."""
    return report.mean_1_0 or report.mean


def _official(mean: Means) -> tuple[float, float, float]:
    return mean.official.intent_acc, mean.official.slot_micro_f1, mean.official.ex_match_acc


def _figures(report: EvaluationReport) -> dict[str, object]:
    mean = _mean(report)
    return {
        "mean": asdict(mean),
        "answers": asdict(report.answers),
        "locales": {each.locale: asdict(each.official) for each in report.locales},
        "signature": str(report.signature),
    }


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def main() -> int:
    """Reads the flags, scores, prints."""
    parser = argparse.ArgumentParser(prog="make massive-dev", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1: its archive or its folder")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="bundled model by name, or a model's folder")
    parser.add_argument("--out", type=Path, default=Path("work/massive-dev"), help="folder for the report")
    asked = parser.parse_args()
    data = unpacked(asked.data, asked.out.parent)
    scores = scored(data, asked.out, asked.model, reporter(quiet=False))
    sys.stdout.write(f"{text(scores)}\nreport: {asked.out / 'report.html'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
