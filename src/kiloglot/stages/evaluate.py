"""Scores any system's predictions against labelled data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kiloglot.data import load, read_predictions
from kiloglot.data.whole import whole_folder
from kiloglot.errors import ConfigError, DataError
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring import EvaluationReport, draw_plots, evaluate, rasa_reports, render_page
from kiloglot.values import Dataset, Partition, Prediction

__all__ = ["EvaluateConfig", "run"]


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """What to score, and where the report goes."""

    data: Path
    """Labelled data: a project folder, a MASSIVE folder or archive, JSONL, or the data of another assistant."""
    predicted: Path
    """Predictions, JSONL: `id`, `locale`, `intent`, `slots` [{`type`, `start`, `end`}], one utterance a line."""
    partition: Partition = "dev"
    """Part of the data to score; every utterance of it must be predicted."""
    locales: tuple[str, ...] = ()
    """Locales to score; empty: all."""
    out: Path | None = None
    """New folder for report.json, mistakes.jsonl, the plots and report.html; none: nothing is written."""
    seed: int = 0
    """Seed of the resampling behind the intervals."""
    resamples: int = 1000
    """Bootstrap resamples behind the intervals."""
    rasa: bool = False
    """Whether the report's folder also has the files of `rasa test nlu`: intent_report.json and its companions."""
    remarks: tuple[str, ...] = ()
    """Lines that the report carries as they are."""


def run(config: EvaluateConfig, progress: Progress = SILENT) -> EvaluationReport:
    """Scores the predictions and, where asked to, writes the report.

    Raises DataError where the data or the predictions are wrong or do not fit each other, and MissingExtraError where
    a report is asked for and the packages that draw it are not installed; ConfigError for `rasa` without `out`. Then
    nothing is written.
    """
    if config.rasa and config.out is None:
        raise ConfigError("--rasa writes files and there is no folder", remedy="Name one with --out")
    target: AbstractContextManager[Path | None] = whole_folder(config.out) if config.out else nullcontext()
    with target as folder:
        with progress.task("read the data"):
            data = load(config.data, partitions=[config.partition], locales=config.locales or None)
        with progress.task("read the predictions"):
            predictions = read_predictions(config.predicted)
        report = _score(config, data, predictions, progress)
        if folder is not None:
            with progress.task("write the report"):
                pictures = _write(report, folder)
                if config.rasa:
                    _write_rasa(rasa_reports(data, predictions, config.partition), pictures, folder)
    return report


def _score(
    config: EvaluateConfig, data: Dataset, predictions: Sequence[Prediction], progress: Progress
) -> EvaluationReport:
    model = f"{config.predicted.stem}@{_digest(config.predicted)}"
    with progress.task("score"):
        return evaluate(
            data,
            predictions,
            config.partition,
            model=model,
            seed=config.seed,
            resamples=config.resamples,
            path=config.predicted,
            remarks=config.remarks,
        )


def _digest(path: Path) -> str:
    """Twelve hexadecimal digits of a file's SHA-256."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:12]
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", remedy="Check the path", path=path) from error


def _write(report: EvaluationReport, folder: Path) -> Mapping[str, bytes]:
    """Writes the report; returns its pictures."""
    pictures = draw_plots(report)
    (folder / "report.html").write_text(render_page(report, pictures), encoding="utf-8")
    (folder / "report.json").write_text(report.to_json() + "\n", encoding="utf-8")
    with (folder / "mistakes.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(mistake), ensure_ascii=False) + "\n" for mistake in report.mistakes)
    for name, content in pictures.items():
        (folder / name).write_bytes(content)
    return pictures


_RASA_PICTURES = {"confusion.png": "intent_confusion_matrix.png", "confidence.png": "intent_histogram.png"}


def _write_rasa(reports: Mapping[str, Any], pictures: Mapping[str, bytes], folder: Path) -> None:
    for name, content in reports.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for ours, theirs in _RASA_PICTURES.items():
        if ours in pictures:
            (folder / theirs).write_bytes(pictures[ours])
