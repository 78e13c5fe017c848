"""Wyoming's messages on the wire: a line of JSON, `data_length` bytes of JSON, `payload_length` bytes of anything.

Source: the format section of the protocol's description, https://github.com/OHF-Voice/wyoming. The reader of the
`wyoming` package takes any length that it is told and treats what it cannot read as the end of the stream; this one
has bounds and says what is wrong.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wyoming.event import Event
from wyoming.version import __version__ as protocol_version

__all__ = ["WireFault", "WyomingLimits", "encoded", "read_event"]

_DEPTH = 32  # levels of objects and lists; Home Assistant sends two
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class WyomingLimits:
    """What one Wyoming peer may cost."""

    connections: int = 2000
    """Connections at once, and at most half of what the process may open; the one idle longest makes room."""
    header_bytes: int = 65_536
    """Bytes of a message's first line at most."""
    data_bytes: int = 65_536
    """Bytes of a message's data at most."""
    payload_bytes: int = 1_048_576
    """Bytes of a message's payload at most; it is skipped, since no message that is answered has one."""
    idle_seconds: float = 300.0
    """Seconds that a connection may wait between two messages."""
    message_seconds: float = 10.0
    """Seconds from a message's first byte to its last."""
    write_seconds: float = 10.0
    """Seconds that a peer may leave an answer unread."""
    stop_seconds: float = 5.0
    """Seconds that `stop` waits for answers under way."""


class WireFault(ValueError):
    """A message that cannot be read: the connection has no next message that could be found."""

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        """What the peer is told: `malformed`, `too-large` or `slow`."""
        super().__init__(text)


async def read_event(reader: asyncio.StreamReader, first: bytes, limits: WyomingLimits) -> Event:
    """The message that begins with the byte `first`. `reader` was made with `limit=limits.header_bytes`.

    Raises WireFault where it is no message, claims more than the limits, or ends early.
    """
    try:
        line = first if first == b"\n" else first + await reader.readuntil(b"\n")
        header = _object(line, "the first line")
        size = _length(header, "data_length", limits.data_bytes)
        rest = _length(header, "payload_length", limits.payload_bytes)
        data = _data(header.get("data"))
        if size:
            data |= _object(await reader.readexactly(size), "the data")
        await _skip(reader, rest)
    except asyncio.LimitOverrunError as fault:
        raise WireFault("too-large", f"the first line is longer than {limits.header_bytes:,} bytes") from fault
    except asyncio.IncompleteReadError as fault:
        raise WireFault("malformed", "the message ends early") from fault
    kind = header.get("type")
    if not isinstance(kind, str):
        raise WireFault("malformed", "the first line names no type")
    return Event(kind, data)


def encoded(event: Event) -> bytes:
    """`event` as bytes. JSON in ASCII, so that lone surrogates of a text pass, too."""
    data = json.dumps(event.data, separators=(",", ":")).encode() if event.data else b""
    header: dict[str, Any] = {"type": event.type, "version": protocol_version}
    if data:
        header["data_length"] = len(data)
    return json.dumps(header, separators=(",", ":")).encode() + b"\n" + data


def _length(header: Mapping[str, Any], name: str, limit: int) -> int:
    value = header.get(name)
    length = 0 if value is None else value
    if type(length) is not int or length < 0:
        raise WireFault("malformed", f"{name} is {_shown(length)}, not a number of bytes")
    if length > limit:
        raise WireFault("too-large", f"{name} is {_shown(length)}, the limit is {limit:,} bytes")
    return length


def _data(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WireFault("malformed", f"data is {_shown(value)}, not an object")
    return value


def _object(content: bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(content, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as fault:
        raise WireFault("malformed", f"{what} is no JSON ({str(fault)[:60]})") from fault
    if not isinstance(value, dict):
        raise WireFault("malformed", f"{what} is {_shown(value)}, not an object")
    if _deeper(value, _DEPTH):
        raise WireFault("malformed", f"{what} is nested deeper than {_DEPTH} levels")
    return value


def _deeper(value: object, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not levels or any(_deeper(each, levels - 1) for each in inside if isinstance(each, dict | list))


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    """Numbers that do not fit would come back as `Infinity`, which is no JSON."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is too large a number")
    return value


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    while length:
        piece = await reader.read(min(length, _PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", length)
        length -= len(piece)


def _shown(value: object) -> str:
    """`value`, short enough for a message."""
    return ascii(value)[:60]
