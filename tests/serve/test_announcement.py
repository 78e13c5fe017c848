"""What a Wyoming server tells the network, heard by zeroconf's own browser on the loopback interface."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from kiloglot.serve import Served, WyomingServer
from kiloglot.serve.announcement import SERVICE, Announcement

Play = Callable[..., Any]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:0", "tcp://localhost:0"])
def test_a_server_is_found_while_it_runs_and_gone_when_it_stops(tiny_model: Any, address: str) -> None:
    async def main() -> None:
        server = WyomingServer(Served(tiny_model), address, announce=True)
        seen: asyncio.Queue[tuple[str, ServiceStateChange]] = asyncio.Queue()

        def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
            seen.put_nowait((name, state_change))

        ears = AsyncZeroconf(interfaces=["127.0.0.1"])
        browser = AsyncServiceBrowser(ears.zeroconf, SERVICE, handlers=[changed])
        try:
            where = await server.start()
            name, change = await asyncio.wait_for(seen.get(), 20)
            assert change is ServiceStateChange.Added and name.startswith("kiloglot-")
            info = await ears.async_get_service_info(SERVICE, name)
            assert isinstance(info, AsyncServiceInfo)
            assert info.parsed_addresses() == ["127.0.0.1"] and where.endswith(f":{info.port}")
            await server.stop()
            while change is not ServiceStateChange.Removed:
                gone, change = await asyncio.wait_for(seen.get(), 20)
            assert gone == name
        finally:
            await server.stop()
            await browser.async_cancel()
            await ears.async_close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("address", "announce", "announced"),
    [
        ("tcp://127.0.0.1:0", None, False),
        ("tcp://[::1]:0", None, False),
        ("unix:///tmp/kiloglot.sock", None, False),
        ("tcp://0.0.0.0:0", None, True),
        ("tcp://192.0.2.1:0", None, True),
        ("tcp://0.0.0.0:0", False, False),
        ("tcp://127.0.0.1:0", True, True),
    ],
)
def test_only_what_others_can_reach_is_announced_unless_told(
    tiny_model: Any, address: str, announce: bool | None, announced: bool
) -> None:
    assert WyomingServer(Served(tiny_model), address, announce=announce).announced is announced


def test_a_network_that_takes_no_announcement_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        announcement = Announcement("kiloglot.invalid", 10500)  # RFC 2606: a name that never resolves.
        announcement.publish()
        await announcement.withdraw()

    with caplog.at_level(logging.WARNING):
        asyncio.run(main())
    assert "is not announced" in caplog.text
