"""What stands before every HTTP request: token, rate, size and time of the body; and what counts and logs it after."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiloglot.serve.faults import FaultError, failure
from kiloglot.serve.limits import Limits
from kiloglot.serve.log import Log, places
from kiloglot.serve.metrics import Metrics

__all__ = ["Guard", "Rates"]

_ADDRESSES = 10_000  # addresses whose rates are kept
_BURST = 2.0  # seconds' worth of requests that may come at once


class Rates:
    """Token buckets: how many requests of an address are still allowed now."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Counts a request of `address` at `now`, in seconds of a clock that never jumps; False where it is one too
        many.
        """
        if not self._rate:
            return True
        full = max(1.0, self._rate * _BURST)
        left, since = self._buckets.pop(address, (full, now))
        left = min(full, left + (now - since) * self._rate)
        allowed = left >= 1
        self._buckets[address] = (left - allowed, now)
        if len(self._buckets) > _ADDRESSES:
            self._buckets.popitem(last=False)
        return allowed


@dataclass(frozen=True, slots=True)
class Guard:
    """An ASGI app around `app`, which sees only requests that are whole and allowed."""

    app: ASGIApp
    """Who answers."""
    limits: Limits
    """Bounds of a request."""
    token: str
    """What a client has to show; empty: nothing."""
    paths: Mapping[str, bool]
    """The paths that are counted under their names, and whether each needs the token; any other path needs it."""
    metrics: Metrics
    """Who counts."""
    log: Log
    """Where each request leaves a line."""
    rates: Rates
    """How many requests come from where."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when every connection is to end with the answer under way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, whatever happens."""
        began = time.monotonic()
        path = scope["path"] if scope["path"] in self.paths else "other"
        answer = _Answer(send, self.stopping)
        try:
            await self._pass(scope, receive, answer)
        except FaultError as fault:
            await failure(fault)(scope, receive, answer)
        except _LeftError:
            self.metrics.dropped("left")
        except Exception as error:  # The last stop of a request: the others go on, and the log shows what was wrong.
            self.log.event("fault", "error", path=path, error=type(error).__name__, traceback=places(error))
            if not answer.status:
                await failure(error)(scope, receive, answer)
        self._note(scope, path, answer, time.monotonic() - began)

    async def _pass(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        if not self.rates.allows(_client(scope), time.monotonic()):
            raise FaultError(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", remedy="Try again in a second")
        if self.token and self.paths.get(scope["path"], True) and not self._knows_token(scope):
            remedy = "Send it as 'Authorization: Bearer TOKEN' or as ?token=TOKEN"
            raise FaultError(HTTPStatus.UNAUTHORIZED, "the token is missing or wrong", remedy=remedy)
        whole: Message = {"type": "http.request", "body": await self._body(scope, receive), "more_body": False}
        messages = [whole]

        async def received() -> Message:
            return messages.pop() if messages else await receive()

        await self.app(scope, received, answer)

    def _knows_token(self, scope: Scope) -> bool:
        """Whether the right token came along; each is compared in constant time."""
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        shown = [value[7:] for value in given if value[:7].lower() == b"bearer "]
        query = parse_qsl(scope["query_string"].decode("latin-1"), encoding="utf-8", errors="surrogateescape")
        shown += [value.encode("utf-8", "surrogateescape") for name, value in query if name == "token"]
        return any(hmac.compare_digest(each, self.token.encode()) for each in shown)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. Raises FaultError where it is too long or does not come."""
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if int(said) > self.limits.body:
            raise self._too_long(f"{int(said)} bytes")
        body, more = bytearray(), True
        try:
            async with asyncio.timeout(self.limits.patience):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _LeftError
                    body += message["body"]
                    more = message["more_body"]
                    if len(body) > self.limits.body:
                        raise self._too_long(f"more than {self.limits.body} bytes")
        except TimeoutError:
            problem = f"the body did not come within {self.limits.patience:g} seconds"
            raise FaultError(HTTPStatus.REQUEST_TIMEOUT, problem) from None
        return bytes(body)

    def _too_long(self, size: str) -> FaultError:
        problem = f"the body has {size}; {self.limits.body} are allowed"
        return FaultError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem, remedy="Send less at a time")

    def _note(self, scope: Scope, path: str, answer: _Answer, seconds: float) -> None:
        if answer.status:
            self.metrics.answered(path, answer.status, seconds)
        self.log.event(
            "request",
            method=scope["method"],
            path=path,
            status=answer.status,
            milliseconds=round(1000 * seconds, 3),
            client=_client(scope),
        )


class _LeftError(Exception):
    """The client is gone, and so is its request."""


class _Answer:
    """Sends an answer on, and remembers its status; 0: none has begun."""

    def __init__(self, send: Send, stopping: asyncio.Event) -> None:
        self._send = send
        self._stopping = stopping
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._stopping.is_set() or self.status == HTTPStatus.REQUEST_TIMEOUT:
                message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await self._send(message)


def _client(scope: Scope) -> str:
    return scope["client"][0] if scope["client"] else ""
