"""One Wyoming connection, from its first byte to its last."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

from wyoming.error import Error
from wyoming.event import Event

from kiloglot.serve.wyoming_answers import WyomingAnswers
from kiloglot.serve.wyoming_wire import WireFault, WyomingLimits, encoded, read_event

__all__ = ["WyomingConnection"]

_LINGER_SECONDS, _LINGER_BYTES = 1.0, 1_048_576


class WyomingConnection:
    """Answers the messages of one peer, one after the other; a fault ends this connection and no other.

    It holds one message and one answer at a time: the next message is read when the peer has taken the last answer.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: WyomingAnswers,
        limits: WyomingLimits,
        counts: Counter[str],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._answers = answers
        self._limits = limits
        self._counts = counts
        self._patience: asyncio.Timeout | None = None
        self._ending: str | None = None
        self.idle_since = 0.0
        """When it last began to wait for a message, on the loop's clock."""

    @property
    def idle(self) -> bool:
        """Whether it waits for a message and nobody has hung up."""
        return self._patience is not None and self._ending is None

    def hang_up(self, reason: str) -> None:
        """Ends the connection once nothing is under way; a message that has begun is still answered."""
        if self._patience is not None and self._ending is None:
            self._patience.reschedule(asyncio.get_running_loop().time())
        self._ending = self._ending or reason

    async def run(self) -> None:
        """Serves until the peer closes, is at fault or waits too long; then the socket is closed."""
        self._writer.transport.set_write_buffer_limits(high=0)  # A drained answer has left this process.
        try:
            while first := await self._first_byte():
                await self._serve(first)
                await asyncio.sleep(0)  # The others' turn, also where the next message is here already.
        except WireFault as fault:
            self._counts[fault.code] += 1
            await self._refuse(fault)
        except TimeoutError:
            self._counts["unread"] += 1
        except OSError:
            self._counts["gone"] += 1
        finally:
            self._close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def _close(self) -> None:
        """Closing waits until the peer has read what was written; one that does not read is cut off."""
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()
        else:
            self._writer.close()

    async def _first_byte(self) -> bytes:
        """The next message's first byte; empty at the end of the stream, or where no message comes any more."""
        if self._ending is None:
            self.idle_since = asyncio.get_running_loop().time()
            try:
                async with asyncio.timeout(self._limits.idle_seconds) as self._patience:
                    return await self._reader.read(1)
            except TimeoutError:
                self._ending = self._ending or "idle"
            finally:
                self._patience = None
        with suppress(TimeoutError):
            async with asyncio.timeout(0):  # What came in while the line was being cut.
                return await self._reader.read(1)
        self._counts[self._ending] += 1
        return b""

    async def _serve(self, first: bytes) -> None:
        try:
            async with asyncio.timeout(self._limits.message_seconds):
                event = await read_event(self._reader, first, self._limits)
        except TimeoutError as late:
            seconds = f"{self._limits.message_seconds:g} seconds"
            raise WireFault("slow", f"the message is not whole after {seconds}") from late
        answers = await self._answers.to(event)
        if not answers:
            self._counts["ignored"] += event.type != "select-program"
            return
        self._counts.update(answer.type for answer in answers)
        await self._send(*answers)

    async def _send(self, *events: Event) -> None:
        """Raises TimeoutError where the peer does not read."""
        self._writer.write(b"".join(map(encoded, events)))
        async with asyncio.timeout(self._limits.write_seconds):
            await self._writer.drain()

    async def _refuse(self, fault: WireFault) -> None:
        """Says what is wrong. A socket that is closed with bytes unread takes the answer with it: they are read."""
        with suppress(OSError):
            await self._send(Error(str(fault), fault.code).event())
            if self._writer.can_write_eof():
                self._writer.write_eof()
            left = _LINGER_BYTES
            async with asyncio.timeout(_LINGER_SECONDS):
                while left > 0 and (piece := await self._reader.read(65_536)):
                    left -= len(piece)
