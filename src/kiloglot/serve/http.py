"""The HTTP server: FastAPI on uvicorn, within limits, and stopped without losing a request."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import struct
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from socket import SOL_SOCKET, socket
from typing import Any

import uvicorn

from kiloglot.serve.address import Address
from kiloglot.serve.connection import Connection
from kiloglot.serve.guard import Guard, Rates
from kiloglot.serve.http_app import PATHS, Answers, http_app
from kiloglot.serve.limits import Limits
from kiloglot.serve.log import Log
from kiloglot.serve.metrics import Metrics
from kiloglot.serve.served import Served
from kiloglot.serve.wyoming import WyomingServer

__all__ = ["HttpServer"]

_LINGER = 2.0  # seconds in which a client that kept its connection can learn that the server stops
_TICK = 0.02
_SO_ATTACH_FILTER = 26  # of Linux; Python has no name for it


class HttpServer:
    """Answers HTTP with a model that other servers of the process may share."""

    def __init__(
        self,
        served: Served,
        address: Address,
        *,
        limits: Limits | None = None,
        log: Log,
        token: str = "",
        models: Path | None = None,
        wyoming: WyomingServer | None = None,
    ) -> None:
        """`/metrics` tells of the `wyoming` server of the process, too."""
        self._address = address
        self._limits = limits or Limits()
        self._listener: socket | None = None
        metrics = Metrics(served, log, lambda: len(self._uvicorn.server_state.connections), wyoming)
        stopping = asyncio.Event()
        answers = Answers(
            served=served,
            limits=self._limits,
            log=log,
            metrics=metrics,
            stopping=stopping,
            models=models,
            first=served.folder,
            may_swap=bool(token),
        )
        self._guard = Guard(
            app=http_app(answers),
            limits=self._limits,
            token=token,
            paths=PATHS,
            metrics=metrics,
            log=log,
            rates=Rates(self._limits.rate),
            stopping=stopping,
        )
        self._uvicorn = _Uvicorn(self._config(metrics))
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Listens, and returns where. Raises ConfigError where the port is taken or not allowed."""
        self._listener = self._address.listening("--http")
        host, port = self._listener.getsockname()[:2]
        self._running = asyncio.create_task(self._uvicorn.serve([self._listener]))
        while not self._uvicorn.started and not self._running.done():
            await asyncio.sleep(0)
        if self._running.done():
            await self._running
        return f"http://{Address(host, port)}"

    async def stop(self) -> None:
        """Takes on no more, and returns when every request that has come is answered or `limits.grace` is over.

        A connection that the system has already made is a request to come. A client that keeps its connection is told
        with its next answer that this was the last.
        """
        if self._running is None or self._listener is None:
            return
        self._guard.stopping.set()
        loop = asyncio.get_running_loop()
        _deafen(self._listener)
        # What asyncio has just accepted becomes a connection in the next round of the loop, if its server is open.
        loop.remove_reader(self._listener)
        await asyncio.sleep(0)
        waiting = _accepted(self._listener)
        for server in self._uvicorn.servers:
            server.close()
        for connection in waiting:
            with contextlib.suppress(OSError):  # Its client is gone.
                await loop.connect_accepted_socket(self._protocol, connection)
        end = time.monotonic() + min(_LINGER, self._limits.grace)
        while self._uvicorn.server_state.connections and time.monotonic() < end:
            await asyncio.sleep(_TICK)
        self._uvicorn.should_exit = True
        await self._running

    def _config(self, metrics: Metrics) -> uvicorn.Config:
        connection: Any = partial(Connection, limits=self._limits, dropped=metrics.dropped)
        return uvicorn.Config(
            self._guard,
            http=connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=16_384,
            timeout_keep_alive=max(1, round(self._limits.idle)),
            timeout_graceful_shutdown=max(1, round(self._limits.grace)),
        )

    def _protocol(self) -> asyncio.Protocol:
        made: Any = self._uvicorn.config.http_protocol_class
        protocol: asyncio.Protocol = made(
            config=self._uvicorn.config, server_state=self._uvicorn.server_state, app_state={}
        )
        return protocol


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves the signals to whoever runs the process."""
        yield


def _deafen(listener: socket) -> None:
    """Lets the system drop what newly comes to `listener`, where it can (Linux).

    A connection that is made between the last look at the queue and the end of the listener would be reset with its
    request. One that is not made yet is tried again by its client, and then refused before anything is sent.
    """
    if sys.platform == "linux":
        drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0), 8)  # a filter: BPF_RET | BPF_K, 0
        program = struct.pack("HP", 1, ctypes.addressof(drop_all))
        with contextlib.suppress(OSError):
            listener.setsockopt(SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _accepted(listener: socket) -> list[socket]:
    """The connections that the system has made and nobody has taken on yet."""
    found = []
    with contextlib.suppress(OSError):  # BlockingIOError: there are no more.
        while True:
            connection, _ = listener.accept()
            connection.setblocking(False)
            found.append(connection)
    return found
