"""What each megabyte of a model buys: one student exported at several sizes, scored and timed. `make size-curve`."""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.apart import apart
from benchmarks.archive import unpacked
from benchmarks.corpus import pieces
from benchmarks.machine import Machine, this_machine
from benchmarks.picture import INK, OURS, plain
from benchmarks.sizes import folder_bytes
from benchmarks.timing import Latency, timed
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import load, sha256_of
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import NLU
from kiloglot.scoring import EvaluationReport, Means
from kiloglot.scoring.table import plain_table
from kiloglot.stages import evaluate, export, predict
from kiloglot.stages.record import named_folder, refuse_foreign

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BUDGETS", "Curve", "Point", "latency", "main", "measured", "picture", "text"]

BUDGETS = ("1.5MB", "3MB", "6MB", "12MB", "25MB")
"""Sizes of the curve; the last has room for all rows of the bundled model."""
_FILES = ("size-curve.json", "size-curve.png")
_PACKAGES = ("kiloglot", "numpy", "onnxruntime")
_UNITS = 12  # length of what is timed
_TOLERANCE = 0.01  # of dev that may be parsed otherwise than by torch: few rows leave many answers near a tie
_QUESTIONS = 2000
_LABELS = {"intent": "intent accuracy", "slot_f1": "slot F1", "exact": "exact match"}


@dataclass(frozen=True, slots=True)
class Point:
    """The model of one budget."""

    budget: str
    """As `kiloglot export` was told it."""
    bytes: int
    """Everything in its folder."""
    rows: tuple[int, int]
    """Rows of the tables that describe units and utterances."""
    intent: float
    """Official intent accuracy on dev, mean over locales in [0, 1]."""
    slot_f1: float
    """Official slot micro-F1, likewise."""
    exact: float
    """Official exact match, likewise."""
    differing: float
    """Share of dev utterances, in [0, 1], that are parsed otherwise than by the pruned student in torch."""
    latency: Latency
    """Of utterances of 12 units, their locale not told, in milliseconds."""


@dataclass(frozen=True, slots=True)
class _Scored:
    point: Point
    """Its latency is not taken yet."""
    data: str
    """Name and signature of what was scored."""
    locales: int
    """Locales that the means are over."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One run."""

    machine: Machine
    """Where."""
    data: str
    """Name and signature of what was scored."""
    locales: int
    """Locales that the means are over."""
    points: tuple[Point, ...]
    """Smallest first."""
    seconds: float
    """Time of the whole run."""

    def to_json(self) -> str:
        """All figures as indented JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def measured(
    student: Path,
    data: Path,
    out: Path,
    *,
    budgets: Sequence[str] = BUDGETS,
    seconds: float = 5.0,
    tolerance: float = _TOLERANCE,
    progress: Progress = SILENT,
) -> Curve:
    """Exports `student` at each of `budgets`, and writes size-curve.json and .png into `out`.

    Models and scores stay beside it in OUT.models: another run of the same student and data takes only the times anew.
    Every latency is taken for about `seconds`, when all models are there. Raises the errors of `export`.
    """
    refuse_foreign(out, _FILES)
    began, machine = time.monotonic(), this_machine(_PACKAGES)
    work = out.with_name(f"{out.name}.models").resolve()
    work.mkdir(parents=True, exist_ok=True)
    dev = load(data, partitions=["dev"])
    key = f"{sha256_of(student / 'student.pt')} {dev.signature} {tolerance}"
    scored = [_scored(student, data, work / budget, tolerance, key, progress) for budget in budgets]
    questions = pieces([u.text for u in random.Random(0).sample(dev.utterances, len(dev.utterances))], _UNITS)
    asked = {"texts": questions[:_QUESTIONS], "seconds": seconds}
    times = [apart("benchmarks.size_curve:latency", {**asked, "model": str(work / each)}) for each in budgets]
    points = tuple(replace(each.point, latency=Latency(**took)) for each, took in zip(scored, times, strict=True))
    curve = Curve(machine, scored[0].data, scored[0].locales, points, time.monotonic() - began)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        fresh = Path(scratch) / "report"
        fresh.mkdir()
        (fresh / "size-curve.json").write_text(curve.to_json(), encoding="utf-8")
        (fresh / "size-curve.png").write_bytes(picture(curve))
        named_folder(fresh, out)
    return curve


def _scored(student: Path, data: Path, out: Path, tolerance: float, key: str, progress: Progress) -> _Scored:
    """The model of a budget, exported to `out`, whose name is the budget, and scored; what is there is read."""
    record = out.with_name(f"{out.name}.json")
    if record.is_file() and (known := json.loads(record.read_text(encoding="utf-8")))["key"] == key:
        point = known["scored"]["point"]
        whole = Point(**{**point, "rows": tuple(point["rows"]), "latency": Latency(**point["latency"])})
        return _Scored(whole, known["scored"]["data"], known["scored"]["locales"])
    progress.say(f"{out.name}:")
    for left in (out, out.with_name(f"{out.name}.jsonl"), record):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    asked = export.ExportConfig(student=student, data=data, out=out, budget=out.name, tolerance=tolerance)
    exported = export.run(asked, progress)
    predicted = out.with_name(f"{out.name}.jsonl")
    predict.run(predict.PredictConfig(data=data, out=predicted, model=str(out)), progress)
    report = evaluate.run(evaluate.EvaluateConfig(data=data, predicted=predicted, resamples=100), progress)
    found = _Scored(_point(out, exported, report), report.signature.data, _mean(report).locales)
    record.write_text(json.dumps({"key": key, "scored": asdict(found)}), encoding="utf-8")
    return found


def _mean(report: EvaluationReport) -> Means:
    """Over the 51 locales of MASSIVE 1.0, as published results are; over all where some of them are absent."""
    return report.mean_1_0 or report.mean


def _point(folder: Path, exported: export.ExportReport, scores: EvaluationReport) -> Point:
    artifact, mean = NLU.load(str(folder)).artifact, _mean(scores).official
    return Point(
        budget=folder.name,
        bytes=folder_bytes(folder),
        rows=(len(artifact.units.scales), len(artifact.bag.scales)),
        intent=mean.intent_acc,
        slot_f1=mean.slot_micro_f1,
        exact=mean.ex_match_acc,
        differing=exported.differing,
        latency=Latency(0.0, 0.0, 0.0, 0),
    )


def latency(asked: dict[str, Any]) -> dict[str, Any]:
    """Times `asked["model"]` on `asked["texts"]`; run in a process of its own."""
    nlu = NLU.load(asked["model"])
    return asdict(timed(nlu.parse, asked["texts"], asked["seconds"]))


def text(curve: Curve) -> str:
    """The table for a terminal."""
    header = ("budget", "MB", "rows", "intent", "slot F1", "exact", "p50 ms", "p99 ms", "unlike torch")
    rows = [
        [
            point.budget,
            f"{point.bytes / 1e6:.2f}",
            f"{sum(point.rows):,}",
            *(f"{100 * share:.1f}" for share in (point.intent, point.slot_f1, point.exact)),
            f"{point.latency.p50:.2f}",
            f"{point.latency.p99:.2f}",
            f"{point.differing:.2%}",
        ]
        for point in curve.points
    ]
    machine = curve.machine
    return "\n".join(
        [
            f"{curve.data} dev, locale told, means over {curve.locales} locales; rows pruned after training",
            f"Times: 12 units, locale not told, one thread of {machine.processor}"
            + (f"; other work was running ({machine.load:.1f} processes): take ratios" if machine.busy else ""),
            "",
            plain_table(header, rows),
        ]
    )


def picture(curve: Curve) -> bytes:
    """A PNG: scores against size, and latency against size, where nothing else was running meanwhile."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6) if curve.machine.busy else (9, 3.6), layout="constrained")
    scores, *times = figure.subplots(1, 1 if curve.machine.busy else 2, squeeze=False)[0]
    sizes = [point.bytes / 1e6 for point in curve.points]
    for name, mark in (("intent", "o-"), ("slot_f1", "s--"), ("exact", "D:")):
        shares = [100 * getattr(point, name) for point in curve.points]
        scores.plot(sizes, shares, mark, color=OURS, label=_LABELS[name])
    scores.legend(frameon=False, fontsize=8, loc="lower right")
    _sized(scores, sizes, f"on dev, %, mean over {curve.locales} locales")
    for axes in times:
        axes.plot(sizes, [point.latency.p50 for point in curve.points], "o-", color=OURS)
        axes.set_ylim(0, 1.2 * max(point.latency.p50 for point in curve.points))
        _sized(axes, sizes, "one utterance of 12 units, ms, median")
    figure.suptitle("One student, pruned after training to the size of its folder", fontsize=11, color=INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def _sized(axes: Axes, sizes: Sequence[float], title: str) -> None:
    """Sizes in MB along the bottom, each named, on a logarithmic scale."""
    axes.set_xscale("log")
    axes.set_xlabel("MB of the model's folder", fontsize=8)
    plain(axes, title)
    axes.set_xticks(sizes, [f"{size:.3g}" for size in sizes])
    axes.set_xticks([], minor=True)


def main() -> int:
    """Reads the flags, measures, prints."""
    parser = argparse.ArgumentParser(prog="make size-curve", description=__doc__)
    parser.add_argument("--student", type=Path, required=True, help="folder that `kiloglot finetune` wrote")
    parser.add_argument("--data", type=Path, required=True, help="what it was trained on: an archive or a folder")
    parser.add_argument("--out", type=Path, default=Path("work/size-curve"), help="folder for the figures")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each latency is measured")
    asked = parser.parse_args()
    data = unpacked(asked.data, asked.out.parent)
    curve = measured(asked.student, data, asked.out, seconds=asked.seconds, progress=reporter(quiet=False))
    sys.stdout.write(f"{text(curve)}\nmeasured in {curve.seconds:.0f} s: {asked.out / 'size-curve.png'}, .json\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
