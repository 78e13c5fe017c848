"""Tells the local network where a Wyoming server listens, by Zeroconf: Home Assistant then offers to set it up."""

from __future__ import annotations

import asyncio
import importlib.util
import ipaddress
import logging
import socket
from typing import TYPE_CHECKING

from kiloglot.errors import MissingExtraError

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

__all__ = ["SERVICE", "Announcement"]

SERVICE = "_wyoming._tcp.local."
"""Type of the service, which Home Assistant looks for."""

_MULTICAST = ("224.0.0.251", 5353)  # where mDNS speaks (RFC 6762); connecting to it says which interface leads there
_LOG = logging.getLogger(__name__)


class Announcement:
    """A service of this machine. Where the network takes no announcement, a warning says so and no more happens."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._zeroconf: AsyncZeroconf | None = None
        self._telling: asyncio.Task[None] | None = None

    def publish(self) -> None:
        """Announces until `withdraw`, from a second later on: first the network is asked whether the name is free.

        Raises MissingExtraError where zeroconf is not installed.
        """
        if importlib.util.find_spec("zeroconf") is None:
            raise MissingExtraError("announcing a server", "serve")
        self._telling = asyncio.create_task(self._tell(), name="announcement")

    async def withdraw(self) -> None:
        """Says good-bye."""
        if self._telling is not None:
            await self._telling
        await self._close()

    async def _tell(self) -> None:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        machine = socket.gethostname().partition(".")[0]
        try:
            address = _reachable(self._host)
            self._zeroconf = AsyncZeroconf(interfaces=[str(address)])
            info = AsyncServiceInfo(
                SERVICE,
                f"{f'kiloglot-{machine}'[:50]}-{self._port}.{SERVICE}",
                addresses=[address.packed],
                port=self._port,
                server=f"{machine}.local.",
            )
            await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (OSError, Error) as fault:
            _LOG.warning("the Wyoming server is not announced: %s", fault or type(fault).__name__)
            await self._close()

    async def _close(self) -> None:
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None


def _reachable(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address that others use: that of the interface towards the network where `host` is every interface."""
    found = ipaddress.ip_address(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    if not found.is_unspecified:
        return found
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_MULTICAST)
        return ipaddress.ip_address(probe.getsockname()[0])
