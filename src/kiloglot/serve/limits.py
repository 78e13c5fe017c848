"""What a server takes on, and how long it waits for whom."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from kiloglot.errors import ConfigError

__all__ = ["Limits"]

_MAY_BE_NONE = ("rate", "grace")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a server; sizes are most ones."""

    body: int = 1 << 20
    """Bytes of a request's body."""
    characters: int = 8192
    """Characters of an utterance; the model reads no more than 8192."""
    batch: int = 256
    """Utterances of one request."""
    waiting: int = 256
    """Requests that may wait for the model or be answered by it; more are refused."""
    connections: int = 1024
    """Open connections; more are refused."""
    rate: float = 0.0
    """Requests a second from one address on average, after a burst of as many as come in two seconds; 0: any number."""
    patience: float = 10.0
    """Seconds that a client may take to send a request, and to take in each part of its answer."""
    idle: float = 75.0
    """Seconds that a connection may be without a request."""
    grace: float = 30.0
    """Seconds that requests under way may take when the server is stopped."""

    def __post_init__(self) -> None:
        """Raises ConfigError for a bound under which nothing could be answered."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < math.inf or (value == 0 and field.name not in _MAY_BE_NONE):
                least = "0 or more" if field.name in _MAY_BE_NONE else "above 0"
                raise ConfigError(f"--{field.name} is {value}", remedy=f"It can be {least}, and finite")
