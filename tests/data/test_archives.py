"""Archives are read as streams, and refused whole where one member is unsafe."""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from kiloglot.data.archives import is_archive, members
from kiloglot.data.lines import numbered_lines
from kiloglot.errors import DataError


def tar(path: Path, *infos: tarfile.TarInfo, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for info in infos:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def info(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.type, made.linkname = size, kind, "target"
    return made


def read(path: Path) -> list[tuple[str, int]]:
    return [(name, len(stream.read())) for name, stream in members(path)]


@pytest.mark.parametrize("mode", ["w:gz", "w:"])
def test_tar_gives_its_files(tmp_path: Path, mode: str) -> None:
    path = tar(tmp_path / "a", info("1.1", kind=tarfile.DIRTYPE), info("1.1/a.txt", 700), info("b", 3), mode=mode)
    assert is_archive(path)
    assert read(path) == [("1.1/a.txt", 700), ("b", 3)]


def test_zip_gives_its_files(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("1.1")
        archive.writestr("1.1/a.txt", "abc")
    assert is_archive(path)
    assert read(path) == [("1.1/a.txt", 3)]


UNSAFE = ["../evil", "/etc/passwd", "a/../../evil", "..\\evil", "C:/evil"]


@pytest.mark.parametrize("name", UNSAFE)
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("good.txt", "abc")
        archive.writestr(name, "abc")
    for path in (tar(tmp_path / "a.tar.gz", info("good.txt", 3), info(name, 3)), tmp_path / "a.zip"):
        with pytest.raises(DataError, match="leaves its folder") as caught:
            read(path)
        assert caught.value.path == path


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(DataError, match="link or device"):
        read(tar(tmp_path / "a.tar.gz", info("data", kind=kind)))


def test_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="link or device"):
        read(tmp_path / "a.zip")


def test_cut_off_archives_are_refused(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.gz", info("a.txt", 200_000))
    whole = path.read_bytes()
    for length in (1, 20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError):
            for _, stream in members(path):
                list(numbered_lines(stream, path))


def test_header_that_claims_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    claim = info("PaxHeader", kind=tarfile.XHDTYPE)
    claim.size = 3_000_000_000
    path.write_bytes(claim.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 1024)
    with pytest.raises(DataError, match="more than"):
        read(path)
