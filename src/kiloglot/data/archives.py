"""Members of a tar or zip archive as streams. Nothing is ever unpacked to disk here.

An archive with a name that leaves its folder, a link or a device is refused as a whole.
"""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from kiloglot.data.lines import SIZE_LIMIT, open_bytes, refused
from kiloglot.errors import DataError

__all__ = ["is_archive", "members"]

_MAGIC = slice(257, 262)
_SINGLE_READ = 64_000_000
"""Bytes that one read may ask for: a header that claims more would be built in memory by tarfile."""


def is_archive(path: Path) -> bool:
    """Whether a tar (packed or not) or a zip lies at `path`."""
    if not path.is_file():
        return False
    if zipfile.is_zipfile(path):
        return True
    if path.name.endswith((".tar", ".tar.gz", ".tgz")):
        return True
    with open_bytes(path) as stream:
        return stream.read(_MAGIC.stop)[_MAGIC] == b"ustar"


def members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """(name, stream) for each file of the archive, in its order; a stream is read before the next is asked for.

    Raises DataError where the archive is damaged, too large or holds an unsafe member, and reads it to its very end,
    so that a cut-off file is noticed. What reads a stream (`numbered_lines`) meets damage inside its member first.
    """
    yield from _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with open_bytes(path) as stream:
        bounded = _Bounded(stream, path)
        with tarfile.open(fileobj=bounded, mode="r:") as archive:
            for member in archive:
                _refuse_unsafe(member.name, not (member.isreg() or member.isdir()), path)
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content
        while bounded.read(1_000_000):  # the checksum of gzip stands at the very end
            pass


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with refused(path, UnicodeDecodeError, struct.error), zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        if sum(info.file_size for info in infos) > SIZE_LIMIT:
            raise _too_large(path)
        for info in infos:
            mode = info.external_attr >> 16
            _refuse_unsafe(info.filename, bool(stat.S_IFMT(mode)) and not _plain(mode), path)
            if info.flag_bits & 1:
                raise DataError(f"member {info.filename[:80]!r} is encrypted", remedy="Unpack it first", path=path)
        for info in infos:
            if not info.is_dir():
                with archive.open(info) as content:
                    yield info.filename, content


def _plain(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _refuse_unsafe(name: str, special: bool, path: Path) -> None:
    """Raises DataError for a link, a device, or a name that points out of the archive."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    outside = not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\0" in name
    if special or outside:
        what = "a link or device" if special else "a name that leaves its folder"
        raise DataError(f"member {name[:80]!r} is {what}", remedy="Fetch the archive from its publisher", path=path)


def _too_large(path: Path) -> DataError:
    return DataError(f"the archive unpacks to more than {SIZE_LIMIT:,} bytes", remedy="Split it", path=path)


class _Bounded(io.RawIOBase):
    """A stream that refuses to be read beyond the size limit, or in one huge piece."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self._stream = stream
        self._path = path

    def read(self, size: int = -1) -> bytes:
        if size > _SINGLE_READ or self._stream.tell() > SIZE_LIMIT:
            raise _too_large(self._path)
        return self._stream.read(size)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0 and offset > SIZE_LIMIT:
            raise _too_large(self._path)
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()
