"""A data archive -> a folder that the package reads."""

from __future__ import annotations

import hashlib
import lzma
import tarfile
import zlib
from pathlib import Path

from kiloglot.data import whole_folder
from kiloglot.errors import DataError

__all__ = ["unpacked"]


def unpacked(data: Path, into: Path) -> Path:
    """The folder of `data`: itself where it is one, else what the tar archive holds, unpacked below `into`.

    The folder's name carries twelve hexadecimal digits of the archive's SHA-256, so that an archive is unpacked once
    and another one never taken for it. Raises DataError where there is no such archive or it is damaged.
    """
    if data.is_dir():
        return data
    if not data.is_file():
        remedy = "Name the archive or folder of MASSIVE 1.1, as in: make massive-dev DATA=PATH"
        raise DataError("there is no such archive or folder", remedy=remedy, path=data)
    folder = into / f"{data.name.partition('.tar')[0]}-{_digest(data)}"
    if folder.is_dir():
        return folder
    with whole_folder(folder) as fresh:
        _extract(data, fresh)
    return folder


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _extract(archive: Path, folder: Path) -> None:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
            while tar.fileobj and tar.fileobj.read(1 << 20):  # The checksum of xz and gzip stands at the very end.
                pass
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError) as fault:
        problem = f"the archive is damaged or none ({fault})"
        raise DataError(problem, remedy="Fetch it again", path=archive) from fault
