"""`reread`: teaches the reader of words of a trained student anew, by itself."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kiloglot.data import load, sha256_of
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import WordNoise
from kiloglot.stages.record import RECORD, UNFINISHED, StageRecord, resumable_folder, trained_on, versions

__all__ = ["RereadConfig", "RereadReport", "run"]

_FILES = (RECORD, "student.pt", "student.json", "vocabularies.npz")


@dataclass(frozen=True, slots=True)
class RereadConfig:
    """Teach the reader of words anew."""

    student: Path
    """Folder that `finetune` wrote."""
    data: Path
    """The data that it was trained on."""
    words: Path
    """What words mean: the file `words.npz` that `kiloglot words` wrote."""
    out: Path
    """Folder for the student with its new reader; a killed run goes on after its last pass."""
    word_rows: int = 180_000
    """Rows of the table of words, at most."""
    reader: int = 256
    """Width of the reader."""
    reader_layers: int = 2
    """Layers of the reader, each of which sees one neighbour more on both sides."""
    epochs: int = 10
    """Passes over the data; the learning rate reaches its end with the last."""
    seed: int = 0
    """Seed of everything random."""
    overwrite: bool = False
    """Replace what lies at `out`."""
    noise: WordNoise = field(default_factory=WordNoise)
    """How words are read otherwise while it learns."""


@dataclass(frozen=True, slots=True)
class RereadReport:
    """What came of it."""

    out: Path
    """Folder of the student."""
    data: str
    """Name and signature of the data that the student was trained on."""
    before: tuple[float, float]
    """Intent accuracy and exact match on dev as it was, means over locales in [0, 1]."""
    after: tuple[float, float]
    """The same with the new reader."""
    seconds: float
    """Time of this process."""


def run(config: RereadConfig, progress: Progress = SILENT) -> RereadReport:
    """Teaches the reader, measures, and writes the student into `config.out`."""
    began = time.monotonic()
    try:
        from kiloglot.training import Rereading, Taught, WordVectors, check_settings, reread
    except ModuleNotFoundError as missing:
        raise MissingExtraError("teaching a reader", "train") from missing
    for name in ("word_rows", "reader", "reader_layers", "epochs"):
        if getattr(config, name) < 1:
            raise ConfigError(f"{name} is {getattr(config, name)}", remedy="It can be 1 or more")
    check_settings(config.noise)
    taught, trained = Taught.read(config.student), trained_on(config.student)
    vectors = WordVectors.read(config.words)
    data = load(config.data, partitions=("train", "dev"), locales=list(taught.locales))
    train, dev = data.only("train"), data.only("dev")
    if not (train and dev):
        raise DataError(f"{len(train)} and {len(dev)} utterances", remedy="Name data with train and dev")
    if data.ontology != taught.ontology:
        raise DataError("the data has other intents or slots than the student", remedy="Name what it was trained on")
    same = {"data": data.signature, "words": sha256_of(config.words), "versions": versions(), "overwrite": False}
    asked: dict[str, Any] = {**asdict(config), **same, "student": sha256_of(config.student / "student.pt")}
    settings = Rereading(
        config.word_rows, config.reader, config.reader_layers, config.epochs, config.noise, config.seed
    )
    with resumable_folder(
        config.out, asked, ours=(*_FILES, UNFINISHED), overwrite=config.overwrite, progress=progress
    ) as out:
        found = reread(taught, train, dev, vectors, settings, out / UNFINISHED, progress)
        told = (found.before.intent, found.before.exact), (found.after.intent, found.after.exact)
        seconds = time.monotonic() - began
        report = RereadReport(config.out, trained, *told, seconds)
        found.taught.write(out)
        StageRecord("reread", asdict(config), {"data": data.signature}, asdict(report), seconds).write(out)
    return report
