"""Where a Wyoming server listens: `tcp://HOST:PORT` or `unix://PATH`, and the socket behind it."""

from __future__ import annotations

import errno
import os
import re
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kiloglot.errors import ConfigError
from kiloglot.serve.address import Address

__all__ = ["WyomingAddress"]

_BACKLOG = 512
_FLAG = "--wyoming"
_PLACE = re.compile(r"tcp://(?P<tcp>(?:\[[^]/]+\]|[^][:/]+):(?P<port>\d+))/?|unix://(?P<path>.*[^/].*)")


@dataclass(frozen=True, slots=True)
class WyomingAddress:
    """One address to listen at: `tcp` or `path`."""

    tcp: Address | None = None
    """Host and port."""
    path: Path = Path()
    """File of a unix socket, where `tcp` is None."""

    @classmethod
    def of(cls, uri: str) -> WyomingAddress:
        """Reads an address; raises ConfigError where it is none."""
        found = _PLACE.fullmatch(uri)
        if found is None or int(found["port"] or 0) > 65535:
            remedy = f"As in: {_FLAG} tcp://127.0.0.1:10500, {_FLAG} unix:///run/kiloglot/wyoming.sock"
            raise ConfigError(f"{_FLAG}: {uri!r} is no address", remedy=remedy)
        return cls(Address.read(found["tcp"], _FLAG)) if found["tcp"] else cls(path=Path(found["path"]))

    def __str__(self) -> str:
        return f"tcp://{self.tcp}" if self.tcp else f"unix://{self.path}"

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.tcp is None or not self.tcp.is_public

    def at(self, port: int) -> WyomingAddress:
        """The same with the port that was free."""
        return replace(self, tcp=replace(self.tcp, port=port)) if self.tcp else self

    def listening(self, mode: int) -> socket.socket:
        """A socket that listens here; `mode` is the permission of a unix socket's file.

        Raises ConfigError where the address is taken or not allowed.
        """
        if self.tcp is not None:
            return self.tcp.listening(_FLAG)
        try:
            return self._unix(mode)
        except OSError as fault:
            problem = f"{_FLAG}: cannot listen at {self} ({fault.strerror or fault})"
            raise ConfigError(problem, remedy=f"Stop what listens there, or name another with {_FLAG}") from fault

    def release(self) -> None:
        """Removes the file of a unix socket, once nobody listens there."""
        if self.tcp is None:
            with suppress(OSError):
                _remove_stale(self.path)

    def _unix(self, mode: int) -> socket.socket:
        _remove_stale(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(os.fspath(self.path))
            self.path.chmod(mode)  # Before it listens: nobody connects in between.
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
        return listener


def _remove_stale(path: Path) -> None:
    """Removes a socket's file that a killed server left. Raises OSError where a server listens, or it is no socket."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FileExistsError(errno.EEXIST, "a file that is no socket lies there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
