"""The log: whole lines, none forged, and a disk that fails costs lines alone."""

from __future__ import annotations

import errno
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from kiloglot.errors import ConfigError
from kiloglot.serve import Log
from kiloglot.serve.log import LogHandler


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_an_event_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")
    log.event("parse", text='a\n{"event": "forged"}\u2028\ud800\x1b[2J')
    log.event("stop", "warning", number=1)
    log.close()
    first, second = lines(tmp_path / "log.jsonl")
    assert (first["event"], first["text"]) == ("parse", 'a\n{"event": "forged"}\u2028\ud800\x1b[2J')
    assert (second["event"], second["level"], second["number"]) == ("stop", "warning", 1)


def test_it_goes_on_behind_what_is_there(tmp_path: Path) -> None:
    for number in range(2):
        log = Log(tmp_path / "log.jsonl")
        log.event("start", number=number)
        log.close()
    assert [line["number"] for line in lines(tmp_path / "log.jsonl")] == [0, 1]


def test_lines_that_do_not_fit_are_counted_and_told_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(tmp_path / "log.jsonl")
    file, left = log._file, [40]  # Bytes that the disk still takes, as a file system gives them: part of a line.

    class Disk:
        def write(self, line: bytes) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            part = line[: left[0]]
            left[0] -= len(part)
            return int(file.write(part) or 0)

        def close(self) -> None:
            file.close()

    monkeypatch.setattr(log, "_file", Disk())
    log.event("one", text="a" * 50)
    log.event("two")
    while log.lost < 2:
        os.sched_yield()
    left[0] = 10_000
    log.event("three")
    log.close()
    torn, told, three = (tmp_path / "log.jsonl").read_text(encoding="ascii").splitlines()
    assert len(torn) == 40
    assert (json.loads(told)["lost"], json.loads(three)["event"], log.lost) == (2, "three", 2)


def test_a_log_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none/log: the log cannot be written \(No such file or directory\)"):
        Log(tmp_path / "none" / "log")


def test_what_libraries_say_is_logged_without_the_words_of_errors(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")
    handler = LogHandler(log)
    try:
        raise ValueError("wake" + " me up")
    except ValueError as error:
        exc_info = (type(error), error, error.__traceback__)
        record = logging.LogRecord("asyncio", logging.ERROR, __file__, 1, "it failed: %s", ("badly",), exc_info)
    handler.emit(record)
    log.close()
    (line,) = lines(tmp_path / "log.jsonl")
    said = (line["event"], line["level"], line["logger"], line["message"], line["error"])
    assert said == ("library", "error", "asyncio", "it failed: badly", "ValueError")
    assert "test_log.py" in line["traceback"]
    assert "wake me up" not in json.dumps(line)
