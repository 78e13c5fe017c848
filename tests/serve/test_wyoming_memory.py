"""What hostile peers cost a server process in memory."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.intent import Intent

from kiloglot.serve.wyoming_wire import encoded
from tests.serve.conftest import dial

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]

SEED = 11
KILOGLOT = Path(sys.executable).parent / "kiloglot"
SERVE = (KILOGLOT, "serve", "--json", "--wyoming", "tcp://127.0.0.1:0", "--log", os.devnull)


def resident(pid: int, name: str = "VmRSS") -> float:
    """MB of memory of a process; `VmHWM` is the most that it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


async def sentence(address: str) -> None:
    async with AsyncClient.from_uri(address, read_timeout=60) as client:
        await client.write_event(Transcript("wake me up tomorrow at nine", language="en").event())
        answer = await client.read_event()
        assert answer is not None and Intent.from_event(answer).name == "alarm_set"


async def idle(address: str) -> None:
    open_ = [await dial(address) for _ in range(1000)]
    await sentence(address)
    for _, writer in open_:
        writer.close()


async def claim(address: str) -> None:
    """100 MB of data, of payload, and of a first line; a megabyte of it is really sent."""
    for number in range(300):
        _, writer = await dial(address)
        name = ("data_length", "payload_length")[number % 2]
        head = b"{" if number % 3 == 2 else json.dumps({"type": "x", name: 100_000_000}).encode() + b"\n"
        with suppress(ConnectionError):
            writer.write(head + b"{" * 1_000_000)
            await asyncio.wait_for(writer.drain(), 10)
        writer.transport.abort()
    await sentence(address)


async def deaf(address: str) -> None:
    """200 peers that ask for a megabyte of answers each, and read none."""
    peers = []
    for _ in range(200):
        _, writer = await dial(address)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(encoded(Event("describe")) * 300)
        peers.append(writer)
    await asyncio.sleep(2)
    await sentence(address)
    for writer in peers:
        writer.transport.abort()


async def noise(address: str) -> None:
    rng = random.Random(SEED)
    for _ in range(3000):
        _, writer = await dial(address)
        with suppress(ConnectionError):
            writer.write(rng.randbytes(rng.randrange(2000)) + rng.choice([b"", b"\n", b'{"type":"transcript"}\n']))
            await writer.drain()
        writer.close() if rng.random() < 0.5 else writer.transport.abort()
    await sentence(address)


@pytest.mark.parametrize("attack", [idle, claim, deaf, noise])
def test_memory_stays_bounded_and_comes_back(attack: Callable[[str], Awaitable[None]]) -> None:
    async def main() -> None:
        process = await asyncio.create_subprocess_exec(*SERVE, stdout=asyncio.subprocess.PIPE)
        try:
            assert process.stdout is not None
            address = json.loads(await process.stdout.readline())["wyoming"]
            for _ in range(50):
                await sentence(address)
            before = resident(process.pid)
            await attack(address)
            first, most = resident(process.pid), resident(process.pid, "VmHWM")
            await attack(address)
            second = resident(process.pid)
            print(
                f"{attack.__name__}: {before:.0f} MB before, {most:.0f} at most, {first:.0f} after, {second:.0f} again"
            )
            assert most < before + 64 and second < first + 8
        finally:
            process.terminate()
            assert await process.wait() == 0

    asyncio.run(main())
