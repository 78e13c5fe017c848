"""The Wyoming server: what Home Assistant's voice pipeline asks."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from wyoming.error import Error

from kiloglot.serve.announcement import Announcement
from kiloglot.serve.served import Served
from kiloglot.serve.wyoming_address import WyomingAddress
from kiloglot.serve.wyoming_answers import Role, WyomingAnswers
from kiloglot.serve.wyoming_connection import WyomingConnection
from kiloglot.serve.wyoming_wire import WyomingLimits, encoded

__all__ = ["WyomingServer"]

_LOG = logging.getLogger(__name__)


class WyomingServer:
    """Answers Wyoming at one address. `start` and `stop` it in a running event loop."""

    def __init__(
        self,
        served: Served,
        address: str,
        *,
        role: Role = "intent",
        announce: bool | None = None,
        socket_mode: int = 0o660,
        limits: WyomingLimits | None = None,
    ) -> None:
        """`role` answers a transcript whose sender selects no program; `announce` by Zeroconf is on, off, or on for
        an address that others reach. Raises ConfigError where `address` is none.
        """
        self._served = served
        self._address = WyomingAddress.of(address)
        self._role = role
        self.announced = not self._address.loopback if announce is None else announce
        """Whether the network is told of the address while the server runs."""
        self._socket_mode = socket_mode
        self._limits = limits or WyomingLimits()
        self._server: asyncio.Server | None = None
        self._announcement: Announcement | None = None
        self._open: dict[WyomingConnection, asyncio.Task[None]] = {}
        self._counts: Counter[str] = Counter()
        self._room = self._limits.connections

    @property
    def counts(self) -> Mapping[str, int]:
        """How often what happened since the start: answers by type, and what was refused, left or ended, by reason."""
        return dict(self._counts)

    @property
    def connections(self) -> int:
        """Connections that are open."""
        return len(self._open)

    async def start(self) -> str:
        """Listens, and returns the address with its real port. Raises ConfigError where the address is taken."""
        listener = self._address.listening(self._socket_mode)
        self._room = _room(self._limits.connections)
        limit = self._limits.header_bytes
        if self._address.tcp is None:
            self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=limit)
        else:
            self._address = self._address.at(listener.getsockname()[1])
            self._server = await asyncio.start_server(self._accept, sock=listener, limit=limit)
        if self.announced and self._address.tcp is not None:
            self._announcement = Announcement(self._address.tcp.host, self._address.tcp.port)
            self._announcement.publish()
        return str(self._address)

    async def stop(self) -> None:
        """Takes no more connections, finishes the answers under way within the limit, and lets go of the address."""
        if self._server is not None:
            self._server.close()
        self._address.release()
        for connection in self._open:
            connection.hang_up("stopped")
        await asyncio.gather(self._finish(), self._withdraw())

    async def _finish(self) -> None:
        if tasks := set(self._open.values()):
            _, late = await asyncio.wait(tasks, timeout=self._limits.stop_seconds)
            self._counts["cut"] += len(late)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _withdraw(self) -> None:
        if self._announcement is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._limits.stop_seconds):
                    await self._announcement.withdraw()
            self._announcement = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._counts["connections"] += 1
        if len(self._open) >= self._room and not self._made_room():
            self._counts["refused"] += 1
            writer.write(encoded(Error(f"{len(self._open):,} connections are busy", "overloaded").event()))
            writer.close()
            return
        answers = WyomingAnswers(self._served, self._role)
        connection = WyomingConnection(reader, writer, answers, self._limits, self._counts)
        task = asyncio.create_task(connection.run(), name="wyoming connection")
        self._open[connection] = task
        task.add_done_callback(lambda done: self._closed(connection, done))

    def _made_room(self) -> bool:
        """Hangs up on the connection that has been idle longest; False where none is idle."""
        idle = min((c for c in self._open if c.idle), key=lambda c: c.idle_since, default=None)
        if idle is None:
            return False
        idle.hang_up("made room")
        return True

    def _closed(self, connection: WyomingConnection, task: asyncio.Task[None]) -> None:
        del self._open[connection]
        if not task.cancelled() and (fault := task.exception()) is not None:
            _LOG.error("a Wyoming connection ended with a fault of ours", exc_info=fault)


def _room(wanted: int) -> int:
    """Connections that the process can have open, with half of its files left for all else."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if files == resource.RLIM_INFINITY else min(wanted, files // 2)
