"""`doubt`: teaches a finished student, from plain text, what is no command."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiloglot.data import load, sha256_of, text_lines
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import WordNoise
from kiloglot.stages.record import RECORD, UNFINISHED, StageRecord, resumable_folder, trained_on, versions
from kiloglot.values import Dataset, Utterance

if TYPE_CHECKING:
    from kiloglot.training import Sentences

__all__ = ["DoubtConfig", "DoubtReport", "run"]

_FILES = (RECORD, "student.pt", "student.json", "vocabularies.npz")
_MEASURED = 20  # One line of plain text in so many is not learned from.
_LONGEST = 200  # code points of a line; nobody says more at once


@dataclass(frozen=True, slots=True)
class DoubtConfig:
    """Teach a student what is no command."""

    student: Path
    """Folder that `finetune` wrote."""
    data: Path
    """The data that it was trained on."""
    texts: tuple[Path, ...]
    """Files of plain text, a sentence a line, or folders of such `.txt` files: none of it commands, in as many of the
    student's languages as can be. What each of them has weighs the same in all, and files of one folder as the square
    roots of their sizes."""
    out: Path
    """Folder for the student that doubts."""
    each: int = 2000
    """Lines of each file, and utterances of each locale, that it learns from at most."""
    reader_passes: int = 0
    """Passes in which its reader of words learns along, which then learns the intents of all utterances as well; 0: all
    but the doubt stays as it is."""
    words: Path | None = None
    """File of word vectors, as `kiloglot words` writes it, by which it finds synonyms."""
    width: int = 64
    """Width of the perceptron."""
    keep: float = 0.98
    """Share of dev utterances, in (0, 1), that are rather commands than not."""
    seed: int = 0
    """Seed of everything random."""
    overwrite: bool = False
    """Replace what lies at `out`."""
    noise: WordNoise = field(default_factory=WordNoise)
    """How its reader, where it learns along, reads words otherwise."""


@dataclass(frozen=True, slots=True)
class DoubtReport:
    """What came of it."""

    out: Path
    """Folder of the student."""
    data: str
    """Name and signature of the data that the student was trained on."""
    commands: int
    """Utterances learned from."""
    sentences: int
    """Lines of plain text learned from."""
    auroc: float
    """How often an utterance of dev is doubted less than a line that was not learned from, in [0, 1]."""
    accepted: float
    """Share of those lines, in [0, 1], that are accepted where 95 % of dev are."""
    seconds: float
    """Time of this process."""


def run(config: DoubtConfig, progress: Progress = SILENT) -> DoubtReport:
    """Learns, measures, and writes the student into `config.out`."""
    began = time.monotonic()
    try:
        from kiloglot.training import Along, Taught, WordVectors, check_settings, doubting
    except ModuleNotFoundError as missing:
        raise MissingExtraError("learning to doubt", "train") from missing
    check_settings(config.noise)
    sources = _checked(config)
    vectors = WordVectors.read(config.words) if config.words else None
    along = Along(config.reader_passes, config.noise, vectors) if config.reader_passes else None
    taught, trained = Taught.read(config.student), trained_on(config.student)
    data = load(config.data, partitions=("train", "dev"), locales=list(taught.locales))
    if data.ontology != taught.ontology:
        raise DataError("the data has other intents or slots than the student", remedy="Name what it was trained on")
    train, dev = _sentences(config, sources, data)
    same = {"data": data.signature, "versions": versions(), "overwrite": False}
    hashes = [[sha256_of(file) for file in files] for files in sources]
    asked: dict[str, Any] = {**asdict(config), **same, "texts": hashes}
    asked["words"] = sha256_of(config.words) if config.words else ""
    asked["student"] = sha256_of(config.student / "student.pt")
    with resumable_folder(
        config.out, asked, ours=(*_FILES, UNFINISHED), overwrite=config.overwrite, progress=progress
    ) as out:
        found = doubting(
            taught,
            train,
            dev,
            out / UNFINISHED,
            width=config.width,
            keep=config.keep,
            along=along,
            seed=config.seed,
            progress=progress,
        )
        seconds = time.monotonic() - began
        sizes = len(train.commands), train.count
        report = DoubtReport(config.out, trained, *sizes, found.auroc, found.accepted, seconds)
        found.taught.write(out)
        StageRecord("doubt", asdict(config), {"data": data.signature}, asdict(report), seconds).write(out)
    return report


def _checked(config: DoubtConfig) -> list[list[Path]]:
    """The files of plain text, source by source. Raises ConfigError for a setting that cannot be, DataError where there
    is no file.
    """
    for name, least in (("each", 1), ("width", 1), ("reader_passes", 0)):
        if getattr(config, name) < least:
            raise ConfigError(f"{name} is {getattr(config, name)}", remedy=f"It can be {least} or more")
    if config.noise != WordNoise() and not config.reader_passes:
        raise ConfigError("no reader learns along that could read words otherwise", remedy="Give --reader-passes")
    if bool(config.noise.synonyms) != bool(config.words):
        raise ConfigError("synonyms are found by word vectors", remedy="Give both --synonyms and --words, or neither")
    if not 0 < config.keep < 1:
        raise ConfigError(f"keep is {config.keep}", remedy="It can be above 0 and below 1")
    sources = [sorted(path.glob("*.txt")) if path.is_dir() else [path] for path in config.texts]
    empty = next((path for path, files in zip(config.texts, sources, strict=True) if not files), None)
    if empty or not sources:
        raise DataError("no file of plain text", remedy="Name files, or folders that hold .txt files", path=empty)
    return sources


def _sentences(config: DoubtConfig, sources: Sequence[Sequence[Path]], data: Dataset) -> tuple[Sentences, Sentences]:
    """What it learns from, and what is measured. Raises DataError where there is nothing of something."""
    from kiloglot.training import Sentences

    intent, locale = data.ontology.intents[0], data.locales[0]
    lines = [[list(_lines(file, config.each, intent, locale)) for file in files] for files in sources]
    commands = {"train": data.only("train"), "dev": data.only("dev")}
    if not config.reader_passes:
        commands["train"] = tuple(_some(commands["train"], config.each))
    train, dev = (
        Sentences(own, [[_of(partition, file) for file in source] for source in lines])
        for partition, own in commands.items()
    )
    found = [len(part.commands) for part in (train, dev)] + [part.count for part in (train, dev)]
    if not all(found):
        problem = "{2} lines to learn from, {3} others, {0} and {1} commands".format(*found)
        raise DataError(problem, remedy="Name more plain text, and data with train and dev")
    return train, dev


def _of(partition: str, lines: Sequence[Utterance]) -> list[Utterance]:
    return [line for line in lines if line.partition == partition]


def _lines(path: Path, most: int, intent: str, locale: str) -> Iterator[Utterance]:
    """Lines of a file, drawn by their digests, as utterances whose labels mean nothing; one in twenty is of `dev`."""
    drawn = sorted({line for line in text_lines(path) if len(line) <= _LONGEST}, key=_digest)
    for number, line in enumerate(drawn[:most]):
        partition = "train" if number % _MEASURED else "dev"
        yield Utterance(f"{path.name}:{number}", locale, line, intent, (), partition)  # type: ignore[arg-type]


def _some(utterances: Sequence[Utterance], most: int) -> list[Utterance]:
    """At most so many of each locale, drawn by their digests."""
    count: dict[str, int] = {}
    found: list[Utterance] = []
    for utterance in sorted(utterances, key=lambda u: _digest(u.id)):
        if count.setdefault(utterance.locale, 0) < most:
            count[utterance.locale] += 1
            found.append(utterance)
    return found


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
