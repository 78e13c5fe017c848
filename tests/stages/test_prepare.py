"""`prepare massive` fetches through broken connections, and writes a checked release or nothing."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from kiloglot.data import load
from kiloglot.errors import ConfigError, DataError
from kiloglot.stages.prepare import PrepareConfig, run


def row(locale: str, number: int, partition: str = "train") -> bytes:
    utt, annotated = f"wake me at {number}", f"wake me at [time : {number}]"
    fields = {"id": str(number), "locale": locale, "partition": partition, "scenario": "alarm", "intent": "alarm_set"}
    return (json.dumps({**fields, "utt": utt, "annot_utt": annotated, "worker_id": "3"}) + "\n").encode()


CONTENTS = {
    "1.1/LICENSE": b"CC BY 4.0",
    "1.1/NOTICE.md": b"notice",
    "1.1/CITATION.md": b"cite",
    "1.1/data/de-DE.jsonl": b"".join(row("de-DE", n) for n in range(300)) + row("de-DE", 300, "dev"),
    "1.1/data/en-US.jsonl": b"".join(row("en-US", n) for n in range(300)),
}


def archive_of(contents: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=0) as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


class Server(http.server.BaseHTTPRequestHandler):
    """Serves one archive with ranges, and breaks the connection where it is told to."""

    content: ClassVar[bytes] = archive_of(CONTENTS)
    breaks_after: ClassVar[list[int]] = []  # bytes of the body, one entry a request
    ranges: ClassVar[list[str | None]] = []
    honours_ranges: ClassVar[bool] = True

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.honours_ranges else 0
        if start >= len(self.content):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(self.content)}")
            self.end_headers()
            return
        body = self.content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.breaks_after.pop(0)] if self.breaks_after else body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    for name, value in (("breaks_after", []), ("ranges", []), ("honours_ranges", True)):
        monkeypatch.setattr(Server, name, value)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/massive.tar.gz"
        server.shutdown()


SUM = hashlib.sha256(Server.content).hexdigest()


def files(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != "stage.json"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


WHOLE = {name.removeprefix("1.1/"): content for name, content in CONTENTS.items()}


def test_release_is_fetched_checked_and_laid_out(url: str, tmp_path: Path) -> None:
    report = run(PrepareConfig(source=url, out=tmp_path / "massive", sha256=SUM.upper()))
    assert files(tmp_path / "massive") == WHOLE
    assert report.sha256 == SUM
    assert (report.locales, report.partitions) == (("de-DE", "en-US"), (("train", 600), ("dev", 1), ("test", 0)))
    assert load(tmp_path / "massive").signature == report.signature
    assert [path.name for path in tmp_path.iterdir()] == ["massive"]
    record = json.loads((tmp_path / "massive" / "stage.json").read_text(encoding="utf-8"))
    assert record["inputs"] == {url: SUM}


def test_broken_connections_are_taken_up_again(url: str, tmp_path: Path) -> None:
    Server.breaks_after.extend([1000, 5000, 1])
    assert run(PrepareConfig(source=url, out=tmp_path / "massive", sha256=SUM)).sha256 == SUM
    assert Server.ranges == [None, "bytes=1000-", "bytes=6000-", "bytes=6001-"]


def test_a_run_that_gave_up_is_continued_by_the_next(url: str, tmp_path: Path) -> None:
    Server.breaks_after.extend([2000, 0, 0, 0, 0])
    with pytest.raises(DataError, match="continue after 2,000 bytes"):
        run(PrepareConfig(source=url, out=tmp_path / "massive"))
    assert not (tmp_path / "massive").exists()
    Server.ranges.clear()
    assert run(PrepareConfig(source=url, out=tmp_path / "massive")).sha256 == SUM
    assert Server.ranges == ["bytes=2000-"]


def test_a_part_that_is_whole_already_is_not_fetched_again(url: str, tmp_path: Path) -> None:
    (tmp_path / "massive.tar.gz.part").write_bytes(Server.content)
    assert run(PrepareConfig(source=url, out=tmp_path / "massive")).sha256 == SUM


def test_a_server_without_ranges_begins_anew(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "honours_ranges", False)
    (tmp_path / "massive.tar.gz.part").write_bytes(b"old" * 100)
    assert run(PrepareConfig(source=url, out=tmp_path / "massive", sha256=SUM)).sha256 == SUM


def test_wrong_checksum_leaves_nothing(url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"SHA-256 is {SUM}, not {'0' * 64}"):
        run(PrepareConfig(source=url, out=tmp_path / "massive", sha256="0" * 64))
    assert list(tmp_path.iterdir()) == []


def test_no_network_says_what_else_can_be_done(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be fetched \(.*give its path as --source"):
        run(PrepareConfig(source="http://localhost.invalid/massive.tar.gz", out=tmp_path / "massive"))
    assert list(tmp_path.iterdir()) == []


def test_archive_and_folder_on_disk_give_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(Server.content)
    first = run(PrepareConfig(source=str(tmp_path / "a.tar.gz"), out=tmp_path / "one", sha256=SUM))
    second = run(PrepareConfig(source=str(tmp_path / "one"), out=tmp_path / "two"))
    assert files(tmp_path / "one") == files(tmp_path / "two") == WHOLE
    assert first.signature == second.signature
    assert (tmp_path / "a.tar.gz").exists()
    with pytest.raises(ConfigError, match="folder"):
        run(PrepareConfig(source=str(tmp_path / "one"), out=tmp_path / "three", sha256=SUM))


def test_chosen_locales_alone_are_written(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(Server.content)
    report = run(PrepareConfig(source=str(tmp_path / "a.tar.gz"), out=tmp_path / "one", locales=("en-US",)))
    assert report.locales == ("en-US",)
    assert "data/de-DE.jsonl" not in files(tmp_path / "one")


@pytest.mark.parametrize("damage", ["cut", "row", "path"])
def test_damaged_archives_leave_nothing(tmp_path: Path, damage: str) -> None:
    contents = {
        "cut": Server.content[:-5],
        "row": archive_of(CONTENTS | {"1.1/data/en-US.jsonl": b"{}\n"}),
        "path": archive_of(CONTENTS | {"../evil": b""}),
    }
    source = tmp_path / "a.tar.gz"
    source.write_bytes(contents[damage])
    with pytest.raises(DataError):
        run(PrepareConfig(source=str(source), out=tmp_path / "one"))
    assert list(tmp_path.iterdir()) == [source]


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "mine").touch()
    with pytest.raises(DataError, match="exists already"):
        run(PrepareConfig(source=str(tmp_path / "absent"), out=tmp_path / "one"))
