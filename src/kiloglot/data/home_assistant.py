"""The household of a running Home Assistant, over its websocket API.

https://developers.home-assistant.io/docs/api/websocket: the server greets with `auth_required`, a token is answered
with `auth_ok` or `auth_invalid`, and every command bears a number that its `result` repeats.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kiloglot.data.household import Area, Device, Floor, Household, NamedList
from kiloglot.errors import ConfigError, DataError, MissingExtraError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

__all__ = ["TOKEN", "read_home_assistant"]

TOKEN = "HOME_ASSISTANT_TOKEN"
"""Environment variable of the token, where a flag would stand in the list of processes."""

_LARGEST = 64 * 2**20  # bytes of one message; a home of ten thousand entities has a tenth
_AT_A_TIME = 500  # entities whose aliases are asked for with one message


def read_home_assistant(url: str, token: str, *, timeout: float = 10.0) -> Household:
    """What the assistant of the Home Assistant at `url` (ws:// or wss://, with /api/websocket) may know by name.

    Devices are its entities that are exposed to the conversation, none that is hidden or disabled. `timeout` bounds
    each answer, in seconds. Raises ConfigError where the address is none or the token is refused, DataError where
    nobody answers or something else than Home Assistant does, MissingExtraError without `websockets`.
    """
    try:
        from websockets.exceptions import InvalidURI, WebSocketException
        from websockets.sync.client import connect
    except ModuleNotFoundError as error:
        raise MissingExtraError("reading a Home Assistant", "websocket") from error
    try:
        with connect(url, open_timeout=timeout, close_timeout=timeout, max_size=_LARGEST) as socket:
            return _Asking(socket, url, timeout).household(token)
    except InvalidURI as error:
        remedy = "Write it as ws://homeassistant.local:8123/api/websocket"
        raise ConfigError(f"{url!r} is no address of a websocket", remedy=remedy) from error
    except (OSError, WebSocketException) as error:
        problem = f"{url} does not answer as a websocket: {str(error) or type(error).__name__}"
        raise DataError(problem, remedy="Check the address, and that Home Assistant runs") from error


class _Asking:
    def __init__(self, socket: ClientConnection, url: str, timeout: float) -> None:
        self._socket = socket
        self._url = url
        self._timeout = timeout
        self._number = 0

    def household(self, token: str) -> Household:
        self._enter(token)
        floors = {row["floor_id"]: row for row in self._rows("config/floor_registry/list", "floor_id", "name")}
        areas = {row["area_id"]: row for row in self._rows("config/area_registry/list", "area_id", "name")}
        homes = {row["id"]: row.get("area_id") for row in self._rows("config/device_registry/list", "id")}
        entities = [
            row
            for row in self._rows("config/entity_registry/list", "entity_id")
            if not row.get("hidden_by") and not row.get("disabled_by")
        ]
        states = {row["entity_id"]: row.get("attributes") for row in self._rows("get_states", "entity_id")}
        exposed = _exposed(self._ask("homeassistant/expose_entity/list"))
        kept = [row for row in entities if row["entity_id"] in exposed]
        listed = {row["entity_id"] for row in entities}
        kept += [{"entity_id": entity} for entity in states if entity in exposed and entity not in listed]
        aliases = self._aliases([row["entity_id"] for row in kept if row["entity_id"] in listed])
        devices: list[Device] = []
        lists: list[NamedList] = []
        for row in kept:
            entity = row["entity_id"]
            name, others = _name(row, states.get(entity)), aliases.get(entity, ())
            if not name:
                continue
            domain = entity.partition(".")[0]
            if domain == "todo":
                lists.append(NamedList(name, others))
                continue
            area = areas.get(row.get("area_id") or homes.get(row.get("device_id")) or "")
            devices.append(Device(name, domain, area["name"] if area else "", entity, others))
        return Household(
            tuple(devices),
            tuple(Area(row["name"], _floor(floors, row), _texts(row.get("aliases"))) for row in areas.values()),
            tuple(Floor(row["name"], _texts(row.get("aliases"))) for row in floors.values()),
            tuple(lists),
        )

    def _enter(self, token: str) -> None:
        if self._heard().get("type") != "auth_required":
            raise DataError(f"{self._url} is no Home Assistant", remedy="Check the address: it ends in /api/websocket")
        self._socket.send(json.dumps({"type": "auth", "access_token": token}))
        answer = self._heard()
        if answer.get("type") != "auth_ok":
            remedy = "Make a long-lived access token on your profile's page, under Security"
            raise ConfigError(f"{self._url} refuses the token: {str(answer.get('message', ''))[:200]}", remedy=remedy)

    def _heard(self) -> Mapping[str, Any]:
        try:
            said = json.loads(self._socket.recv(self._timeout))
        except TimeoutError as error:
            problem = f"{self._url} says nothing for {self._timeout:g} s"
            raise DataError(problem, remedy="Check that Home Assistant runs") from error
        except ValueError as error:
            raise DataError(f"{self._url} says what is no JSON", remedy="Check the address") from error
        if not isinstance(said, dict):
            raise DataError(f"{self._url} says {str(said)[:60]!r}", remedy="Check the address")
        return said

    def _ask(self, kind: str, **more: Any) -> Any:
        """The result of a command."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "type": kind, **more}))
        until = time.monotonic() + self._timeout
        answer = self._heard()
        while answer.get("id") != self._number or answer.get("type") != "result":
            if time.monotonic() > until:
                problem = f"{self._url} talks for {self._timeout:g} s and does not answer {kind}"
                raise DataError(problem, remedy="Check that Home Assistant runs")
            answer = self._heard()  # That was not asked for, as an event.
        if not answer.get("success"):
            why = answer.get("error")
            problem = f"{self._url} refuses {kind}: {str(why.get('message') if isinstance(why, dict) else why)[:200]}"
            raise DataError(problem, remedy="Use the token of an administrator of a Home Assistant of 2024.4 or later")
        return answer.get("result")

    def _rows(self, kind: str, *needed: str) -> list[dict[str, Any]]:
        """The rows of a list, each with texts under the keys that are `needed`."""
        result = self._ask(kind)
        rows = result if isinstance(result, list) else [None]
        if not all(isinstance(row, dict) and all(isinstance(row.get(key), str) for key in needed) for row in rows):
            problem = f"{self._url} answers {kind} otherwise than Home Assistant does"
            raise DataError(problem, remedy=f"Each row needs {' and '.join(needed)}")
        return rows  # type: ignore[return-value]

    def _aliases(self, entities: list[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for first in range(0, len(entities), _AT_A_TIME):
            part = entities[first : first + _AT_A_TIME]
            rows = self._ask("config/entity_registry/get_entries", entity_ids=part)
            for entity, row in (rows if isinstance(rows, dict) else {}).items():
                found[entity] = _texts(row.get("aliases")) if isinstance(row, dict) else ()
        return found


def _exposed(result: Any) -> frozenset[str]:
    """Entities that the conversation may know."""
    rows = result.get("exposed_entities") if isinstance(result, dict) else None
    found = rows.items() if isinstance(rows, dict) else ()
    return frozenset(entity for entity, to in found if isinstance(to, dict) and to.get("conversation"))


def _name(row: Mapping[str, Any], attributes: Any) -> str:
    """What an entity is called: by its user, in its state, or by its maker."""
    friendly = attributes.get("friendly_name") if isinstance(attributes, dict) else None
    return next(iter(_texts([row.get("name"), friendly, row.get("original_name")])), "")


def _floor(floors: Mapping[str, Mapping[str, Any]], row: Mapping[str, Any]) -> str:
    floor = floors.get(row.get("floor_id") or "")
    return str(floor["name"]) if floor else ""


def _texts(values: Any) -> tuple[str, ...]:
    given: Iterable[Any] = values if isinstance(values, list) else ()
    return tuple(value.strip() for value in given if isinstance(value, str) and value.strip())
