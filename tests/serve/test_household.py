"""A household beside the servers: exact names, questions, several commands, and a file that is read again."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from wyoming.client import AsyncClient
from wyoming.event import Event
from wyoming.handle import Handled
from wyoming.intent import Intent, IntentsStart, IntentsStop, NotRecognized

from kiloglot.data.home_assistant import TOKEN as TOKEN_NAME
from tests.data.test_home_assistant import ANSWERS, TOKEN, home
from tests.deploy.conftest import free_port
from tests.serve.http_process import Serving, body, exchange, post, refused, serving
from tests.serve.test_wyoming_home_assistant import SENTENCE, dial, now, sentence_result

HOUSEHOLD = """\
areas: [Küche, Garage]
devices:
  - {name: Ceiling Lamp, domain: light, area: Küche}
  - {name: Ceiling Lamp, domain: light, area: Garage}
  - {name: Robot vacuum, domain: vacuum}
"""
TWO = "mach das licht in der küche aus und weck mich morgen um neun"
UNSURE = "turn on the ceiling lamp"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, Path]]:
    folder = tmp_path_factory.mktemp("house")
    (folder / "household.yaml").write_text(HOUSEHOLD, encoding="utf-8")
    flags = ["--http", "127.0.0.1:0", "--wyoming", "tcp://127.0.0.1:0", "--household", folder / "household.yaml"]
    with serving(folder / "log.jsonl", flags) as server:
        yield server, folder / "household.yaml"


def asked(server: Serving, text: str) -> Any:
    return body(exchange(server.address, post(text, close=True)))


def heard(server: Serving, text: str, language: str = "en") -> list[Event]:
    """The answers that Home Assistant reads, over a connection of its own, until it has what it waits for."""

    async def talk() -> list[Event]:
        reader, writer = await dial(server.listening["wyoming"])
        writer.write(now(SENTENCE | {"text": text, "language": language}))
        async with asyncio.timeout(20):
            events = await sentence_result(reader)
        writer.close()
        return events

    return asyncio.run(talk())


def eventually(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_http_says_the_exact_name_and_what_was_spoken(house: tuple[Serving, Path]) -> None:
    answer = asked(house[0], "schalte den robot vakuum ein")
    (entity,) = answer["entities"]
    assert (entity["value"], entity["spoken"]) == ("Robot vacuum", "robot vakuum")
    assert [thing["domain"] for thing in entity["candidates"]] == ["vacuum"]
    assert answer["commands"] == []


def test_http_lists_several_commands_beside_the_answer_of_rasa(house: tuple[Serving, Path]) -> None:
    answer = asked(house[0], TWO)
    assert answer["text"] == TWO
    first, second = answer["commands"]
    assert (first["intent"]["name"], second["intent"]["name"]) == ("iot_hue_lightoff", "alarm_set")
    assert TWO[second["start"] :] == second["text"]
    assert [entity["value"] for entity in first["entities"]] == ["Küche"]


def test_http_asks_which_of_two_is_meant(house: tuple[Serving, Path]) -> None:
    answer = asked(house[0], UNSURE)
    assert (answer["rejected"], answer["intent"]["name"]) == ("ambiguous", "nlu_fallback")
    assert answer["question"] == "Ceiling Lamp (Küche) or Ceiling Lamp (Garage)?"
    assert len(answer["entities"][0]["candidates"]) == 2


def test_home_assistant_hears_several_commands_as_a_list(house: tuple[Serving, Path]) -> None:
    events = heard(house[0], TWO, "de")
    assert IntentsStart.is_type(events[0].type) and IntentsStop.is_type(events[-1].type)
    first, second = map(Intent.from_event, events[1:-1])
    assert (first.name, second.name) == ("iot_hue_lightoff", "alarm_set")
    assert [(entity.name, entity.value) for entity in first.entities] == [("house_place", "Küche")]
    context = first.context or {}
    assert context["conversation_id"] == SENTENCE["context"]["conversation_id"]  # type: ignore[index]
    assert [slot["value"] for slot in context["kiloglot"]["slots"]] == ["küche"]


def test_home_assistant_hears_one_command_alone(house: tuple[Serving, Path]) -> None:
    (event,) = heard(house[0], "turn off the lights in the garage")
    assert [entity.value for entity in Intent.from_event(event).entities] == ["Garage"]


def test_home_assistant_is_given_the_question_to_speak(house: tuple[Serving, Path]) -> None:
    (event,) = heard(house[0], UNSURE)
    refusal = NotRecognized.from_event(event)
    assert refusal.text == "Ceiling Lamp (Küche) or Ceiling Lamp (Garage)?"
    assert (refusal.context or {})["kiloglot"]["rejected"] == "ambiguous"


def test_one_command_that_is_unsure_keeps_all_from_being_done(house: tuple[Serving, Path]) -> None:
    (event,) = heard(house[0], f"wake me up at nine and {UNSURE}")
    assert "Ceiling Lamp" in (NotRecognized.from_event(event).text or "")
    assert len((NotRecognized.from_event(event).context or {})["kiloglot"]["commands"]) == 2


def test_a_handler_says_all_commands(house: tuple[Serving, Path]) -> None:
    async def talk() -> Event | None:
        async with AsyncClient.from_uri(house[0].listening["wyoming"], read_timeout=20) as client:
            await client.write_event(Event("select-program", {"name": "kiloglot-says"}))
            await client.write_event(Event("transcript", {"text": TWO}))
            return await client.read_event()

    event = asyncio.run(talk())
    assert event and Handled.from_event(event).text == (
        "iot_hue_lightoff: house_place Küche; alarm_set: date morgen, time neun"
    )


def test_a_file_that_changes_is_read_again_and_a_broken_one_is_not_taken(house: tuple[Serving, Path]) -> None:
    server, path = house
    known = len(server.events("household"))

    def event(place: int) -> dict[str, Any]:
        eventually(lambda: len(server.events("household")) > known + place)
        return server.events("household")[known + place]

    path.write_text("areas: [a\ndevices", encoding="utf-8")
    told = event(0)
    assert not told["done"] and "household.yaml:" in told["reason"]
    assert asked(server, "schalte den robot vakuum ein")["entities"][0]["value"] == "Robot vacuum"
    path.unlink()
    assert "cannot be read" in event(1)["reason"]
    path.write_text(HOUSEHOLD.replace("Robot vacuum", "Staubsauger"), encoding="utf-8")
    told = event(2)
    assert (told["done"], told["names"]) == (True, 5)
    assert asked(server, "schalte den staubsauger ein")["entities"][0]["value"] == "Staubsauger"
    path.write_text(HOUSEHOLD, encoding="utf-8")
    assert event(3)["done"]


def test_no_request_is_lost_while_a_large_household_is_read(house: tuple[Serving, Path]) -> None:
    server, path = house
    known = len(server.events("household"))
    path.write_text(HOUSEHOLD + "".join(f"  - Lamp {number}\n" for number in range(10_000)), encoding="utf-8")
    answered = 0
    while len(server.events("household")) == known:
        assert asked(server, "turn off the lights in the garage")["entities"][0]["value"] == "Garage"
        answered += 1
    assert answered
    assert server.events("household")[known]["names"] == 10_005
    path.write_text(HOUSEHOLD, encoding="utf-8")
    eventually(lambda: len(server.events("household")) == known + 2)


def test_a_server_does_not_start_with_a_household_that_is_at_fault(tmp_path: Path) -> None:
    path = tmp_path / "household.yaml"
    path.write_text("areas: [Hall]\ndevices:\n  - {name: Lamp, area: Hal}\n", encoding="utf-8")
    done = refused("--http", "127.0.0.1:0", "--household", path, "--log", tmp_path / "log")
    assert (done.returncode, done.stderr.count("household.yaml:3: there is no area 'Hal'")) == (3, 1)


def test_names_come_from_a_home_assistant_that_starts_later_and_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_NAME, TOKEN)
    port = free_port()
    flags = ["--http", "127.0.0.1:0", "--household-url", f"ws://127.0.0.1:{port}/api/websocket"]
    with serving(tmp_path / "log.jsonl", [*flags, "--household-every", "1"]) as server:
        eventually(lambda: bool(server.events("household")))
        (first, *_) = server.events("household")
        assert not first["done"] and "does not answer" in first["reason"]

        def spoken_of(text: str) -> str:
            return str(asked(server, text)["entities"][0]["value"])

        assert spoken_of("schalte das licht in der küche ein") == "küche"
        for room, said in (("Küche", "küchen"), ("Kombüse", "kombüse")):
            areas = [{"area_id": "kitchen", "name": room, "aliases": [], "floor_id": None}]
            with home({**ANSWERS, "config/area_registry/list": areas}, port=port):
                eventually(lambda said=said, room=room: spoken_of(f"schalte das licht in der {said} ein") == room)
            assert spoken_of(f"schalte das licht in der {said} ein") == room  # Home Assistant is gone.
        assert sum(event["done"] for event in server.events("household")) == 2


@pytest.mark.parametrize(
    ("token", "flags", "problem"),
    [
        ("", ["--household-url", "ws://127.0.0.1:1/api/websocket"], f"needs a token.*{TOKEN_NAME}"),
        ("x", ["--household-url", "http://127.0.0.1:1"], "no address of a websocket"),
        (
            "x",
            ["--household-url", "ws://127.0.0.1:1", "--household", "x.yaml"],
            "from a file and from a Home Assistant",
        ),
        ("x", ["--household-url", "ws://127.0.0.1:1", "--household-every", "0"], "0 is no time"),
    ],
)
def test_a_server_does_not_start_where_the_household_cannot_be_had(
    token: str, flags: list[str], problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_NAME, token)
    done = refused("--http", "127.0.0.1:0", *flags, "--log", tmp_path / "log")
    assert done.returncode == 2
    assert re.search(problem, " ".join(done.stderr.split()))


def test_a_token_that_is_refused_is_said_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_NAME, "another")
    with home() as url:
        done = refused("--http", "127.0.0.1:0", "--household-url", url, "--log", tmp_path / "log")
    assert done.returncode == 2 and "refuses the token" in done.stderr
