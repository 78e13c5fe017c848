"""`kiloglot prepare massive`: the official MASSIVE release, fetched, checked and laid out to be read."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from kiloglot.data import download, is_archive, is_url, load, members, refuse_existing, sha256_of, whole_folder
from kiloglot.errors import ConfigError, DataError
from kiloglot.progress import SILENT, Progress
from kiloglot.stages.record import StageRecord
from kiloglot.values import PARTITIONS

__all__ = ["MASSIVE_URL", "PrepareConfig", "PrepareReport", "run"]

MASSIVE_URL = "https://amazon-massive-nlu-dataset.s3.amazonaws.com/amazon-massive-dataset-1.1.tar.gz"
"""MASSIVE 1.1, the address that github.com/alexa/massive gives."""
_MASSIVE_SHA256 = "4cba5faa11c71437928e17cb1b9b3d8b8e727e7ea363a3a9a8045e19c0491577"
"""Its SHA-256, as several public projects have recorded it; the publisher gives none."""
_MASSIVE_LOCALES = 52
"""Locales of release 1.1."""
_DOCUMENTS = ("LICENSE", "NOTICE", "CITATION", "README")
_FOLDERS = ("", "data", "1.1", "1.1/data", "1.0", "1.0/data")


@dataclass(frozen=True, slots=True)
class PrepareConfig:
    """What to prepare, from where and to where."""

    what: Literal["massive"] = "massive"
    """The corpus."""
    source: str = MASSIVE_URL
    """Address or path of its archive, or the path of a folder that holds it unpacked."""
    out: Path = Path("massive")
    """Folder to write, which must not exist yet."""
    sha256: str = ""
    """SHA-256 that the archive must have; empty: the known one of the official address, else no check."""
    locales: tuple[str, ...] = ()
    """Locales to keep; none given: all."""


@dataclass(frozen=True, slots=True)
class PrepareReport:
    """What was prepared."""

    out: Path
    """The folder, which `--data` takes."""
    sha256: str
    """SHA-256 of the archive; empty where the source is a folder."""
    signature: str
    """Signature of the data set."""
    locales: tuple[str, ...]
    """Locales that were written."""
    partitions: tuple[tuple[str, int], ...]
    """(partition, utterances) over all locales."""


def run(config: PrepareConfig, progress: Progress = SILENT) -> PrepareReport:
    """Fetches, checks every row, and writes `data/<locale>.jsonl` and the licence files, or nothing.

    Raises ConfigError and DataError.
    """
    if config.sha256 and not is_url(config.source) and Path(config.source).is_dir():
        raise ConfigError("--sha256 needs an archive, and the source is a folder", remedy="Leave it out")
    began = time.monotonic()
    refuse_existing(config.out)
    source, found = _obtain(config, progress)
    with progress.task("check every row", unit="utterance") as task:
        dataset = load(source, locales=config.locales or None)
        task.advance(len(dataset.utterances))
    if config.source == MASSIVE_URL and not config.locales and len(dataset.locales) != _MASSIVE_LOCALES:
        problem = f"the archive holds {len(dataset.locales)} locales, not {_MASSIVE_LOCALES}"
        raise DataError(problem, remedy="Fetch it again", path=source)
    counts = Counter(utterance.partition for utterance in dataset.utterances)
    partitions = tuple((partition, counts[partition]) for partition in PARTITIONS)
    report = PrepareReport(config.out, found, dataset.signature, dataset.locales, partitions)
    with whole_folder(config.out) as fresh:
        _unpack(source, fresh, report, progress)
        figures = {"signature": report.signature, "locales": report.locales, "partitions": dict(partitions)}
        inputs = {config.source: found or dataset.signature}
        StageRecord("prepare", asdict(config), inputs, figures, time.monotonic() - began).write(fresh)
    if is_url(config.source):
        source.unlink()
    return report


def _obtain(config: PrepareConfig, progress: Progress) -> tuple[Path, str]:
    """The archive or folder on disk, and the archive's SHA-256."""
    expected = config.sha256 or (_MASSIVE_SHA256 if config.source == MASSIVE_URL else "")
    if is_url(config.source):
        archive = config.out.parent / (PurePosixPath(config.source.split("?")[0]).name or "massive.tar.gz")
        found = download(config.source, archive, sha256=expected, progress=progress)
        progress.say(f"SHA-256 of {archive.name}: {found}")
        return archive, found
    path = Path(config.source)
    if not path.is_file():
        return path, ""
    found = sha256_of(path)
    if expected and found != expected.lower():
        raise DataError(f"its SHA-256 is {found}, not {expected}", remedy="Fetch it again", path=path)
    return path, found


def _unpack(source: Path, fresh: Path, report: PrepareReport, progress: Progress) -> None:
    """Copies the data and documents of the release, as they are, into a fresh folder."""
    missing = set(report.locales)
    (fresh / "data").mkdir()
    with progress.task("unpack", len(missing), "locale") as task:
        for name, stream in _contents(source):
            member = PurePosixPath(name)
            if member.suffix == ".jsonl" and member.stem in missing:
                _copy(stream, fresh / "data" / member.name)
                missing.remove(member.stem)
                task.advance(1, member.stem)
            elif member.name.split(".")[0] in _DOCUMENTS and not (fresh / member.name).exists():
                _copy(stream, fresh / member.name)
    if missing:
        problem = f"there is no {min(missing)}.jsonl, though there are rows of that locale"
        raise DataError(problem, remedy="Give a release of MASSIVE, with one file a locale", path=source)


def _contents(source: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, stream) of every file of the release, in an archive or unpacked."""
    if is_archive(source):
        yield from members(source)
        return
    files = [source] if source.is_file() else [f for folder in _FOLDERS for f in sorted((source / folder).glob("*"))]
    for file in files:
        if file.is_file():
            with file.open("rb") as stream:
                yield file.name, stream


def _copy(stream: IO[bytes], target: Path) -> None:
    with target.open("xb") as file:
        shutil.copyfileobj(stream, file)
