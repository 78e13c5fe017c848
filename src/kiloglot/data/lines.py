"""Bytes -> lines -> JSON objects, with bounds: a file of any content costs little memory and gives one clear error."""

from __future__ import annotations

import gzip
import json
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from kiloglot.errors import DataError

__all__ = [
    "LINE_LIMIT",
    "SIZE_LIMIT",
    "json_objects",
    "located",
    "numbered_lines",
    "open_bytes",
    "parse_object",
    "refused",
]

LINE_LIMIT = 1_000_000
"""Bytes that one line may have."""
SIZE_LIMIT = 4_000_000_000
"""Bytes that one file may have once it is unpacked."""


_READING = (EOFError, OSError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, NotImplementedError)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file for reading, unpacking gzip where its first bytes say so. Raises DataError where it cannot."""
    with refused(path), path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield cast(IO[bytes], unpacked)
        else:
            yield raw


@contextmanager
def refused(path: Path, *others: type[Exception]) -> Iterator[None]:
    """Turns what goes wrong in reading and unpacking `path` into a DataError, and so with `others`."""
    try:
        yield
    except _READING + others as error:
        raise _unreadable(error, path) from error


def _unreadable(error: Exception, path: Path) -> DataError:
    if isinstance(error, OSError) and error.errno is not None:
        remedy = "Check the path and its permissions"
        return DataError(f"cannot be read: {error.strerror}", remedy=remedy, path=path)
    return DataError(f"the file is damaged or cut off ({error})", remedy="Fetch it again", path=path)


def numbered_lines(stream: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) for each line that is not blank. Raises DataError on damage and beyond the limits."""
    size = number = 0
    while line := _next_line(stream, path):
        number += 1
        size += len(line)
        if len(line) > LINE_LIMIT or size > SIZE_LIMIT:
            limit, what = (LINE_LIMIT, "line") if len(line) > LINE_LIMIT else (SIZE_LIMIT, "file")
            remedy = "Write one object a line, in files of reasonable size"
            raise DataError(f"the {what} is longer than {limit:,} bytes", remedy=remedy, path=path, line=number)
        if not line.isspace():
            yield number, line


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a file of plain text that are not blank, packed or not. Raises DataError where one is not UTF-8."""
    with open_bytes(path) as stream:
        for number, line in numbered_lines(stream, path):
            try:
                text = line.decode("utf-8").strip()
            except UnicodeDecodeError as error:
                raise DataError("is not UTF-8", remedy="Save it as UTF-8", path=path, line=number) from error
            if text:
                yield text


def _next_line(stream: IO[bytes], path: Path) -> bytes:
    try:
        return stream.readline(LINE_LIMIT + 1)
    except _READING as error:
        raise _unreadable(error, path) from error


def parse_object(line: bytes, path: Path, number: int) -> dict[str, Any]:
    """The JSON object on one line. Raises DataError where it is not UTF-8, not JSON or not an object."""
    try:
        value = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        problem = f"byte {error.start + 1} of the line is not valid UTF-8"
        raise DataError(problem, remedy="Save the file as UTF-8", path=path, line=number) from error
    except (ValueError, RecursionError) as error:
        problem = f"the line is not valid JSON ({error})"
        raise DataError(problem, remedy="Write one JSON object a line", path=path, line=number) from error
    if not isinstance(value, dict):
        problem = f"the line holds a JSON {type(value).__name__}, not an object"
        raise DataError(problem, remedy="Write one JSON object a line", path=path, line=number)
    return value


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, object) for each line of a JSONL file, packed or not."""
    with open_bytes(path) as stream:
        for number, line in numbered_lines(stream, path):
            yield number, parse_object(line, path, number)


def located(error: DataError, path: Path, line: int) -> DataError:
    """The same error, saying which line of which file is at fault."""
    return type(error)(error.problem, remedy=error.remedy, path=path, line=line)
