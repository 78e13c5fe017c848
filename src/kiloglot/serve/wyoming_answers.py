"""What is answered to a Wyoming event: an answer as intents or `not-recognized`, as `handled` or `not-handled`.

A `transcript` does not say which of the two it wants. The client's `select-program` does, else the server's role.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from wyoming.error import Error
from wyoming.event import Event
from wyoming.handle import Handled, NotHandled
from wyoming.info import Attribution, HandleModel, HandleProgram, Info, IntentModel, IntentProgram
from wyoming.intent import Entity, Intent, IntentsStart, IntentsStop, NotRecognized
from wyoming.ping import Pong

from kiloglot import __version__
from kiloglot.errors import DataError, KiloglotError
from kiloglot.runtime import Manifest
from kiloglot.serve.apologies import apology
from kiloglot.serve.served import Served

if TYPE_CHECKING:
    from kiloglot.assistant import Answer, Command

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

    async def to(self, event: Event) -> list[Event]:
        """The answer, empty where there is none to give: an unknown event is left, as the protocol asks."""
        try:
            return await self._to(event)
        except KiloglotError as fault:
            return [_error(_code(fault), str(fault))]

    async def _to(self, event: Event) -> list[Event]:
        text = event.data.get("text")
        match event.type:
            case "describe":
                return [_info(self._served.manifest, self._role)]
            case "ping":
                return [Pong(text if isinstance(text, str) else None).event()]
            case "select-program":
                return self._select(event.data.get("name"))
            case "transcript":
                return await self._answered(event, self._told)
            case "recognize":
                return await self._answered(event, "intent")
            case "intent":
                return [NotHandled("kiloglot understands, and acts on nothing", _context(event)).event()]
        return []

    def _select(self, name: object) -> list[Event]:
        if not isinstance(name, str) or name not in PROGRAMS:
            return [_error("no-program", f"no program {ascii(name)[:60]}: {', '.join(PROGRAMS)}")]
        self._told = PROGRAMS[name]
        return []

    async def _answered(self, event: Event, role: Role) -> list[Event]:
        text, context = event.data.get("text"), event.data.get("context")
        if not isinstance(text, str):
            return [_error("bad-request", f"{event.type} needs a text")]
        if not isinstance(context, dict | None):
            return [_error("bad-request", f"the context of {event.type} is no object")]
        locale = hint(event.data.get("language"), self._served.manifest.locales)
        (answer,) = await self._served.answer([text], locale)
        return _handled(answer, context or {}) if role == "handle" else _recognised(answer, context or {})


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


def _recognised(answer: Answer, context: dict[str, Any]) -> list[Event]:
    """One intent, several between `intents-start` and `intents-stop`, or none where one of them is rejected."""
    if refusal := _refused(answer):
        return [NotRecognized(refusal, context | _described(answer)).event()]
    intents = [_intent(command, context).event() for command in answer.commands]
    if len(intents) == 1:
        return intents
    return [IntentsStart(context).event(), *intents, IntentsStop(context).event()]


def _intent(command: Command, context: dict[str, Any]) -> Intent:
    """No text: it is what Home Assistant would speak, and it renders it as a template."""
    parse = command.parse
    fixed = [Entity(name, value) for name, value in command.fixed if name != "for"]
    entities = [*fixed, *(Entity(command.type(slot), command.value(slot)) for slot in parse.slots)]
    return Intent(command.intent, entities, context=context | {_KEY: _command(command)})


def _handled(answer: Answer, context: dict[str, Any]) -> list[Event]:
    context = context | _described(answer)
    if refusal := _refused(answer):
        return [NotHandled(refusal, context).event()]
    return [Handled("; ".join(map(_said, answer.commands)), context).event()]


def _refused(answer: Answer) -> str:
    """What to say where nobody should act: which of several is meant, or an apology; else nothing."""
    locale = answer.whole.parse.locale
    if answer.rejected == "ambiguous":
        return next(command.question for command in answer.commands if command.question) or apology(locale)
    return apology(locale) if answer.rejected else ""


def _said(command: Command) -> str:
    """What was understood, to be spoken: `alarm_set: date tomorrow, time nine`."""
    parse = command.parse
    slots = ", ".join(f"{slot.type} {command.value(slot)}" for slot in parse.slots)
    return f"{parse.intent}: {slots}" if slots else parse.intent


def _described(answer: Answer) -> dict[str, Any]:
    """What of an answer has no place of its own in the protocol: of several commands, those."""
    if len(answer.commands) == 1:
        return {_KEY: _command(answer.commands[0])}
    return {_KEY: {"rejected": answer.rejected, "commands": [_command(each) for each in answer.commands]}}


def _command(command: Command) -> dict[str, Any]:
    parse = command.parse
    slots = [
        asdict(slot) | {"value": slot.value(parse.text), "things": [asdict(thing) for thing in command.things(slot)]}
        for slot in parse.slots
    ]
    return asdict(parse) | {"slots": slots, "rejected": command.rejected, "start": command.start}


def _context(event: Event) -> dict[str, Any] | None:
    context = event.data.get("context")
    return context if isinstance(context, dict) else None


def _code(fault: KiloglotError) -> str:
    """`ArtifactError` becomes `artifact`."""
    return type(fault).__name__.removesuffix("Error").lower()


def _error(code: str, text: str) -> Event:
    return Error(text, code).event()
