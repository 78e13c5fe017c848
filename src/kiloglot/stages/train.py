"""`train`: all that the owner of an assistant types. Checks the folder, trains, exports, scores, and shows what came
of it.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from kiloglot.data import load
from kiloglot.errors import DataError
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring import EvaluationReport
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.stages import evaluate, export, finetune, predict, validate
from kiloglot.values import Partition

__all__ = ["TrainConfig", "TrainReport", "run"]

_SMALL = Sizes(unit_rows=60_000, bag_rows=60_000, bits=8, min_count=2)
_SHORT = Fitting(epochs=12, patience=4, warmup=50, row_rate=1e-2, rate=3e-3, budget=2048)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Make a model of an assistant: check, train, export, score, report."""

    folder: Path
    """The assistant's folder, or other labelled utterances with train and dev."""
    out: Path | None = None
    """Folder for the model; default: FOLDER/model."""
    report: Path | None = None
    """Folder for the report; default: FOLDER/report."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    name: str = ""
    """Name of the model; default: the assistant's."""
    sizes: Sizes = field(default=_SMALL)
    """How large the student is."""
    noise: Noise = field(default_factory=Noise)
    """What is hidden from it while it learns."""
    weights: LossWeights = field(default_factory=LossWeights)
    """How much each part of the loss counts."""
    fitting: Fitting = field(default=_SHORT)
    """How it is trained."""


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of it."""

    model: Path
    """Folder of the model."""
    report: Path
    """The HTML page."""
    trained: finetune.FinetuneReport
    """What came of training."""
    exported: export.ExportReport
    """What was exported."""
    scores: EvaluationReport
    """Scores on `test` where the data has one, else on `dev`."""
    seconds: float
    """Time of it all."""


def run(config: TrainConfig, progress: Progress = SILENT) -> TrainReport:
    """Makes the model. Raises DataError where the folder has faults; a model that lies at `out` is replaced at the
    very end.
    """
    began = time.monotonic()
    _check(config.folder, progress)
    out, report = config.out or config.folder / "model", config.report or config.folder / "report"
    work = out.with_name(f".{out.name}.work")
    student = work / "student"
    trained = finetune.run(_finetuning(config, student), progress)
    data = load(config.folder, locales=config.locales or None)
    name = config.name or data.name
    exported = export.run(export.ExportConfig(student=student, data=config.folder, out=out, name=name), progress)
    partition: Partition = "test" if data.only("test") else "dev"
    predicted = work / "predicted.jsonl"
    asked = predict.PredictConfig(
        data=config.folder, out=predicted, partition=partition, model=str(out), locales=config.locales
    )
    predict.run(asked, progress)
    scored = evaluate.EvaluateConfig(
        data=config.folder, predicted=predicted, partition=partition, locales=config.locales, out=report
    )
    scores = evaluate.run(scored, progress)
    shutil.rmtree(work)
    return TrainReport(out, report / "report.html", trained, exported, scores, time.monotonic() - began)


def _check(folder: Path, progress: Progress) -> None:
    found = validate.run(validate.ValidateConfig(path=folder), progress)
    errors = [fault for fault in found.faults if fault.severity == "error"]
    for fault in found.faults:
        progress.say(str(fault))
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise DataError(
            f"{count} in the assistant", remedy=f"Mend them; `kiloglot validate {folder}` lists them", path=folder
        )


def _finetuning(config: TrainConfig, student: Path) -> finetune.FinetuneConfig:
    return finetune.FinetuneConfig(
        data=config.folder,
        out=student,
        locales=config.locales,
        overwrite=True,
        sizes=config.sizes,
        noise=config.noise,
        weights=config.weights,
        fitting=config.fitting,
    )
