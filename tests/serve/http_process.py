"""A real `kiloglot serve` in a process of its own, and the bytes that clients send it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PROGRAM = "from kiloglot.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server."""

    process: subprocess.Popen[str]
    """The process."""
    listening: dict[str, Any]
    """What it says of itself with --json."""
    log: Path
    """File of its log."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of HTTP."""
        parts = urlsplit(self.listening["http"])
        return str(parts.hostname), int(parts.port or 0)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a name in the log."""
        lines = self.log.read_text(encoding="ascii").splitlines()
        return [event for event in map(json.loads, lines) if event["event"] == name]


def command(*flags: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "serve", *map(str, flags)]


def refused(*flags: object) -> subprocess.CompletedProcess[str]:
    """A command that should end by itself."""
    return subprocess.run(command(*flags), capture_output=True, text=True, timeout=30, check=False)


@contextmanager
def serving(log: Path, flags: Sequence[object]) -> Iterator[Serving]:
    """A server that listens; it is killed at the end unless it has stopped."""
    arguments = command("--json", "--log", log, *flags)
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    with process:
        try:
            assert process.stdout and process.stderr
            said = process.stdout.readline()
            assert said, process.stderr.read()
            yield Serving(process, json.loads(said), log)
        finally:
            process.kill()


def post(text: str, *, close: bool = False) -> bytes:
    """A request to parse `text`."""
    body = json.dumps({"text": text}).encode()
    connection = "close" if close else "keep-alive"
    head = f"POST /model/parse HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: {connection}\r\n\r\n"
    return head.encode() + body


def exchange(address: tuple[str, int], sent: bytes, *, half_closed: bool = False) -> bytes:
    """Sends bytes on a connection of their own, and returns all that comes back."""
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(sent)
        if half_closed:
            client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def body(answer: bytes) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.partition(b"\r\n\r\n")[2])
