"""Clients that misbehave, systems that fail, and the end: a real `kiloglot serve` in a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kiloglot.runtime import NLU
from tests.serve.http_process import body, exchange, post, refused, serving
from tests.serve.test_served import TEXTS

FULL = Path("/dev/full")


@pytest.fixture
def flags(tiny_model: Path) -> list[object]:
    """A server of the tiny model at a free port."""
    return ["--model", tiny_model, "--http", "127.0.0.1:0"]


def asked(address: tuple[str, int], text: str) -> Any:
    return body(exchange(address, post(text, close=True)))


class Load:
    """Clients that ask as fast as they are answered, on kept connections or one a request, until the server goes."""

    def __init__(self, address: tuple[str, int], nlu: NLU) -> None:
        self._address = address
        self._texts = [f"{text} {n}" for n in range(20) for text in TEXTS]
        self._expected = {text: nlu.parse(text, top_k=1).alternatives[0].intent for text in self._texts}
        self.answered = 0
        self.lost = list[str]()

    async def kept(self) -> None:
        """A connection for as long as the server keeps it, then another one."""
        for text in itertools.cycle(self._texts):
            try:
                reader, writer = await asyncio.open_connection(*self._address)
            except (ConnectionRefusedError, ConnectionResetError):  # It was never made.
                return
            try:
                while await self._ask(reader, writer, text, close=False):
                    pass
            finally:
                writer.close()

    async def single(self) -> None:
        """A connection a request."""
        for text in itertools.cycle(self._texts):
            try:
                reader, writer = await asyncio.open_connection(*self._address)
            except (ConnectionRefusedError, ConnectionResetError):  # It was never made.
                return
            await self._ask(reader, writer, text, close=True)
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, text: str, *, close: bool) -> bool:
        """One request; True where the connection goes on."""
        try:
            writer.write(post(text, close=close))
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
            told = json.loads(await reader.readexactly(size))
        except (OSError, EOFError) as fault:
            self.lost.append(f"{text}: {fault!r}")
            return False
        names = [each["name"] for each in told["intent_ranking"] if each["name"] != "nlu_fallback"]
        if (told["text"], names[0]) != (text, self._expected[text]):
            self.lost.append(f"{text}: {told}")
        self.answered += 1
        return b"connection: close" not in head


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_under_load_loses_no_request(number: int, flags: list[object], nlu: NLU, tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", flags) as server:
        load = Load(server.address, nlu)

        async def main() -> int:
            clients = [asyncio.create_task(client()) for client in (load.kept, load.single) for _ in range(4)]
            while load.answered < 100:
                await asyncio.sleep(0.01)
            before = load.answered
            server.process.send_signal(number)
            await asyncio.wait_for(asyncio.gather(*clients), 20)
            return before

        before = asyncio.run(main())
        assert load.lost == []
        assert load.answered > before >= 100
        assert server.process.wait(20) == 0
        assert server.events("end")[0]["answered"] == load.answered


def test_a_request_under_way_is_finished_and_its_connection_ends(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", flags) as server, socket.create_connection(server.address, 20) as client:
        request = post("wake me up")
        client.sendall(request[:-5])
        time.sleep(0.2)  # The server has the head.
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        client.sendall(request[-5:])
        answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert b"connection: close" in answer.lower()
        assert body(answer)["text"] == "wake me up"
        assert server.process.wait(20) == 0


def test_a_client_that_has_said_all_may_close_its_side(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", flags) as server:
        assert body(exchange(server.address, post("wake me up"), half_closed=True))["text"] == "wake me up"


def test_clients_that_are_slow_are_not_waited_for(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--patience", 0.5]) as server:
        silent = exchange(server.address, b"")
        half_a_head = exchange(server.address, b"POST /model/parse HTTP/1.1\r\nHost: x\r\n")
        half_a_body = exchange(server.address, post("wake me up")[:-3])
        assert (silent, half_a_head) == (b"", b"")
        assert half_a_body.startswith(b"HTTP/1.1 408 ")
        assert body(half_a_body)["reason"] == "RequestTimeout"
        assert asked(server.address, "hello")["text"] == "hello"
        figures = exchange(server.address, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").decode()
        assert 'kiloglot_http_dropped_total{reason="head"} 2.0' in figures


def test_a_client_that_never_reads_is_let_go(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--patience", 0.5]) as server:
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(server.address)
            client.settimeout(20)
            with pytest.raises(OSError):  # It is cut off: until then it may write as much as it likes.
                while True:
                    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
        assert asked(server.address, "hello")["text"] == "hello"
        figures = exchange(server.address, b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").decode()
        assert 'kiloglot_http_dropped_total{reason="unread"} 1.0' in figures


def test_a_body_too_large_is_refused_before_and_while_it_comes(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--patience", 0.5, "--body", 1000]) as server:
        head = b"POST /model/parse HTTP/1.1\r\nHost: x\r\n"
        claimed = exchange(server.address, head + b"Content-Length: 100000000\r\n\r\n")
        piece = b"ff\r\n" + b" " * 255 + b"\r\n"
        streamed = exchange(server.address, head + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 9)
        for answer in (claimed, streamed):
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert body(answer)["reason"] == "ContentTooLarge"
        assert asked(server.address, "hello")["text"] == "hello"


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # A client that speaks TLS.
        b"GET / HTTP/1.1\r\n\r\n",  # No host.
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /model/parse HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /model/parse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b'{"type": "describe"}\n\r\n\r\n',  # A client that speaks Wyoming.
    ],
)
def test_what_is_no_http_is_told_so(noise: bytes, flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--patience", 0.5]) as server:
        answer = exchange(server.address, noise)
        assert not answer or body(answer)["reason"] == "BadRequest"
        assert asked(server.address, "hello")["text"] == "hello"


def test_more_connections_than_allowed_are_told_so(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--connections", 3]) as server:
        held = [socket.create_connection(server.address, 20) for _ in range(3)]
        time.sleep(0.2)
        answer = exchange(server.address, b"")
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert body(answer)["reason"] == "ServiceUnavailable"
        for client in held:
            client.close()
        time.sleep(0.2)
        assert asked(server.address, "hello")["text"] == "hello"


def test_a_client_that_is_killed_costs_nobody_else(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", flags) as server:
        host, port = server.address
        program = (
            "import socket, sys\n"
            f"clients = [socket.create_connection(({host!r}, {port})) for _ in range(20)]\n"
            f"for client in clients: client.sendall({post('wake me up')!r})\n"
            f"for client in clients: client.sendall({post('wake me up')[:-4]!r})\n"
            "print(flush=True)\nsys.stdin.read()"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
            assert client.stdout and client.stdout.readline()
            client.kill()
        assert asked(server.address, "hello")["text"] == "hello"
        assert server.stop() == 0
        assert server.events("fault") == []


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_costs_lines_of_the_log_and_nothing_else(flags: list[object]) -> None:
    with serving(FULL, flags) as server:
        assert asked(server.address, "hello")["text"] == "hello"
        metrics = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        until, lost = time.monotonic() + 20, 0.0
        while lost < 2:  # That it starts, and the request; a line is written when its answer is out already.
            assert time.monotonic() < until
            (figure,) = re.findall(rb"^kiloglot_log_lost_total (\S+)", exchange(server.address, metrics), re.MULTILINE)
            lost = float(figure)
        assert server.stop() == 0


def test_nobody_reads_the_log(flags: list[object], tiny_model: Path) -> None:
    program = [sys.executable, "-c", "from kiloglot.cli import main; main()", "serve", "--json", *map(str, flags)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        address = json.loads(process.stdout.readline())["http"].removeprefix("http://").split(":")
        requests = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n" * 99
        for _ in range(10):  # More lines than a pipe holds.
            exchange((address[0], int(address[1])), requests + post("hello", close=True))
        assert asked((address[0], int(address[1])), "hello")["text"] == "hello"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_what_cannot_be_served_is_one_line(tiny_model: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cases = [
            (("--http", f"127.0.0.1:{port}"), 2, "Address already in use"),
            (("--http", "0.0.0.0:0"), 2, "others can reach 0.0.0.0:0"),
            (("--wyoming", "tcp://0.0.0.0:0"), 2, "--public"),
            (("--wyoming", "tcp://0.0.0.0:0", "--http", "127.0.0.1:0", "--token", "t"), 2, "Wyoming knows no tokens"),
            (("--model", tmp_path / "none"), 4, "no model"),
            (("--token-file", tmp_path / "none"), 2, "the token cannot be read"),
            (("--body", "-1"), 2, "--body is -1"),
            (("--patience", "0"), 2, "--patience is 0.0"),
            (("--rate", "inf"), 2, "--rate is inf"),
            (("--log", tmp_path / "none" / "log"), 2, "the log cannot be written"),
        ]
        for flags, code, words in cases:
            done = refused(*flags)
            lines = [line for line in done.stderr.splitlines() if not line.startswith("{")]
            assert (done.returncode, len(lines), done.stdout) == (code, 1, ""), done.stderr
            assert words in lines[0]


def test_a_public_address_may_be_had_with_a_token_or_on_purpose(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n", encoding="utf-8")
    for leave in (("--token-file", tmp_path / "token"), ("--public",)):
        with serving(tmp_path / "log.jsonl", ["--model", tiny_model, "--http", "0.0.0.0:0", *leave]) as server:
            answer = exchange(("127.0.0.1", server.address[1]), post("hello", close=True))
            assert answer.startswith(b"HTTP/1.1 401 " if "--token-file" in leave else b"HTTP/1.1 200 ")


def test_both_protocols_answer_with_one_model(flags: list[object], tmp_path: Path) -> None:
    with serving(tmp_path / "log.jsonl", [*flags, "--wyoming", f"unix://{tmp_path}/socket"]) as server:
        assert server.listening["wyoming"] == f"unix://{tmp_path}/socket"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{tmp_path}/socket")
            client.sendall(b'{"type": "transcript", "data": {"text": "wake me up"}}\n')
            assert json.loads(client.makefile("rb").readline())["type"] in ("intent", "not-recognized")
        status = exchange(server.address, b"GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert body(status)["loaded"] is True
        assert server.stop() == 0
    assert not (tmp_path / "socket").exists()


def test_only_clocks_that_do_not_jump_measure_time() -> None:
    sources = sorted((Path(__file__).parents[2] / "src" / "kiloglot" / "serve").glob("*.py"))
    assert sources
    for source in sources:
        assert "time.time(" not in source.read_text(encoding="utf-8"), source


@pytest.mark.parametrize("package", ["fastapi", "uvicorn", "prometheus_client", "wyoming"])
def test_packages_that_are_absent_are_named_with_their_remedy(package: str) -> None:
    program = f"import sys\nsys.modules[{package!r}] = None\nfrom kiloglot.cli import main\nmain()"
    command = [sys.executable, "-c", program, "serve", "--http", "127.0.0.1:0", "--wyoming", "tcp://127.0.0.1:0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.endswith("Run: pip install 'kiloglot[serve]'\n")
