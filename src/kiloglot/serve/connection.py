"""One HTTP connection: uvicorn's, with clients that are slow, silent or too many kept from holding it for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from kiloglot.serve.faults import FaultError, failure
from kiloglot.serve.limits import Limits

__all__ = ["Connection"]


class Connection(H11Protocol):
    """Ends a connection whose client does not send the head of a request, or does not read its answer, in time.

    uvicorn itself waits for ever for both. It answers a request that is no HTTP, and a connection too many, in Rasa's
    shape, and lets a client shut its side down while it waits for the answer.
    """

    def __init__(self, *args: Any, limits: Limits, dropped: Callable[[str], None], **named: Any) -> None:
        super().__init__(*args, **named)
        self._limits = limits
        self._dropped = dropped
        self._head: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    @property
    def _busy(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes the connection on, or says that there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # `pause_writing` then tells of every byte that the client does not take.
        if len(self.connections) > self._limits.connections:
            self._refuse(FaultError(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections", remedy="Try again later"))
            self._dropped("connections")
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        """Reads on; from the first byte to the end of a request's head there is a time limit."""
        super().data_received(data)
        if self._busy:
            self._head = _cancel(self._head)
        elif self._head is None:
            self._await_head()

    def eof_received(self) -> bool:  # type: ignore[override]
        """The client sends no more: what it has asked is answered, then the connection ends."""
        if not self._busy or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def on_response_complete(self) -> None:
        """The answer is written; a body that nobody wanted may still come, but not for ever."""
        super().on_response_complete()
        if self.cycle.more_body and not self._busy and not self.transport.is_closing():
            self._await_head()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        if self._reading is None:
            self._reading = self.loop.call_later(self._limits.patience, self._end, "unread")

    def resume_writing(self) -> None:
        """The client has read what there was."""
        super().resume_writing()
        self._reading = _cancel(self._reading)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to be timed."""
        self._head, self._reading = _cancel(self._head), _cancel(self._reading)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._dropped("malformed")
        self._refuse(FaultError(HTTPStatus.BAD_REQUEST, "the request is no HTTP that this server reads"))

    def _await_head(self) -> None:
        _cancel(self._head)
        self._head = self.loop.call_later(self._limits.patience, self._end, "head")

    def _end(self, reason: str) -> None:
        self._dropped(reason)
        self.transport.abort()

    def _refuse(self, fault: FaultError) -> None:
        """Answers without a request, and closes."""
        told = failure(fault)
        head = [f"HTTP/1.1 {fault.status.value} {fault.status.phrase}".encode(), b"connection: close"]
        head += [name + b": " + value for name, value in told.raw_headers]
        self.transport.write(b"\r\n".join([*head, b"", bytes(told.body)]))
        self.transport.close()


def _cancel(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Stops a timer; returns none in its place."""
    if timer is not None:
        timer.cancel()
    return None
