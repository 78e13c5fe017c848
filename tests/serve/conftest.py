"""A Wyoming server in the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kiloglot.serve import Served, WyomingServer

Play = Callable[[WyomingServer, str], Awaitable[Any]]


@pytest.fixture
def play(tiny_model: Path) -> Callable[..., Any]:
    """Runs `scene(server, address)` beside a server of the tiny model that is started and stopped around it.

    `model(served)` may put another in its place.
    """

    def run(scene: Play, address: str = "tcp://127.0.0.1:0", model: Any = None, **options: Any) -> Any:
        async def main() -> Any:
            served = Served(tiny_model)
            server = WyomingServer(model(served) if model else served, address, **options)
            where = await server.start()
            try:
                return await scene(server, where)
            finally:
                await server.stop()
                await served.close()

        return asyncio.run(main())

    return run


async def dial(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A bare connection, for what no well-behaved client sends."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return await asyncio.open_unix_connection(Path(parts.path))
    return await asyncio.open_connection(parts.hostname, parts.port)
