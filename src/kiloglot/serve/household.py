"""The household's file, read at the start and again whenever it changes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kiloglot.errors import DataError
from kiloglot.serve.log import Log
from kiloglot.serve.served import Served

__all__ = ["HouseholdFile"]

_EVERY = 1.0  # seconds between two looks at the file

_State = tuple[int, int, int]


class HouseholdFile:
    """Keeps what is `served` in step with a file. A new one that is at fault changes nothing, and the log says so."""

    def __init__(self, path: Path, served: Served, log: Log) -> None:
        self._path = path
        self._served = served
        self._log = log
        self._seen: _State | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Reads the file, and watches it from now on. Raises DataError where it is at fault."""
        self._seen = self._state()
        await self._served.furnish(self._path)
        self._watching = asyncio.create_task(self._watch(), name="household")

    async def stop(self) -> None:
        """Watches no more."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            state = self._state()
            if state != self._seen:
                self._seen = state
                await self._read_again()

    async def _read_again(self) -> None:
        try:
            names = await self._served.furnish(self._path)
        except DataError as fault:
            self._log.event("household", "warning", done=False, reason=str(fault))
        else:
            self._log.event("household", done=True, names=names)

    def _state(self) -> _State | None:
        """What changes with the file; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
