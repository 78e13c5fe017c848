"""Peers that are at fault, and those beside them who must not notice."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wyoming.asr import Transcript
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.event import Event, async_read_event
from wyoming.intent import Intent
from wyoming.ping import Ping, Pong

from kiloglot.serve import WyomingLimits, WyomingServer
from kiloglot.serve.wyoming_wire import WireFault, encoded, read_event
from tests.serve.conftest import dial

Play = Callable[..., Any]

LIMITS = WyomingLimits(header_bytes=4096, data_bytes=4096, payload_bytes=65_536)
GOOD = encoded(Ping("good").event())


async def sent(address: str, content: bytes, *, finished: bool = True) -> list[Event]:
    """Everything that is answered to `content` until the server closes."""
    reader, writer = await dial(address)
    with suppress(ConnectionError):  # The server may have heard enough.
        writer.write(content)
        await writer.drain()
        if finished:
            writer.write_eof()
    answers = []
    async with asyncio.timeout(20):
        while (answer := await async_read_event(reader)) is not None:
            answers.append(answer)
    writer.close()
    return answers


async def alive(client: AsyncClient) -> bool:
    await client.write_event(Ping("alive").event())
    answer = await client.read_event()
    return answer is not None and Pong.from_event(answer).text == "alive"


def header(**fields: Any) -> bytes:
    return json.dumps(fields).encode() + b"\n"


MALFORMED = {
    "an empty line": b"\n",
    "no JSON": b"GET / HTTP/1.1\r\n\r\n",
    "no UTF-8": b"\xff\xfe{}\n",
    "a list": b"[]\n",
    "a number": b"7\n",
    "no type": b"{}\n",
    "a type that is no text": header(type=7),
    "a negative length": header(type="ping", data_length=-1),
    "a length that is text": header(type="ping", data_length="5"),
    "a length that is true": header(type="ping", data_length=True),
    "a length with a point": header(type="ping", payload_length=5.0),
    "data that is no object": header(type="ping", data=[1]),
    "data bytes that are no object": header(type="ping", data_length=2) + b"[]",
    "data bytes that are no JSON": header(type="ping", data_length=5) + b"\0\1\2\3\4",
    "data that claims too little": header(type="ping", data_length=3) + b'{"text": "a"}',
    "half a first line": b'{"type": "pi',
    "half the data": header(type="ping", data_length=100) + b'{"text":',
    "half the payload": header(type="ping", payload_length=100) + b"\0",
    "a deep list": b'{"type": "ping", "data": {"a": ' + b"[" * 1500 + b"]" * 1500 + b"}}\n",
    "a deep object": b'{"type": "ping", "data": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}\n",
    "infinity": b'{"type": "ping", "data": {"a": 1e999}}\n',
    "no number": b'{"type": "ping", "data": {"a": NaN}}\n',
    "a number of many digits": b'{"type": "ping", "data": {"a": ' + b"9" * 4400 + b"}}\n",
}

TOO_LARGE = {
    "a first line without end": b"{" * 100_000,
    "a long first line": header(type="ping", data={"text": "a" * 9000}),
    "100 MB of data": header(type="ping", data_length=100_000_000) + b"{" * 500_000,
    "100 MB of payload": header(type="ping", payload_length=100_000_000) + b"\0" * 500_000,
    "more than there are bytes": header(type="ping", data_length=10**300),
}


@pytest.mark.parametrize(
    ("code", "content"),
    [pytest.param("malformed", content, id=name) for name, content in MALFORMED.items()]
    + [pytest.param("too-large", content, id=name) for name, content in TOO_LARGE.items()],
)
def test_what_is_no_message_is_an_error_and_ends_this_connection_alone(play: Play, code: str, content: bytes) -> None:
    limits = LIMITS if len(content) < 4200 or code == "too-large" else WyomingLimits()

    async def scene(server: WyomingServer, address: str) -> None:
        async with AsyncClient.from_uri(address, read_timeout=20) as bystander:
            assert await alive(bystander)
            *before, last = await sent(address, GOOD + content + GOOD)
            assert [Pong.from_event(event).text for event in before] == ["good"]
            assert Error.from_event(last).code == code
            assert server.counts[code] == 1
            assert await alive(bystander)

    play(scene, limits=limits)


def test_payloads_and_data_in_either_place_are_taken(play: Play) -> None:
    inline = header(type="ping", data={"text": "line"})
    beside = header(type="ping", data={"text": "line"}, data_length=16) + b'{"text": "data"}'
    loaded = header(type="ping", data=None, data_length=None, payload_length=65_536) + b"\0" * 65_536

    async def scene(_: WyomingServer, address: str) -> list[str | None]:
        return [Pong.from_event(event).text for event in await sent(address, inline + beside + loaded)]

    assert play(scene, limits=LIMITS) == ["line", "data", None]


def test_a_message_may_come_byte_by_byte(play: Play) -> None:
    async def scene(_: WyomingServer, address: str) -> Event | None:
        reader, writer = await dial(address)
        for byte in GOOD:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        answer = await async_read_event(reader)
        writer.close()
        return answer

    assert Pong.from_event(play(scene)).text == "good"


def test_half_a_message_is_waited_for_no_longer_than_the_limit(play: Play) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        (answer,) = await sent(address, GOOD[:9], finished=False)
        assert Error.from_event(answer).code == "slow" and server.counts["slow"] == 1

    play(scene, limits=WyomingLimits(message_seconds=0.2))


def test_an_idle_connection_is_closed_after_the_limit(play: Play) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        assert [Pong.is_type(event.type) for event in await sent(address, GOOD, finished=False)] == [True]
        assert server.counts["idle"] == 1 and not server.connections

    play(scene, limits=WyomingLimits(idle_seconds=0.2))


def test_a_peer_that_never_reads_is_dropped_and_costs_one_answer(play: Play) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((urlsplit(address).hostname, urlsplit(address).port))
        reader, writer = await asyncio.open_connection(sock=deaf)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with AsyncClient.from_uri(address, read_timeout=20) as bystander:
            with suppress(ConnectionError):
                async with asyncio.timeout(20):
                    while server.counts.get("unread", 0) == 0:
                        writer.write(encoded(Event("describe")) * 500)
                        await asyncio.wait_for(writer.drain(), 20)
                        assert await alive(bystander)
                        await asyncio.sleep(0.01)
            async with asyncio.timeout(20):
                while server.connections > 1:
                    await asyncio.sleep(0.01)
            assert server.counts["unread"] == 1 and await alive(bystander)
        writer.transport.abort()
        del reader

    play(scene, limits=WyomingLimits(write_seconds=0.3))


def test_peers_that_hang_up_at_any_point_harm_nobody(play: Play) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        asked = encoded(Transcript("set a timer for ten minutes").event())
        async with AsyncClient.from_uri(address, read_timeout=20) as bystander:
            for end in range(0, len(asked) + 1, 7):
                _, writer = await dial(address)
                writer.write(asked[:end])
                await writer.drain()
                # With a linger time of zero, closing is a reset: the rudest way.
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                writer.transport.abort()
            await bystander.write_event(Transcript("set a timer for ten minutes").event())
            answer = await bystander.read_event()
            assert answer is not None and Intent.is_type(answer.type)

    play(scene)


@pytest.fixture
def many_files() -> None:
    """Lets this process hold both ends of a thousand connections."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 5000:
        pytest.skip(f"this system lets a process open only {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (5000, hard))


@pytest.mark.usefixtures("many_files")
@pytest.mark.parametrize("most", [2000, 100])
def test_a_thousand_idle_connections_do_not_keep_the_next_one_out(play: Play, most: int) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        idle = [await dial(address) for _ in range(1000)]
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(AsyncClient.from_uri(address, read_timeout=20))
            await client.write_event(Transcript("set a timer for ten minutes").event())
            answer = await client.read_event()
            assert answer is not None and Intent.is_type(answer.type)
            assert server.connections <= most + 1
            reader, writer = idle[-1]
            writer.write(GOOD)
            assert (answer := await async_read_event(reader)) is not None and Pong.is_type(answer.type)
        for _, writer in idle:
            writer.close()
        assert server.counts["connections"] == 1001
        assert server.counts.get("made room", 0) >= (901 if most == 100 else 0)

    play(scene, limits=WyomingLimits(connections=most))


def test_a_process_that_may_open_few_files_keeps_answering() -> None:
    program = """if True:
        import asyncio, resource
        from kiloglot.serve import Served, WyomingServer

        async def main():
            print(await WyomingServer(Served(), "tcp://127.0.0.1:0").start(), flush=True)
            await asyncio.Event().wait()

        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
        asyncio.run(main())
    """

    async def main() -> None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().strip()
        idle = [await dial(address) for _ in range(200)]
        async with AsyncClient.from_uri(address, read_timeout=20) as client:
            assert await alive(client)
        for _, writer in idle:
            writer.close()
        process.terminate()
        await process.wait()

    asyncio.run(main())


def test_connections_that_are_all_busy_make_no_room(play: Play) -> None:
    async def scene(server: WyomingServer, address: str) -> None:
        busy = [await dial(address) for _ in range(2)]
        for _, writer in busy:
            writer.write(GOOD[:5])
        async with asyncio.timeout(20):
            while server.connections < 2 or any(c.idle for c in server._open):
                await asyncio.sleep(0.01)
        (refusal,) = await sent(address, b"", finished=False)
        assert Error.from_event(refusal).code == "overloaded" and server.counts["refused"] == 1
        for reader, writer in busy:
            writer.write(GOOD[5:])
            answer = await async_read_event(reader)
            assert answer is not None and Pong.is_type(answer.type)
            writer.close()

    play(scene, limits=WyomingLimits(connections=2))


def read(content: bytes) -> Event:
    """`read_event` of a stream that holds `content` and ends."""

    async def main() -> Event:
        reader = asyncio.StreamReader(limit=LIMITS.header_bytes)
        reader.feed_data(content)
        reader.feed_eof()
        return await read_event(reader, await reader.read(1), LIMITS)

    return asyncio.run(main())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
LENGTHS = st.none() | st.integers(-5, 300) | st.sampled_from([10**8, 10**30, True, "7", 1.5, [], {}])


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Something like a message: each part may be right, lie, or be missing."""
    kinds = st.sampled_from(["describe", "ping", "transcript", "recognize", "intent", "select-program", "x"]) | JSON
    data = st.dictionaries(st.sampled_from(["text", "language", "context", "name"]) | st.text(), JSON, max_size=4)
    first = {"type": draw(kinds)}
    for name, values in (("data", data | JSON), ("data_length", LENGTHS), ("payload_length", LENGTHS)):
        if draw(st.booleans()):
            first[name] = draw(values)
    rest = draw(st.binary(max_size=200) | data.map(lambda value: json.dumps(value).encode()))
    if draw(st.booleans()):
        first["data_length"] = len(rest)
    whole = json.dumps(first).encode() + draw(st.sampled_from([b"\n", b"\r\n", b"", b"\n\n"])) + rest
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.booleans()) else whole


NOISE = st.binary(min_size=1, max_size=400) | messages()


@given(NOISE.filter(bool))
def test_any_bytes_are_a_message_or_a_fault(content: bytes) -> None:
    try:
        event = read(content)
    except WireFault as fault:
        assert fault.code in ("malformed", "too-large") and len(str(fault)) < 200
    else:
        assert read(encoded(event)) == event  # What was read can be written again.


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_what_is_written_is_what_the_protocols_own_reader_reads(data: dict[str, Any]) -> None:
    async def main() -> Event | None:
        reader = asyncio.StreamReader()
        reader.feed_data(encoded(Event("made-up", data)))
        reader.feed_eof()
        return await async_read_event(reader)

    assert asyncio.run(main()) == Event("made-up", data)


def bombard(play: Play, peers: list[list[bytes]]) -> None:
    """Each of `peers` says its pieces; the one beside them is answered between any two."""

    async def scene(server: WyomingServer, address: str) -> None:
        async with AsyncClient.from_uri(address, read_timeout=20) as bystander:
            for pieces in peers:
                for event in await sent(address, b"".join(pieces)):
                    json.dumps(event.data, allow_nan=False)
                assert await alive(bystander)
            assert server.connections == 1

    play(scene, limits=LIMITS)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(NOISE, max_size=5), max_size=8))
def test_a_server_outlives_what_is_said_to_it(play: Play, peers: list[list[bytes]]) -> None:
    bombard(play, peers)


@pytest.mark.slow
@settings(max_examples=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(NOISE, max_size=12), max_size=30))
def test_a_server_outlives_much_that_is_said_to_it(play: Play, peers: list[list[bytes]]) -> None:
    bombard(play, peers)
