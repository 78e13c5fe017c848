"""Where a Wyoming server listens: `tcp://HOST:PORT` or `unix://PATH`, and the sockets behind it."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kiloglot.errors import ConfigError

__all__ = ["WyomingAddress"]

_BACKLOG = 512
_REMEDY = "Write tcp://127.0.0.1:10500, tcp://[::1]:10500 or unix:///run/kiloglot/wyoming.sock"


@dataclass(frozen=True, slots=True)
class WyomingAddress:
    """One address to listen at."""

    host: str = ""
    """Name or number of the interface, empty for a unix socket."""
    port: int = 0
    """TCP port; 0 takes a free one."""
    path: Path | None = None
    """File of a unix socket."""

    @classmethod
    def of(cls, uri: str) -> WyomingAddress:
        """Reads an address; raises ConfigError where it is none."""
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError as fault:
            raise ConfigError(f"{uri!r} is no address ({fault})", remedy=_REMEDY) from fault
        if parts.scheme == "unix" and (parts.netloc + parts.path).strip("/"):
            return cls(path=Path(parts.netloc + parts.path))
        if parts.scheme != "tcp" or not parts.hostname or port is None or parts.path.strip("/"):
            raise ConfigError(f"{uri!r} is no address", remedy=_REMEDY)
        return cls(parts.hostname, port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}" if self.path is None else f"unix://{self.path}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def listening(self, mode: int) -> list[socket.socket]:
        """Bound sockets; `mode` is the permission of a unix socket's file. Raises ConfigError where it is taken."""
        try:
            return [self._unix(self.path, mode)] if self.path is not None else self._tcp()
        except OSError as fault:
            raise self._fault(fault) from fault

    def release(self) -> None:
        """Removes the file of a unix socket, once nobody listens there."""
        if self.path is not None:
            with suppress(OSError):
                _remove_stale(self.path)

    def _tcp(self) -> list[socket.socket]:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        places = list(dict.fromkeys((family, where) for family, _, _, _, where in found))
        sockets: list[socket.socket] = []
        try:
            for family, where in places if self.port else places[:1]:  # Several could not agree on a free port.
                sockets.append(socket.create_server(where[:2], family=family, backlog=_BACKLOG))
        except OSError:
            for each in sockets:
                each.close()
            raise
        return sockets

    def _unix(self, path: Path, mode: int) -> socket.socket:
        _remove_stale(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            bound.bind(os.fspath(path))
            path.chmod(mode)  # Before it listens: nobody connects in between.
            bound.listen(_BACKLOG)
        except OSError:
            bound.close()
            raise
        return bound

    def _fault(self, fault: OSError) -> ConfigError:
        if fault.errno == errno.EADDRINUSE:
            return ConfigError(f"{self} is in use", remedy="Stop what listens there, or name another address")
        if fault.errno in (errno.EACCES, errno.EPERM):
            return ConfigError(
                f"{self} may not be used ({fault.strerror})", remedy="Name a port above 1023 or a path of your own"
            )
        return ConfigError(f"{self} cannot be listened at ({fault.strerror or fault})", remedy=_REMEDY)


def _remove_stale(path: Path) -> None:
    """Removes a socket's file that a killed server left. Raises OSError where a server listens, or it is no socket."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "a file lies there that is no socket")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, "a server listens there")
