"""The household: a file that is read again whenever it changes, or a Home Assistant that is asked now and then."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from kiloglot.errors import ConfigError, DataError
from kiloglot.serve.log import Log
from kiloglot.serve.served import Served

if TYPE_CHECKING:
    from kiloglot.data import Household

__all__ = ["HouseholdFile", "HouseholdThere"]

_EVERY = 1.0  # seconds between two looks at the file
_PATIENCE = 5.0  # seconds for each answer of a Home Assistant

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
        await self._served.furnish(self._read)
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
            names = await self._served.furnish(self._read)
        except DataError as fault:
            self._log.event("household", "warning", done=False, reason=str(fault))
        else:
            self._log.event("household", done=True, names=names)

    def _read(self) -> Household:
        from kiloglot.data import read_household

        return read_household(self._path)

    def _state(self) -> _State | None:
        """What changes with the file; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


class HouseholdThere:
    """Keeps what is `served` in step with a running Home Assistant, which may start later and go away.

    It is asked again after `every` seconds, sooner where it did not answer; until it does, what was known goes on
    answering, and the log says why.
    """

    def __init__(self, url: str, token: str, served: Served, log: Log, *, every: float, soon: float) -> None:
        self._url = url
        self._token = token
        self._served = served
        self._log = log
        self._every = every
        self._soon = soon
        self._known: Household | None = None
        self._asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Asks once, and now and then from now on.

        Raises ConfigError where the address is none or the token is refused, MissingExtraError without `websockets`.
        """
        wait = await self._ask()
        self._asking = asyncio.create_task(self._ask_again(wait), name="household")

    async def stop(self) -> None:
        """Asks no more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask_again(self, wait: float) -> None:
        while True:
            await asyncio.sleep(wait)
            try:
                wait = await self._ask()
            except ConfigError as fault:
                self._log.event("household", "warning", done=False, reason=str(fault))
                wait = self._every

    async def _ask(self) -> float:
        """Asks, takes what is new, and returns how long to wait."""
        try:
            household = await asyncio.to_thread(self._read)
        except DataError as fault:
            self._log.event("household", "warning", done=False, reason=str(fault))
            return self._soon
        if household != self._known:
            names = await self._served.furnish(lambda: household)
            self._known = household
            self._log.event("household", done=True, names=names)
        return self._every

    def _read(self) -> Household:
        from kiloglot.data.home_assistant import read_home_assistant

        return read_home_assistant(self._url, self._token, timeout=_PATIENCE)
