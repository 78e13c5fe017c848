"""Files and folders that appear under their name only once they are whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from kiloglot.errors import DataError

__all__ = ["whole_file", "whole_folder"]


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """Opens a UTF-8 text file that takes its name when the block ends, and leaves nothing where the block fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        part = Path(file.name)
        try:
            yield file  # type: ignore[misc]
            file.flush()
            part.chmod(0o644)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A fresh folder that takes the name `path` when the block ends, and vanishes where the block fails.

    Raises DataError where something other than an empty folder lies at `path`.
    """
    refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield fresh
        fresh.chmod(0o755)
        refuse_existing(path)
        if path.is_dir():
            path.rmdir()
        fresh.replace(path)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def refuse_existing(path: Path) -> None:
    """Raises DataError where something other than an empty folder lies at `path`."""
    if path.is_dir() and not any(path.iterdir()):
        return
    if path.exists() or path.is_symlink():
        raise DataError("exists already", remedy="Choose another name, or remove it first", path=path)
