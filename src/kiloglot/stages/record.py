"""What a stage leaves behind: a folder that is whole or not there, and `stage.json`, which says how it came about."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

from kiloglot.errors import ArtifactError, ConfigError, KiloglotError
from kiloglot.progress import SILENT, Progress

__all__ = [
    "RECORD",
    "UNFINISHED",
    "Processes",
    "StageRecord",
    "named_folder",
    "refuse_foreign",
    "resumable_folder",
    "trained_on",
    "versions",
]

RECORD = "stage.json"
UNFINISHED = "unfinished"
"""Subfolder of a folder in the making for what only a run that goes on needs."""
_ASKED = "asked.json"


class Processes(Protocol):
    """The processes that do a piece of work together, as Accelerate has them."""

    @property
    def is_main_process(self) -> bool:
        """Whether this is the one that writes."""

    def wait_for_everyone(self) -> None:
        """Returns when all have come here."""


class _Alone:
    is_main_process = True

    def wait_for_everyone(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class StageRecord:
    """How the content of a folder came about."""

    stage: str
    """The verb."""
    config: Mapping[str, Any]
    """What it was asked to do."""
    inputs: Mapping[str, str]
    """Signatures of what it read."""
    figures: Mapping[str, Any]
    """What it measured."""
    seconds: float
    """How long it took."""

    def write(self, folder: Path) -> None:
        """Writes `stage.json` into `folder`."""
        content = {**asdict(self), "versions": versions()}
        (folder / RECORD).write_text(
            json.dumps(content, indent=1, default=str, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def versions() -> dict[str, str]:
    """Versions of what decides the outcome of a stage; packages that are not installed are left out."""
    found = {"python": platform.python_version(), "platform": platform.platform()}
    for package in ("kiloglot", "numpy", "onnxruntime", "torch", "accelerate", "onnx"):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def trained_on(student: Path) -> str:
    """Name and signature of the student's training data, from its record."""
    try:
        return str(json.loads((student / RECORD).read_text(encoding="utf-8"))["figures"]["data"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        problem = f"the record of the student's training cannot be read ({fault})"
        raise ArtifactError(problem, path=student, remedy="Name a folder that `kiloglot finetune` wrote") from fault


@contextmanager
def resumable_folder(
    out: Path,
    asked: Mapping[str, Any],
    *,
    ours: Sequence[str],
    overwrite: bool = False,
    processes: Processes | None = None,
    progress: Progress = SILENT,
) -> Iterator[Path]:
    """A folder beside `out` to work in, which takes its name when the block ends; a killed run finds its own again.

    What an earlier run left is kept only where it was `asked` the same; else the work starts afresh and says so. Its
    subfolder `UNFINISHED` does not outlast the work. Raises ConfigError where `out` exists and may not be overwritten,
    or holds other files than `ours` (as for `refuse_foreign`), KiloglotError where it cannot be written.
    """
    processes = processes or _Alone()
    with _clear_errors(out):
        if processes.is_main_process:
            _check_free(out, ours, overwrite)
            _prepare(_part(out), asked, progress)
        processes.wait_for_everyone()
        yield _part(out)
        processes.wait_for_everyone()
        if processes.is_main_process:
            named_folder(_part(out), out)
            shutil.rmtree(out / UNFINISHED)
        processes.wait_for_everyone()


def refuse_foreign(folder: Path, ours: Sequence[str]) -> None:
    """Raises ConfigError where replacing `folder` would lose what nobody here has made.

    `ours` are patterns of the files of a folder of its kind; the first must be there unless the folder is empty.
    """
    found = sorted(folder.iterdir()) if folder.is_dir() else [folder] if folder.exists() else []
    foreign = [path for path in found if not any(path.match(pattern) for pattern in ours)]
    if found and not any(path.match(ours[0]) for path in found):
        foreign = found
    if foreign:
        problem = f"{foreign[0].name} is not of the making of this stage, which would replace {folder}"
        raise ConfigError(problem, remedy="Move it away, or name another place", path=foreign[0])


def named_folder(fresh: Path, name: Path) -> None:
    """Gives the folder `fresh` its `name` on the same disk. What lay there is removed once the new one is there."""
    old = name.with_name(f".{name.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if name.exists():
        name.rename(old)
    fresh.rename(name)
    shutil.rmtree(old, ignore_errors=True)


def _part(out: Path) -> Path:
    return out.with_name(f".{out.name}.part")


def _check_free(out: Path, ours: Sequence[str], overwrite: bool) -> None:
    if not out.name or out.name == "..":
        raise ConfigError(f"{str(out)!r} names no new folder", remedy="Name one with --out")
    if out.exists() and not overwrite:
        raise ConfigError(f"{out} exists already", remedy="Name another folder with --out, or remove it first")
    refuse_foreign(out, ours)


def _prepare(part: Path, asked: Mapping[str, Any], progress: Progress) -> None:
    note = part / UNFINISHED / _ASKED
    wanted = json.dumps(asked, sort_keys=True, default=str, indent=1)
    if note.is_file() and note.read_text(encoding="utf-8") == wanted:
        return
    if part.exists():
        progress.say(f"{part} was begun with other data, settings or versions: starting afresh")
        shutil.rmtree(part)
    note.parent.mkdir(parents=True)
    note.write_text(wanted, encoding="utf-8")


@contextmanager
def _clear_errors(out: Path) -> Iterator[None]:
    """What the system says of a folder that cannot be written, as an error that names it."""
    try:
        yield
    except OSError as fault:
        what = fault.strerror or str(fault)
        problem = f"cannot be written ({what})"
        raise KiloglotError(problem, remedy="Make room, or name another folder with --out", path=out) from fault
