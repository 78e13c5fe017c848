"""The text files of a source: one file, a folder or a zip, read within bounds. Nothing is ever unpacked to disk."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from kiloglot.data.archives import is_archive, members
from kiloglot.data.yaml_lines import FILE_LIMIT, decoded, read_text
from kiloglot.errors import DataError
from kiloglot.values import Partition

__all__ = ["Files", "parse_json", "partition_of"]

_WIDE = 256_000_000
"""Bytes that a JSON or CSV file, and all files of an archive together, may have."""
_MOST = 50_000
"""Files that a source may have."""
_SUFFIXES = (".yml", ".yaml", ".json", ".csv", ".tsv", ".intent", ".entity", ".voc", ".dialog", ".rx", ".md", ".list")
_SKIPPED = {"node_modules", "__pycache__", "models", "venv"}
_PARTITIONS: dict[str, Partition] = {
    "train": "train",
    "training_data": "train",
    "dev": "dev",
    "validation": "dev",
    "test": "test",
    "tests": "test",
    "test_data": "test",
}


class Files:
    """The files of formats that kiloglot reads, by their path inside the source."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[PurePosixPath, str] = {}

    @cached_property
    def names(self) -> tuple[PurePosixPath, ...]:
        """Every such file, sorted. Raises DataError for a link that leads out of the folder, and for too many files."""
        if self.root.is_file():
            if not is_archive(self.root):
                return (PurePosixPath(self.root.name),) if self.root.name.lower().endswith(_SUFFIXES) else ()
            self._texts.update(self._unpacked())
            return tuple(sorted(self._texts))
        found = sorted(PurePosixPath(file.relative_to(self.root).as_posix()) for file in self._walked())
        if len(found) > _MOST:
            problem = f"holds more than {_MOST:,} files"
            raise DataError(problem, remedy="Name the folder of the assistant alone", path=self.root)
        return tuple(found)

    def of(self, *suffixes: str) -> Iterator[PurePosixPath]:
        """The files whose names end so, in any case."""
        return (name for name in self.names if name.name.lower().endswith(suffixes))

    def path(self, name: PurePosixPath) -> Path:
        """What to call a file in messages, and where it lies unless it lies in an archive."""
        return self.root if self.root.is_file() and not self._texts else self.root / name

    def text(self, name: PurePosixPath) -> str:
        """The text of a file. Raises DataError where it is too large or not UTF-8."""
        if name not in self._texts:
            if self.root.is_file() and not self.names == (name,):
                raise DataError("is not in the archive", remedy="Pack it again", path=self.root / name)
            return read_text(self.path(name), _limit(name))
        return self._texts[name]

    def peek(self, name: PurePosixPath) -> str:
        """The beginning of a file, to tell what it is; what is not UTF-8 in it is replaced."""
        if name in self._texts:
            return self._texts[name]
        try:
            with self.path(name).open("rb") as file:
                return file.read(_limit(name)).decode("utf-8-sig", "replace")
        except OSError as error:
            raise DataError(f"cannot be read: {error.strerror}", remedy="Check it", path=self.path(name)) from error

    def _walked(self) -> Iterator[Path]:
        """Files with a known ending below the root. Links to folders are not followed."""
        for folder, below, files in os.walk(self.root):
            below[:] = sorted(name for name in below if name[0] != "." and name not in _SKIPPED)
            for name in files:
                file = Path(folder) / name
                if name[0] != "." and name.lower().endswith(_SUFFIXES):
                    self._refuse_outside(file)
                    yield file

    def _refuse_outside(self, file: Path) -> None:
        if file.is_symlink() and not file.resolve().is_relative_to(self.root.resolve()):
            remedy = "Put a copy of the file in its place, or remove the link"
            raise DataError("is a link that leads out of the folder", remedy=remedy, path=file)

    def _unpacked(self) -> Iterator[tuple[PurePosixPath, str]]:
        """The texts of an archive's files."""
        total = 0
        for count, (name, stream) in enumerate(members(self.root)):
            member = PurePosixPath(name)
            if not member.name.lower().endswith(_SUFFIXES) or member.name[0] == "." or "__MACOSX" in member.parts:
                continue
            limit = _limit(member)
            content = stream.read(limit + 1)
            total += len(content)
            if total > _WIDE or count > _MOST:
                problem = f"unpacks to more than {_WIDE // 1_000_000} MB or {_MOST:,} files"
                raise DataError(problem, remedy="Pack the assistant alone", path=self.root)
            yield member, decoded(content, self.root / name, limit)


def _limit(name: PurePosixPath) -> int:
    return _WIDE if name.suffix.lower() in (".json", ".csv", ".tsv") else FILE_LIMIT


def parse_json(text: str, path: Path) -> Any:
    """The JSON of a file. Raises DataError, naming the line, where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"not valid JSON: {error.msg}"
        raise DataError(problem, remedy="Export it again", path=path, line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"not valid JSON: {error}", remedy="Export it again", path=path) from error


def partition_of(name: PurePosixPath) -> Partition:
    """What a file's own name or one of its folders says that it is for; `train` where none does."""
    stem = re.sub(r"^nlu[_-]|[_-]nlu$", "", name.name.split(".")[0].lower())
    for word in (stem, *(part.lower() for part in reversed(name.parts[:-1]))):
        if word in _PARTITIONS:
            return _PARTITIONS[word]
    return "train"
