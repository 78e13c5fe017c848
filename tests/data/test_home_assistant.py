"""A household is read from a server that speaks Home Assistant's websocket API, and from nothing else."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from time import sleep
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from kiloglot.data import Area, Device, Floor, NamedList
from kiloglot.data.home_assistant import read_home_assistant
from kiloglot.errors import ConfigError, DataError

TOKEN = "a-long-lived-token"
# As Home Assistant 2026.11 answers, without the keys that nobody reads here.
ANSWERS: dict[str, Any] = {
    "config/floor_registry/list": [{"floor_id": "ground", "name": "Erdgeschoss", "aliases": ["unten"], "level": 0}],
    "config/area_registry/list": [
        {"area_id": "kitchen", "name": "Küche", "aliases": ["Kochecke"], "floor_id": "ground"},
        {"area_id": "garden", "name": "Garten", "aliases": [], "floor_id": None},
    ],
    "config/device_registry/list": [{"id": "d1", "area_id": "kitchen", "name": "Bridge"}],
    "config/entity_registry/list": [
        {
            "entity_id": "light.ceiling",
            "name": "Deckenlampe 💡",
            "area_id": None,
            "device_id": "d1",
            "original_name": "L1",
        },
        {"entity_id": "lock.gate", "name": None, "area_id": "garden", "device_id": None, "original_name": "Tor"},
        {"entity_id": "light.hidden", "name": "Versteckt", "hidden_by": "user", "area_id": None},
        {"entity_id": "light.private", "name": "Privat", "area_id": None},
        {"entity_id": "todo.shop", "name": "Einkauf", "area_id": None},
    ],
    "get_states": [
        {"entity_id": "light.ceiling", "state": "on", "attributes": {"friendly_name": "Bridge L1"}},
        {"entity_id": "lock.gate", "state": "locked", "attributes": {}},
        {"entity_id": "scene.evening", "state": "unknown", "attributes": {"friendly_name": "Feierabend"}},
    ],
    "homeassistant/expose_entity/list": {
        "exposed_entities": {
            name: {"conversation": True}
            for name in ("light.ceiling", "lock.gate", "light.hidden", "todo.shop", "scene.evening", "light.gone")
        }
        | {"light.private": {"conversation": False, "cloud.alexa": True}}
    },
}
ALIASES = {"light.ceiling": {"aliases": ["großes Licht"]}, "lock.gate": {"aliases": []}, "todo.shop": None}


@contextmanager
def home(
    answers: Mapping[str, Any] = ANSWERS, greeting: str = '{"type": "auth_required"}', port: int = 0
) -> Iterator[str]:
    """A server that speaks the protocol; the address of its websocket."""

    def speak(socket: ServerConnection) -> None:
        socket.send(greeting)
        said = json.loads(socket.recv())
        if said != {"type": "auth", "access_token": TOKEN}:
            socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid access token or password"}))
            return
        socket.send(json.dumps({"type": "auth_ok", "ha_version": "2026.11.0"}))
        for message in socket:
            asked = json.loads(message)
            socket.send(json.dumps({"id": asked["id"], "type": "pong"}))  # What was not asked for.
            kind = asked["type"]
            if kind == "config/entity_registry/get_entries":
                answer: Any = {name: ALIASES.get(name) for name in asked["entity_ids"]}
            elif kind in answers:
                answer = answers[kind]
            else:
                error = {"code": "unknown_command", "message": "Unknown command."}
                socket.send(json.dumps({"id": asked["id"], "type": "result", "success": False, "error": error}))
                continue
            socket.send(json.dumps({"id": asked["id"], "type": "result", "success": True, "result": answer}))

    with serve(speak, "127.0.0.1", port) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/api/websocket"
        finally:
            server.shutdown()
            thread.join()


def test_a_household_is_what_is_exposed_by_the_names_that_its_users_gave() -> None:
    with home() as url:
        found = read_home_assistant(url, TOKEN)
    assert found.floors == (Floor("Erdgeschoss", ("unten",)),)
    assert found.areas == (Area("Küche", "Erdgeschoss", ("Kochecke",)), Area("Garten"))
    assert found.devices == (
        Device("Deckenlampe 💡", "light", "Küche", "light.ceiling", ("großes Licht",)),
        Device("Tor", "lock", "Garten", "lock.gate"),
        Device("Feierabend", "scene", "", "scene.evening"),
    )
    assert found.lists == (NamedList("Einkauf"),)


def test_ten_thousand_entities_are_read() -> None:
    many = [{"entity_id": f"light.l{at}", "name": f"Lampe {at}", "area_id": None} for at in range(10_000)]
    exposed = {"exposed_entities": {row["entity_id"]: {"conversation": True} for row in many}}
    answers = {**ANSWERS, "config/entity_registry/list": many, "homeassistant/expose_entity/list": exposed}
    with home(answers) as url:
        assert len(read_home_assistant(url, TOKEN).devices) == 10_000


def test_a_refused_token_is_told_with_the_reason() -> None:
    with home() as url, pytest.raises(ConfigError, match="refuses the token: Invalid access token or password"):
        read_home_assistant(url, "wrong")


@pytest.mark.parametrize(
    ("answers", "greeting", "problem"),
    [
        (ANSWERS, '{"type": "hello"}', "is no Home Assistant"),
        (ANSWERS, "<html>", "says what is no JSON"),
        (ANSWERS, "[]", "says '\\[\\]'"),
        ({}, '{"type": "auth_required"}', "refuses config/floor_registry/list: Unknown command"),
        (
            {**ANSWERS, "config/area_registry/list": [{"area_id": 7}]},
            '{"type": "auth_required"}',
            "answers config/area_registry/list otherwise",
        ),
    ],
)
def test_what_is_no_home_assistant_is_one_error(answers: dict[str, Any], greeting: str, problem: str) -> None:
    with home(answers, greeting) as url, pytest.raises(DataError, match=problem):
        read_home_assistant(url, TOKEN)


def test_a_home_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with serve(lambda socket: socket.recv(), "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        with pytest.raises(DataError, match=r"says nothing for 0\.2 s"):
            read_home_assistant(url, TOKEN, timeout=0.2)
        server.shutdown()
        thread.join()


def test_a_home_that_talks_of_other_things_is_not_listened_to_for_ever() -> None:
    def chatter(socket: ServerConnection) -> None:
        for said in ("auth_required", "auth_ok"):
            socket.send(json.dumps({"type": said}))
        with contextlib.suppress(ConnectionClosed):
            while True:
                socket.send('{"id": 99, "type": "event"}')
                sleep(0.01)

    with serve(chatter, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        with pytest.raises(DataError, match=r"talks for 0\.2 s and does not answer config/floor_registry/list"):
            read_home_assistant(url, TOKEN, timeout=0.2)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "homeassistant", ""])
def test_an_address_that_is_no_websocket_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of a websocket"):
        read_home_assistant(url, TOKEN)


def test_where_nobody_listens_the_address_is_named() -> None:
    with pytest.raises(DataError, match=r"ws://127\.0\.0\.1:1/ does not answer"):
        read_home_assistant("ws://127.0.0.1:1/", TOKEN)
