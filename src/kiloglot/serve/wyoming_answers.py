"""What is answered to a Wyoming event: a `Parse` as `intent` or `not-recognized`, `handled` or `not-handled`.

A `transcript` does not say which of the two it wants. The client's `select-program` does, else the server's role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Literal

from wyoming.error import Error
from wyoming.event import Event
from wyoming.handle import Handled, NotHandled
from wyoming.info import Attribution, HandleModel, HandleProgram, Info, IntentModel, IntentProgram
from wyoming.intent import Entity, Intent, NotRecognized
from wyoming.ping import Pong

from kiloglot import __version__
from kiloglot.errors import DataError, KiloglotError
from kiloglot.runtime import Manifest
from kiloglot.serve.apologies import apology
from kiloglot.serve.served import Served
from kiloglot.values import Parse

__all__ = ["PROGRAMS", "Role", "WyomingAnswers", "hint"]

Role = Literal["intent", "handle"]

PROGRAMS: dict[str, Role] = {"kiloglot": "intent", "kiloglot-says": "handle"}
"""Names of the services in `info`, which `select-program` takes."""

_KEY = "kiloglot"  # in an answer's context


class WyomingAnswers:
    """Answers of one connection."""

    def __init__(self, served: Served, role: Role) -> None:
        self._served = served
        self._role = role
        self._told = role

    async def to(self, event: Event) -> Event | None:
        """The answer, None where there is none to give: an unknown event is left, as the protocol asks."""
        try:
            return await self._to(event)
        except KiloglotError as fault:
            return _error(_code(fault), str(fault))

    async def _to(self, event: Event) -> Event | None:
        text = event.data.get("text")
        match event.type:
            case "describe":
                return _info(self._served.manifest, self._role)
            case "ping":
                return Pong(text if isinstance(text, str) else None).event()
            case "select-program":
                return self._select(event.data.get("name"))
            case "transcript":
                return await self._parsed(event, self._told)
            case "recognize":
                return await self._parsed(event, "intent")
            case "intent":
                return NotHandled("kiloglot understands, and acts on nothing", _context(event)).event()
        return None

    def _select(self, name: object) -> Event | None:
        if not isinstance(name, str) or name not in PROGRAMS:
            return _error("no-program", f"no program {ascii(name)[:60]}: {', '.join(PROGRAMS)}")
        self._told = PROGRAMS[name]
        return None

    async def _parsed(self, event: Event, role: Role) -> Event:
        text, context = event.data.get("text"), event.data.get("context")
        if not isinstance(text, str):
            return _error("bad-request", f"{event.type} needs a text")
        if not isinstance(context, dict | None):
            return _error("bad-request", f"the context of {event.type} is no object")
        locale = hint(event.data.get("language"), self._served.manifest.locales)
        (parse,) = await self._served.parse([text], locale)
        return _answer(parse, (context or {}) | {_KEY: _described(parse)}, role)


def hint(language: object, locales: Sequence[str]) -> str | None:
    """The locale to parse with, None where `language` is no tag or is none of the model's languages."""
    from kiloglot.text import canonical_locale  # With numpy, which a description does without.

    try:
        tag = canonical_locale(language) if isinstance(language, str) else ""
    except DataError:
        return None
    known = {locale.split("-")[0] for locale in locales}
    return tag if tag.split("-")[0] in known else None


@lru_cache(maxsize=2)
def _info(manifest: Manifest, role: Role) -> Event:
    """What the server offers. A handler's `info` lists no intent service, since Home Assistant would take that one."""
    attribution = Attribution("kiloglot", "")
    about = f"{len(manifest.locales)} locales, {len(manifest.ontology.intents)} intents; {manifest.licence}"
    model: dict[str, Any] = {
        "name": manifest.name,
        "attribution": attribution,
        "installed": True,
        "description": f"{about}; trained on {manifest.trained_on}",
        "version": manifest.version,
        "languages": list(manifest.locales),
    }
    recognises, says = PROGRAMS
    intent = IntentProgram(
        recognises, attribution, True, "Intent and slots of what is said", __version__, [IntentModel(**model)]
    )
    handle = HandleProgram(
        says, attribution, True, "Says what was understood, and acts on nothing", __version__, [HandleModel(**model)]
    )
    return Info(intent=[intent] if role == "intent" else [], handle=[handle]).event()


def _answer(parse: Parse, context: dict[str, Any], role: Role) -> Event:
    if parse.rejected:
        refusal = NotRecognized if role == "intent" else NotHandled
        return refusal(apology(parse.locale), context).event()
    if role == "handle":
        return Handled(_said(parse), context).event()
    # No text: it is what Home Assistant would speak, and it renders it as a template.
    entities = [Entity(slot.type, slot.value(parse.text)) for slot in parse.slots]
    return Intent(parse.intent, entities, context=context).event()


def _said(parse: Parse) -> str:
    """What was understood, to be spoken: `alarm_set: date tomorrow, time nine`."""
    slots = ", ".join(f"{slot.type} {slot.value(parse.text)}" for slot in parse.slots)
    return f"{parse.intent}: {slots}" if slots else parse.intent


def _described(parse: Parse) -> dict[str, Any]:
    """What of a parse has no place of its own in the protocol."""
    slots = [asdict(slot) | {"value": slot.value(parse.text)} for slot in parse.slots]
    return asdict(parse) | {"slots": slots}


def _context(event: Event) -> dict[str, Any] | None:
    context = event.data.get("context")
    return context if isinstance(context, dict) else None


def _code(fault: KiloglotError) -> str:
    """`ArtifactError` becomes `artifact`."""
    return type(fault).__name__.removesuffix("Error").lower()


def _error(code: str, text: str) -> Event:
    return Error(text, code).event()
