"""Home Assistant's conversations with a Wyoming service, byte by byte.

What it sends, and what it makes of the answers, is read from homeassistant/components/wyoming/ of
https://github.com/home-assistant/core: `data.py` (load_wyoming_info: one describe over a connection of its own, an
answer within a second), `config_flow.py` and `conversation.py` (one connection a sentence; the first intent ends the
wait, unless `intents-start` came before it: then `intents-stop` does). The bytes are those that wyoming 1.10.2 writes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from wyoming.asr import Transcript
from wyoming.client import AsyncTcpClient
from wyoming.event import Event, async_read_event
from wyoming.info import Info
from wyoming.intent import Intent, NotRecognized

from kiloglot.serve import WyomingServer
from tests.serve.conftest import dial

Play = Callable[..., Any]

DESCRIBE = b'{"type": "describe", "version": "1.10.2"}\n'
SENTENCE = {
    "text": "stelle einen Timer auf zehn Minuten",
    "language": "de",
    "context": {
        "conversation_id": "01JTZ6V9Q4M3N5R7",
        "device_id": "6b1c7f0e",
        "satellite_id": "assist_satellite.küche",
    },
}


def now(data: dict[str, Any]) -> bytes:
    """A transcript as wyoming 1.10.2 writes it."""
    content = json.dumps(data, ensure_ascii=False).encode()
    return f'{{"type": "transcript", "version": "1.10.2", "data_length": {len(content)}}}\n'.encode() + content


def inline(data: dict[str, Any]) -> bytes:
    """The same with its data in the first line, which the format allows."""
    return json.dumps({"type": "transcript", "data": data}, ensure_ascii=False).encode() + b"\n"


async def exchange(address: str, content: bytes) -> Event:
    """One connection, one answer, closed."""
    reader, writer = await dial(address)
    writer.write(content)
    async with asyncio.timeout(20):
        answer = await async_read_event(reader)
    writer.close()
    await writer.wait_closed()
    assert answer is not None
    return answer


async def sentence_result(reader: asyncio.StreamReader) -> list[Event]:
    """The events that `conversation.py` reads of one sentence."""
    events: list[Event] = []
    several = False
    while not events or (several and events[-1].type == "intent") or events[-1].type == "intents-start":
        event = await async_read_event(reader)
        assert event is not None
        several |= event.type == "intents-start"
        events.append(event)
    return events


def slots(event: Event) -> dict[str, Any]:
    """What `conversation.py` hands to the intent."""
    return {entity.name: {"value": entity.value} for entity in Intent.from_event(event).entities}


@pytest.mark.parametrize("written", [now, inline])
def test_it_is_set_up_and_then_asked_sentence_by_sentence(play: Play, written: Callable[[Any], bytes]) -> None:
    async def scene(_: WyomingServer, address: str) -> None:
        info = Info.from_event(await exchange(address, DESCRIBE))
        service = next(each for each in info.intent if each.installed)
        assert service.name and "de-DE" in service.models[0].languages

        answer = await exchange(address, written(SENTENCE))
        assert Intent.from_event(answer).name == "timer_set"
        assert slots(answer) == {"duration": {"value": "zehn Minuten"}}
        context = Intent.from_event(answer).context or {}
        assert SENTENCE["context"].items() <= context.items()  # type: ignore[attr-defined]

        refusal = NotRecognized.from_event(await exchange(address, written(SENTENCE | {"text": "…"})))
        assert refusal.text == "Das habe ich leider nicht verstanden."  # It is spoken.

    play(scene)


def test_the_bytes_above_are_those_of_the_package() -> None:
    """So that this file notices when the protocol's package changes what it writes."""

    async def main() -> bytes:
        got = asyncio.get_running_loop().create_future()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got.set_result(await reader.read(10_000))
            writer.close()

        async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
            async with AsyncTcpClient("127.0.0.1", server.sockets[0].getsockname()[1]) as client:
                await client.write_event(Transcript(**SENTENCE).event())  # type: ignore[arg-type]
            return bytes(await got)

    assert asyncio.run(main()) == now(SENTENCE)


def test_a_shell_that_looks_whether_the_port_answers_harms_nothing(play: Play) -> None:
    """Add-ons wait for a service with `echo '{ "type": "describe" }' > /dev/tcp/localhost/PORT`, reading nothing."""

    async def scene(server: WyomingServer, address: str) -> None:
        _, writer = await dial(address)
        writer.write(b'{ "type": "describe" }\n')
        writer.close()
        assert Info.is_type((await exchange(address, DESCRIBE)).type)
        assert not server.counts.get("malformed")

    play(scene)
