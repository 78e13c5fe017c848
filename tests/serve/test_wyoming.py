"""The Wyoming server, asked by the protocol's own client."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from wyoming.asr import Transcript, TranscriptChunk, TranscriptStart
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.event import Event
from wyoming.handle import Handled, NotHandled
from wyoming.info import Describe, Info, SelectProgram
from wyoming.intent import Intent, NotRecognized, Recognize
from wyoming.ping import Ping, Pong

from kiloglot.errors import ConfigError
from kiloglot.runtime import NLU
from kiloglot.serve import Served, WyomingLimits, WyomingServer
from kiloglot.serve.apologies import apology
from kiloglot.serve.log import Log
from kiloglot.serve.metrics import Metrics

Play = Callable[..., Any]

PLAIN = "set a timer for ten minutes"
WORDLESS = "?!"


async def ask(address: str, *events: Event) -> Event:
    """The one answer to the last of `events`, over a connection of its own."""
    async with AsyncClient.from_uri(address, read_timeout=20) as client:
        for event in events:
            await client.write_event(event)
        answer = await client.read_event()
        assert answer is not None
        return answer


def answered(play: Play, *events: Event, **options: Any) -> Event:
    async def scene(_: WyomingServer, address: str) -> Event:
        return await ask(address, *events)

    answer = play(scene, **options)
    assert isinstance(answer, Event)
    return answer


def test_it_describes_itself_as_what_home_assistant_looks_for(play: Play) -> None:
    info = Info.from_event(answered(play, Describe().event()))
    (intent,) = info.intent
    assert intent.installed and intent.name == "kiloglot"
    assert intent.models[0].installed and intent.models[0].languages == ["de-DE", "en-US", "ja-JP"]
    assert not info.asr and not info.tts and info.satellite is None


def test_a_description_loads_no_model(play: Play) -> None:
    kept: list[Served] = []

    async def scene(_: WyomingServer, address: str) -> None:
        assert Info.is_type((await ask(address, Describe().event())).type)
        assert not kept[0].loaded
        assert Intent.is_type((await ask(address, Transcript(PLAIN).event())).type)
        assert kept[0].loaded

    play(scene, model=lambda served: kept.append(served) or served)


@pytest.mark.parametrize("asked", [Transcript(PLAIN, language="en").event(), Recognize(PLAIN).event()])
def test_an_utterance_becomes_an_intent(play: Play, asked: Event) -> None:
    answer = answered(play, asked)
    intent = Intent.from_event(answer)
    assert intent.name == "timer_set"
    assert [(entity.name, entity.value) for entity in intent.entities] == [("duration", "ten minutes")]
    assert answer.data["entities"] == [{"name": "duration", "value": "ten minutes"}]  # A third key is a TypeError.


def test_what_the_protocol_has_no_place_for_comes_in_the_context(play: Play) -> None:
    asked = Transcript(PLAIN, context={"conversation_id": "01J", "kiloglot": "old"}, language="en-US")
    context = Intent.from_event(answered(play, asked.event())).context
    assert context is not None and context["conversation_id"] == "01J"
    told = context["kiloglot"]
    assert told["locale"] == "en-US" and 0 < told["confidence"] <= 1 and told["rejected"] is None
    (slot,) = told["slots"]
    assert PLAIN[slot["start"] : slot["end"]] == slot["value"] == "ten minutes"


def test_an_intent_has_no_text_since_home_assistant_would_render_it_as_a_template(play: Play) -> None:
    answer = answered(play, Transcript("set a timer for {{ states('lock.door') }} ten minutes").event())
    assert "text" not in answer.data


@pytest.mark.parametrize(
    ("language", "sorry"), [("de", "Das habe ich leider"), ("ja", "すみません"), ("en-GB", "Sorry")]
)
def test_what_is_not_understood_is_answered_in_the_speakers_language(play: Play, language: str, sorry: str) -> None:
    refusal = NotRecognized.from_event(answered(play, Transcript(WORDLESS, language=language).event()))
    assert refusal.text is not None and refusal.text.startswith(sorry)
    assert refusal.context is not None and refusal.context["kiloglot"]["rejected"] == "empty"


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("en", "en"),
        ("en-US", "en-US"),
        ("en_us", "en-US"),
        ("de-AT", "de-AT"),
        ("xx", None),
        ("*", None),
        (7, None),
        ("", None),
    ],
)
def test_a_language_is_a_hint_unless_the_model_has_none_such(
    play: Play, nlu: NLU, language: Any, locale: str | None
) -> None:
    answer = answered(play, Event("transcript", {"text": PLAIN, "language": language}))
    assert answer.data["context"]["kiloglot"]["locale"] == (locale or nlu.parse(PLAIN).locale)


def test_a_handler_says_what_it_understood(play: Play) -> None:
    info = Info.from_event(answered(play, Describe().event(), role="handle"))
    assert not info.intent  # Home Assistant would use that one.
    assert info.handle[0].installed and not info.handle[0].supports_home_control
    said = Handled.from_event(answered(play, Transcript(PLAIN, language="en").event(), role="handle"))
    assert said.text == "timer_set: duration ten minutes"
    assert NotHandled.is_type(answered(play, Transcript(WORDLESS).event(), role="handle").type)
    assert Intent.is_type(answered(play, Recognize(PLAIN).event(), role="handle").type)


def test_a_client_selects_the_program_that_answers(play: Play) -> None:
    transcript = Transcript(PLAIN).event()
    assert Handled.is_type(answered(play, SelectProgram("kiloglot-says").event(), transcript).type)
    assert Intent.is_type(answered(play, SelectProgram("kiloglot").event(), transcript, role="handle").type)
    assert Error.from_event(answered(play, SelectProgram("piper").event())).code == "no-program"


def test_an_intent_is_not_handled(play: Play) -> None:
    asked = Intent("timer_set", context={"conversation_id": "01J"}).event()
    assert NotHandled.from_event(answered(play, asked)).context == {"conversation_id": "01J"}


def test_a_ping_is_answered_with_its_text(play: Play) -> None:
    assert Pong.from_event(answered(play, Ping("hello").event())).text == "hello"
    assert Pong.from_event(answered(play, Ping().event())).text is None


def test_unknown_events_and_pieces_of_transcripts_are_left(play: Play) -> None:
    streamed = [TranscriptStart().event(), TranscriptChunk("set a ").event(), Event("made-up", {"a": 1}, b"\0" * 9)]
    assert Intent.is_type(answered(play, *streamed, Transcript(PLAIN).event()).type)


@pytest.mark.parametrize("data", [{}, {"text": None}, {"text": 7}, {"text": "a", "context": []}])
def test_a_request_that_cannot_be_answered_is_an_error_and_the_connection_goes_on(play: Play, data: Any) -> None:
    async def scene(_: WyomingServer, address: str) -> None:
        async with AsyncClient.from_uri(address, read_timeout=20) as client:
            for kind in ("transcript", "recognize"):
                await client.write_event(Event(kind, data))
                answer = await client.read_event()
                assert answer is not None and Error.from_event(answer).code == "bad-request"
            await client.write_event(Ping("still here").event())
            answer = await client.read_event()
            assert answer is not None and Pong.from_event(answer).text == "still here"

    play(scene)


def test_too_many_at_once_are_refused_and_their_connections_go_on(play: Play, tiny_model: Path) -> None:
    async def scene(_: WyomingServer, address: str) -> None:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(AsyncClient.from_uri(address)) for _ in range(20)]
            for client in clients:
                await client.write_event(Transcript(PLAIN).event())
            answers = [answer for client in clients if (answer := await client.read_event())]
            refused = [Error.from_event(answer).code for answer in answers if Error.is_type(answer.type)]
            assert {*refused} == {"overloaded"} and len(answers) == 20 > len(refused)
            await clients[-1].write_event(Transcript(PLAIN).event())
            answer = await clients[-1].read_event()
            assert answer is not None and Intent.is_type(answer.type)

    play(scene, model=lambda _: Served(tiny_model, waiting=1))


def test_a_model_that_is_damaged_is_an_error(play: Play, tiny_model: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(tiny_model, tmp_path / "broken")
    next(broken.glob("*.onnx")).write_bytes(b"")
    error = Error.from_event(answered(play, Transcript(PLAIN).event(), model=lambda _: Served(broken)))
    assert error.code == "artifact" and "onnx" in error.text


def test_many_sentences_over_one_connection_are_answered_in_order(play: Play) -> None:
    texts = [PLAIN, "weck mich um sieben", WORDLESS] * 10

    async def scene(_: WyomingServer, address: str) -> list[str]:
        async with AsyncClient.from_uri(address, read_timeout=20) as client:
            for text in texts:
                await client.write_event(Transcript(text).event())
            answers = [await client.read_event() for _ in texts]
            return [answer.data["context"]["kiloglot"]["text"] for answer in answers if answer]

    assert play(scene) == texts


def test_a_unix_socket_serves_and_leaves_nothing(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "run" / "wyoming.sock"

    async def scene(_: WyomingServer, address: str) -> Event:
        assert path.stat().st_mode & 0o777 == 0o600
        return await ask(address, Transcript(PLAIN).event())

    assert Intent.is_type(play(scene, address=f"unix://{path}", socket_mode=0o600).type)
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_taken_over_and_one_in_use_is_not(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "wyoming.sock"

    async def scene(_: WyomingServer, address: str) -> None:
        with pytest.raises(ConfigError, match=r"wyoming\.sock \(Address already in use\)"):
            await WyomingServer(None, address).start()  # type: ignore[arg-type]
        assert Pong.is_type((await ask(address, Ping().event())).type)

    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    play(scene, address=f"unix://{path}")


def test_a_file_that_is_no_socket_is_left_alone(play: Play, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("precious")
    with pytest.raises(ConfigError, match=r"notes\.txt \(a file that is no socket"):
        play(lambda *_: None, address=f"unix://{path}")
    assert path.read_text() == "precious"


def test_a_port_in_use_is_said(play: Play) -> None:
    async def scene(_: WyomingServer, address: str) -> None:
        with pytest.raises(ConfigError, match=r"cannot listen at .* in use"):
            await WyomingServer(None, address).start()  # type: ignore[arg-type]

    play(scene)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "10500",
        "127.0.0.1:10500",
        "http://127.0.0.1:1",
        "tcp://127.0.0.1",
        "tcp://:1",
        "tcp://h:99999",
        "unix://",
        "tcp://h:1/x",
    ],
)
def test_what_is_no_address_is_said(address: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        WyomingServer(None, address)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["tcp://localhost:0", "tcp://[::1]:0", "tcp://0.0.0.0:0"])
def test_every_kind_of_address_listens(play: Play, address: str) -> None:
    async def scene(server: WyomingServer, where: str) -> None:
        assert where.startswith(address.replace("localhost", "127.0.0.1").removesuffix("0")) and not where.endswith(
            ":0"
        )
        assert Pong.is_type((await ask(where.replace("0.0.0.0", "127.0.0.1"), Ping().event())).type)

    play(scene, address=address, announce=False)


def test_stopping_finishes_what_is_under_way_and_closes_what_is_idle(play: Play) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    class Slow:
        def __init__(self, served: Served) -> None:
            self._served = served
            self.manifest = served.manifest

        async def answer(self, texts: Any, locale: Any) -> Any:
            begun.set()
            await go.wait()
            return await self._served.answer(texts, locale)

    async def scene(server: WyomingServer, address: str) -> None:
        async with AsyncClient.from_uri(address) as busy, AsyncClient.from_uri(address) as idle:
            await busy.write_event(Transcript(PLAIN).event())
            await begun.wait()
            stopping = asyncio.create_task(server.stop())
            assert await idle.read_event() is None
            go.set()
            answer = await busy.read_event()
            assert answer is not None and Intent.is_type(answer.type)
            assert await busy.read_event() is None
            await stopping
        with pytest.raises(OSError):
            await ask(address, Ping().event())

    play(scene, model=Slow)


def test_metrics_count_what_happened(play: Play, tmp_path: Path) -> None:
    kept: list[Served] = []

    async def scene(server: WyomingServer, address: str) -> str:
        await ask(address, Event("made-up"), Transcript(PLAIN).event())
        await ask(address, Transcript(WORDLESS).event())
        log = Log(tmp_path / "log")
        page = Metrics(kept[0], log, lambda: 0, server).page().decode()
        log.close()
        return page

    page = play(scene, model=lambda served: kept.append(served) or served)
    for event, count in (("intent", 1), ("not-recognized", 1), ("ignored", 1), ("connections", 2)):
        assert f'kiloglot_wyoming_total{{event="{event}"}} {count:.1f}\n' in page


def test_the_table_of_limits_is_that_of_the_server() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "reference" / "wyoming.md"
    table = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {name: float(value.replace(",", "")) for name, value in table} == asdict(WyomingLimits())


def test_every_language_of_the_bundled_model_has_its_own_apology() -> None:
    locales = NLU.load().manifest.locales
    english = {locale for locale in locales if apology(locale) == apology("en-US")}
    assert english == {"en-US"} and apology("") == apology("en-US")
    assert apology("zh-TW") != apology("zh-CN") and apology("de-AT") == apology("de-DE")
