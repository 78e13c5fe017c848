"""Where a server listens: HOST:PORT, what of it others can reach, and the socket."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from kiloglot.errors import ConfigError

__all__ = ["Address"]

_BACKLOG = 1024  # connections that the system holds until they are accepted


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP address to listen at."""

    host: str
    """IP address; a name is resolved when it is read."""
    port: int
    """Port; 0: one that is free."""

    @classmethod
    def read(cls, text: str, flag: str) -> Address:
        """Reads `HOST:PORT` or `[HOST]:PORT`, as given with `flag`. Raises ConfigError where it is none."""
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
            raise ConfigError(f"{flag}: {text!r} is not HOST:PORT", remedy=f"As in: {flag} 127.0.0.1:5005")
        try:
            found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise ConfigError(
                f"{flag}: there is no host {host!r} ({fault})", remedy="Name an address of yours"
            ) from None
        first = min(found, key=lambda each: each[0] != socket.AF_INET)
        return cls(str(first[4][0]), int(port))

    @property
    def is_public(self) -> bool:
        """Whether others than this machine can reach it."""
        return not ipaddress.ip_address(self.host.partition("%")[0]).is_loopback

    def listening(self, flag: str) -> socket.socket:
        """A socket that listens here. Raises ConfigError where the port is taken or not allowed."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio sets TCP_NODELAY where the protocol is named: without it answers of two parts wait 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
            listener.listen(_BACKLOG)
        except OSError as fault:
            listener.close()
            problem = f"{flag}: cannot listen at {self} ({fault.strerror or fault})"
            raise ConfigError(problem, remedy=f"Stop what listens there, or name another with {flag}") from fault
        listener.setblocking(False)
        return listener

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
