"""Clients of the servers over bare sockets: they cost little, and check what they are told."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from kiloglot.values import Parse

__all__ = ["WAYS", "Client", "Told", "Way", "clients", "expected"]

_PATIENCE = 30.0  # seconds after which a request is lost
_STALE = 20.0  # seconds after which a kept connection is not used again: the server may be about to end it


@dataclass(frozen=True, slots=True)
class Told:
    """What a server said of an utterance, whatever the protocol."""

    intent: str | None
    """The intent, None where it was rejected."""
    slots: tuple[tuple[str, str], ...]
    """(type, words) of each slot; empty where it was rejected."""


@dataclass(frozen=True, slots=True)
class Way:
    """A protocol, and how connections are used."""

    name: str
    """As a table calls it."""
    http: bool
    """HTTP; else Wyoming."""
    kept: bool
    """One connection for all requests; else one a request, as Home Assistant does."""


WAYS = (
    Way("HTTP, kept connection", http=True, kept=True),
    Way("HTTP, one connection a request", http=True, kept=False),
    Way("Wyoming, kept connection", http=False, kept=True),
    Way("Wyoming, one connection a request", http=False, kept=False),
)


class Client:
    """One client: asks, one utterance at a time."""

    def __init__(self, way: Way, address: tuple[str, int]) -> None:
        self._way = way
        self._address = address
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def ask(self, text: str) -> Told:
        """The answer. Raises OSError, EOFError, TimeoutError or ValueError where there is none."""
        if self._open and time.monotonic() - self._used > _STALE:
            self.close()
        async with asyncio.timeout(_PATIENCE):
            reader, writer = self._open or await asyncio.open_connection(*self._address)
            self._open = None
            writer.write(_http(text, self._way.kept) if self._way.http else _wyoming(text))
            told = await (_http_answer(reader) if self._way.http else _wyoming_answer(reader))
        if self._way.kept:
            self._open, self._used = (reader, writer), time.monotonic()
        else:
            writer.close()
        return told

    def close(self) -> None:
        """Ends a kept connection."""
        if self._open:
            self._open[1].close()
            self._open = None


def expected(parse: Parse) -> Told:
    """What a server has to say where the bare model says `parse`."""
    if parse.rejected:
        return Told(None, ())
    return Told(parse.intent, tuple((slot.type, slot.value(parse.text)) for slot in parse.slots))


def clients(argument: dict[str, Any]) -> dict[str, Any]:
    """`count` clients ask as fast as they are answered for `seconds`, in a process of their own (`apart`).

    Gives the latencies in milliseconds, how many were wrong or lost, and the processor time that asking took.
    """
    wanted = {text: Told(intent, tuple(map(tuple, slots))) for text, intent, slots in argument["expected"]}
    return asyncio.run(_asked(argument, wanted))


async def _asked(argument: dict[str, Any], wanted: dict[str, Told]) -> dict[str, Any]:
    times: list[float] = []
    faults: list[str] = []
    texts, way, address = list(wanted), WAYS[argument["way"]], tuple(argument["address"])

    async def one(number: int) -> None:
        client = Client(way, address)
        place = number * 37
        while (began := time.perf_counter()) < end:
            text = texts[place % len(texts)]
            place += 1
            try:
                told = await client.ask(text)
            except (OSError, EOFError, TimeoutError, ValueError) as fault:
                faults.append(repr(fault))
                continue
            times.append(1000 * (time.perf_counter() - began))
            if told != wanted[text]:
                faults.append(f"{text!r}: {told} instead of {wanted[text]}")
        client.close()

    began, used = time.perf_counter(), time.process_time()
    end = began + argument["seconds"]
    await asyncio.gather(*(one(number) for number in range(argument["count"])))
    seconds = time.perf_counter() - began
    return {"times": times, "faults": faults, "seconds": seconds, "cpu_seconds": time.process_time() - used}


def _http(text: str, kept: bool) -> bytes:
    body = json.dumps({"text": text}).encode()
    close = b"" if kept else b"Connection: close\r\n"
    return b"POST /model/parse HTTP/1.1\r\nHost: x\r\n%bContent-Length: %d\r\n\r\n%b" % (close, len(body), body)


async def _http_answer(reader: asyncio.StreamReader) -> Told:
    head = await reader.readuntil(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    told = json.loads(await reader.readexactly(size))
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ValueError(f"an error: {told}")
    if told["rejected"]:
        return Told(None, ())
    return Told(told["intent"]["name"], tuple((each["entity"], each["value"]) for each in told["entities"]))


def _wyoming(text: str) -> bytes:
    return json.dumps({"type": "transcript", "data": {"text": text}}).encode() + b"\n"


async def _wyoming_answer(reader: asyncio.StreamReader) -> Told:
    header = json.loads(await reader.readuntil(b"\n"))
    data = {**header.get("data", {}), **json.loads(await reader.readexactly(header.get("data_length", 0)) or b"{}")}
    if header["type"] == "not-recognized":
        return Told(None, ())
    if header["type"] != "intent":
        raise ValueError(f"an error: {data}")
    return Told(data["name"], tuple((each["name"], each["value"]) for each in data.get("entities") or ()))
