"""Starting what `deploy/` starts, and asking it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.event import Event

Start = Callable[..., "subprocess.Popen[bytes]"]

BIN = Path(sys.executable).parent


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def understood(address: str, text: str, **said: Any) -> Event:
    """What a Wyoming server makes of a sentence, asked again until it listens."""

    async def ask() -> Event:
        async with AsyncClient.from_uri(address, connect_timeout=10, read_timeout=30) as client:
            await client.write_event(Transcript(text, **said).event())
            answer = await client.read_event()
            assert answer is not None
            return answer

    deadline = time.monotonic() + 60
    while True:
        try:
            return asyncio.run(ask())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a command, and at the end stops it as systemd and Docker do: it must end by itself, without a fault."""
    running: list[tuple[subprocess.Popen[bytes], Path]] = []

    def begin(command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        log = tmp_path / f"log{len(running)}"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **(environment or {})},
                start_new_session=True,
            )
        running.append((process, log))
        return process

    yield begin
    for process, log in running:
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(30) in (0, -signal.SIGTERM), log.read_text()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
