"""A real `kiloglot serve` in a process of its own: where it listens, what it uses, how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.apart import FailedError, environment

__all__ = ["Server", "serving"]

_PROGRAM = "from kiloglot.cli import main; main()"
_PARTING = 40.0  # seconds that the server may take to stop


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    """Its process."""
    http: tuple[str, int]
    """Host and port of HTTP."""
    wyoming: tuple[str, int]
    """Host and port of Wyoming."""

    def memory(self) -> int:
        """Resident size in bytes, from Linux's /proc."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self) -> float:
        """Processor time that it has used, of all its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """Tells it to stop. Raises FailedError where it does not end well."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(_PARTING)
        except subprocess.TimeoutExpired:
            raise FailedError(f"the server has not stopped after {_PARTING:.0f} s") from None
        if code:
            raise FailedError(f"the server ended with {code}")


@contextmanager
def serving(model: str, log: Path) -> Iterator[Server]:
    """A server of both protocols at free ports of this machine. Raises FailedError where it does not start."""
    flags = ["--model", model, "--log", str(log), "--http", "127.0.0.1:0", "--wyoming", "tcp://127.0.0.1:0"]
    command = [sys.executable, "-c", _PROGRAM, "serve", "--json", *flags]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            told = process.stdout.readline() if process.stdout else ""
            if not told:
                raise FailedError(f"the server does not start: {process.stderr.read() if process.stderr else ''}")
            where = json.loads(told)
            yield Server(process, _address(where["http"]), _address(where["wyoming"]))
        finally:
            process.kill()


def _address(uri: str) -> tuple[str, int]:
    parts = urlsplit(uri)
    return str(parts.hostname), int(parts.port or 0)
