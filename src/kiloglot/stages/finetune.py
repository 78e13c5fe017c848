"""`finetune`: trains a student on labelled utterances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiloglot.data import load, sha256_of
from kiloglot.errors import ConfigError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import Artifact, model_folder
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.stages.record import RECORD, UNFINISHED, Processes, StageRecord, resumable_folder, versions
from kiloglot.text import HASH_VERSION
from kiloglot.values import Dataset

if TYPE_CHECKING:
    from kiloglot.training import Callback, Lesson, WordVectors

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
    base: str = ""
    """Model to start from, a bundled one by name or a folder, whose sizes it keeps; default: from nothing."""
    words: Path | None = None
    """File of word vectors, as `kiloglot words` writes it; default: it is told no words, or those of its base."""
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
    """The epoch whose student was kept, from 1; 0 where only the heads of the base's student were learned."""
    intent: float
    """Its intent accuracy on dev, mean over locales in [0, 1], counted on units."""
    exact: float
    """Its exact match on dev, mean over locales in [0, 1], counted on units."""
    seconds: float
    """Time of this process."""


def run(config: FinetuneConfig, progress: Progress = SILENT) -> FinetuneReport:
    """Trains, keeps the best epoch on dev and writes the student into `config.out`.

    Under `accelerate launch` or `torchrun`, all processes train and the first one writes.
    """
    try:
        from kiloglot.training import WordVectors, accelerator_for, check_settings
    except ModuleNotFoundError as missing:
        raise MissingExtraError("training", "train") from missing
    if config.words and config.base:
        raise ConfigError("a base brings its own words", remedy="Leave out --words, or train from nothing")
    check_settings(config.sizes, config.noise, config.weights, config.fitting)
    words = WordVectors.read(config.words) if config.words else None
    processes = accelerator_for(config.fitting.device)
    progress = progress if processes.is_main_process else SILENT
    callbacks = _callbacks(config, processes)
    data = load(config.data, partitions=("train", "dev"), locales=config.locales or None)
    asked = _asked(config, data, processes.num_processes)
    with resumable_folder(
        config.out, asked, ours=_OURS, overwrite=config.overwrite, processes=processes, progress=progress
    ) as folder:
        lesson = _lesson(config, data, words, folder / UNFINISHED, callbacks, progress)
        report = _report(config, data, lesson)
        if processes.is_main_process:
            lesson.taught.write(folder)
            _record(config, data, lesson, report).write(folder)
    return report


def _lesson(
    config: FinetuneConfig,
    data: Dataset,
    words: WordVectors | None,
    folder: Path,
    callbacks: Sequence[Callback],
    progress: Progress,
) -> Lesson:
    from kiloglot.training import revived, teach, teach_from

    if not config.base:
        return teach(
            data,
            config.sizes,
            config.noise,
            config.weights,
            config.fitting,
            folder,
            words=words,
            callbacks=callbacks,
            progress=progress,
        )
    base = revived(Artifact.read(model_folder(config.base)))
    return teach_from(
        base, data, config.noise, config.weights, config.fitting, folder, callbacks=callbacks, progress=progress
    )


def _signature_of(base: str) -> str:
    """SHA-256 of the manifest of a model, which holds the hashes of all else."""
    return sha256_of(model_folder(base) / "manifest.json") if base else ""


def _asked(config: FinetuneConfig, data: Dataset, processes: int) -> dict[str, Any]:
    """All that decides which student comes of it: a run goes on only from a checkpoint of the same."""
    found = versions()
    return {
        "sizes": asdict(config.sizes),
        "noise": asdict(config.noise),
        "weights": asdict(config.weights),
        "fitting": asdict(replace(config.fitting, save_seconds=0, device="auto")),
        "data": data.signature,
        "base": _signature_of(config.base),
        "words": sha256_of(config.words) if config.words else "",
        "hashing": HASH_VERSION,
        "processes": processes,
        "versions": {name: found.get(name) for name in ("kiloglot", "torch")},
    }


def _report(config: FinetuneConfig, data: Dataset, lesson: Lesson) -> FinetuneReport:
    at = lesson.position
    intent, exact = at.dev[at.best_epoch]
    return FinetuneReport(
        out=config.out,
        data=f"{data.name}@{data.signature}",
        utterances=len(data.only("train")),
        steps=at.step,
        best_epoch=at.best_epoch + 1,
        intent=intent,
        exact=exact,
        seconds=lesson.seconds,
    )


def _record(config: FinetuneConfig, data: Dataset, lesson: Lesson, report: FinetuneReport) -> StageRecord:
    at = lesson.position
    figures = {**asdict(report), "dev": at.dev, "curve": [round(loss, 4) for loss in at.curve]}
    return StageRecord("finetune", asdict(config), {"data": data.signature}, figures, lesson.seconds)


def _callbacks(config: FinetuneConfig, processes: Processes) -> list[Callback]:
    if config.tensorboard is None or not processes.is_main_process:
        return []
    try:
        from kiloglot.training.tensorboard import TensorBoard
    except ModuleNotFoundError as missing:
        raise MissingExtraError("TensorBoard", "train") from missing
    return [TensorBoard(config.tensorboard)]


_OURS = (RECORD, "student.pt", "student.json", "vocabularies.npz", UNFINISHED)
