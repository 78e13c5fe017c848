"""Bytes become objects, or one clear error."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from kiloglot.data.lines import LINE_LIMIT, json_objects
from kiloglot.errors import DataError

ROW = b'{"id": "1"}\n'


def refusal(path: Path, content: bytes) -> DataError:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        list(json_objects(path))
    assert caught.value.path == path
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"id": "\xff"}', "UTF-8"),
        (b'{"id": ', "not valid JSON"),
        (b"[1]", "list, not an object"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not valid JSON"),
    ],
)
def test_bad_line_is_named(tmp_path: Path, line: bytes, words: str) -> None:
    error = refusal(tmp_path / "rows.jsonl", ROW + b"\n" + line + b"\n" + ROW)
    assert error.line == 3
    assert words in str(error)


def test_line_of_100_megabytes_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    with path.open("wb") as file:
        file.write(ROW)
        file.truncate(100_000_000)  # a sparse file: NUL bytes without a line's end
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=f"longer than {LINE_LIMIT:,} bytes") as caught:
            list(json_objects(path))
        assert tracemalloc.get_traced_memory()[1] < 5 * LINE_LIMIT
    finally:
        tracemalloc.stop()
    assert caught.value.line == 2


def test_gzip_is_read_and_its_loss_noticed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(ROW * 3))
    assert [number for number, _ in json_objects(path)] == [1, 2, 3]
    assert "damaged or cut off" in str(refusal(path, gzip.compress(ROW * 3)[:-9]))
    assert "damaged or cut off" in str(refusal(path, gzip.compress(ROW * 3)[:-8] + b"\0" * 8))


def test_missing_file_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        list(json_objects(tmp_path / "absent.jsonl"))
