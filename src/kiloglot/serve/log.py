"""The log: a line of JSON an event, written by a thread of its own, so that no disk or pipe ever stops a server."""

from __future__ import annotations

import io
import json
import logging
import os
import queue
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from kiloglot.errors import ConfigError

__all__ = ["Log", "LogHandler", "places"]

_HELD = 10_000  # lines that wait for the disk; more are lost, and counted
_PARTING = 2.0  # seconds that the last lines may take

Field = str | int | float | bool | None


class Log:
    """Events as lines of JSON. A line that cannot be written is counted in `lost`; nothing else happens."""

    def __init__(self, path: Path | None = None, *, utterances: bool = False) -> None:
        """Appends to the file `path`, to standard error without one.

        `utterances` says whether what people said may be logged; who writes an event has to ask it. Raises ConfigError
        where the file cannot be opened.
        """
        self.utterances = utterances
        self.lost = 0
        self._told = 0
        self._torn = False
        try:
            self._file = io.FileIO(os.dup(2) if path is None else path, "ab")
        except OSError as fault:
            problem = f"the log cannot be written ({fault.strerror})"
            raise ConfigError(problem, path=path, remedy="Name another file with --log") from fault
        self._lines: queue.Queue[bytes | None] = queue.Queue(_HELD)
        self._writer = threading.Thread(target=self._write, name="log", daemon=True)
        self._writer.start()

    def event(self, name: str, level: str = "info", **fields: Field) -> None:
        """Logs that something happened, now."""
        try:
            self._lines.put_nowait(_line(name, level, fields))
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Waits a little for the last lines."""
        try:
            self._lines.put(None, timeout=_PARTING)
        except queue.Full:
            return
        self._writer.join(_PARTING)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self.lost > self._told:
                lost = self.lost
                if self._written(_line("log", "warning", {"lost": lost - self._told})):
                    self._told = lost
            if not self._written(line):
                self.lost += 1
        self._file.close()

    def _written(self, line: bytes) -> bool:
        try:
            written = self._file.write(b"\n" + line if self._torn else line) or 0
        except OSError:
            return False
        whole = written == len(line) + self._torn
        self._torn = not whole and (self._torn or written > 0)  # The next line must not go on behind half a line.
        return whole


class LogHandler(logging.Handler):
    """Takes what libraries log into the log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Logs the message and what was raised."""
        error = record.exc_info[1] if record.exc_info else None
        raised = {"error": type(error).__name__, "traceback": places(error)} if error else {}
        self._log.event("library", record.levelname.lower(), logger=record.name, message=record.getMessage(), **raised)


def _line(name: str, level: str, fields: Mapping[str, Field]) -> bytes:
    """Pure ASCII on one line, so that nothing in an event can pass for another one."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": now, "level": level, "event": name, **fields}).encode() + b"\n"


def places(error: BaseException) -> str:
    """Where an error was raised, without what it says: that may hold what people said."""
    return "".join(traceback.format_tb(error.__traceback__))
