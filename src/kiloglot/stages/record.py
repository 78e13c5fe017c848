"""What a stage leaves behind: a folder that is whole or not there, and `stage.json`, which says how it came about."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from kiloglot.errors import ConfigError

__all__ = ["RECORD", "StageRecord", "fingerprint", "resumable_folder", "versions"]

RECORD = "stage.json"
_CONFIG = "config.json"


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


@contextmanager
def resumable_folder(out: Path, config: Any, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder beside `out` to work in, renamed to `out` when the block ends; a killed run finds its own again.

    What an earlier run left is kept only where it was asked for the same `config` (a dataclass). Raises ConfigError
    where `out` exists
    and may not be overwritten.
    """
    if out.exists() and not overwrite:
        raise ConfigError(f"{out} exists already", remedy="Name another folder with --out, or remove it first")
    part = out.with_name(f".{out.name}.part")
    asked = fingerprint(config)
    if not (part / _CONFIG).exists() or (part / _CONFIG).read_text(encoding="utf-8") != asked:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        (part / _CONFIG).write_text(asked, encoding="utf-8")
    yield part
    (part / _CONFIG).unlink()
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)


def fingerprint(config: Any) -> str:
    """Hexadecimal SHA-256 of a dataclass's content."""
    return hashlib.sha256(json.dumps(asdict(config), sort_keys=True, default=str).encode()).hexdigest()
