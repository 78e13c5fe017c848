"""`finetune`: trains a student on labelled utterances."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kiloglot.data import load
from kiloglot.errors import MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.stages.record import StageRecord, resumable_folder

if TYPE_CHECKING:
    from kiloglot.training import Callback

__all__ = ["FinetuneConfig", "FinetuneReport", "run"]


@dataclass(frozen=True, slots=True)
class FinetuneConfig:
    """Train a student on labelled utterances."""

    data: Path
    """Labelled utterances: a project folder, MASSIVE, or JSONL."""
    out: Path
    """Folder for the student; a killed run goes on from its last checkpoint."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    tensorboard: Path | None = None
    """Folder for TensorBoard's curves."""
    overwrite: bool = False
    """Replace what lies at `out`."""
    sizes: Sizes = field(default_factory=Sizes)
    """How large the student is."""
    noise: Noise = field(default_factory=Noise)
    """What is hidden from it while it learns."""
    weights: LossWeights = field(default_factory=LossWeights)
    """How much each part of the loss counts."""
    fitting: Fitting = field(default_factory=Fitting)
    """How it is trained."""


@dataclass(frozen=True, slots=True)
class FinetuneReport:
    """What came of training."""

    out: Path
    """Folder of the student."""
    data: str
    """Name and signature of the training data."""
    utterances: int
    """Utterances trained on."""
    steps: int
    """Batches trained on."""
    best_epoch: int
    """The epoch whose student was kept, from 1."""
    intent: float
    """Its intent accuracy on dev, mean over locales in [0, 1], counted on units."""
    exact: float
    """Its exact match on dev, mean over locales in [0, 1], counted on units."""
    seconds: float
    """Time of this process."""


def run(config: FinetuneConfig, progress: Progress = SILENT) -> FinetuneReport:
    """Trains, keeps the best epoch on dev and writes the student into `config.out`."""
    try:
        from kiloglot.training import teach
    except ModuleNotFoundError as missing:
        raise MissingExtraError("training", "train") from missing
    data = load(config.data, partitions=("train", "dev"), locales=config.locales or None)
    with resumable_folder(config.out, config, overwrite=config.overwrite) as folder:
        lesson = teach(
            data,
            config.sizes,
            config.noise,
            config.weights,
            config.fitting,
            folder,
            callbacks=_callbacks(config),
            progress=progress,
        )
        lesson.taught.write(folder)
        at = lesson.position
        intent, exact = at.dev[at.best_epoch]
        report = FinetuneReport(
            out=config.out,
            data=f"{data.name}@{data.signature}",
            utterances=len(data.only("train")),
            steps=at.step,
            best_epoch=at.best_epoch + 1,
            intent=intent,
            exact=exact,
            seconds=lesson.seconds,
        )
        figures = {**asdict(report), "dev": at.dev, "curve": [round(loss, 4) for loss in at.curve]}
        StageRecord("finetune", asdict(config), {"data": data.signature}, figures, lesson.seconds).write(folder)
        for left in ("state.pt", "best.pt"):
            (folder / left).unlink()
    return report


def _callbacks(config: FinetuneConfig) -> list[Callback]:
    if config.tensorboard is None:
        return []
    try:
        from kiloglot.training.tensorboard import TensorBoard
    except ModuleNotFoundError as missing:
        raise MissingExtraError("TensorBoard", "train") from missing
    return [TensorBoard(config.tensorboard)]
