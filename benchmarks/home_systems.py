"""What the home's benchmark asks: kiloglot, and hassil as Home Assistant calls it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from benchmarks.home_said import ENGLISH, TOGETHER
from kiloglot import NLU
from kiloglot.assistant import Command, answers
from kiloglot.data import Content
from kiloglot.data.home import home_locale, templates_path

__all__ = ["SYSTEMS", "Answer", "Recognise", "systems"]

SYSTEMS = ("kiloglot", "hassil, same sentences", "hassil, all sentences")
"""What is asked; the last one has seen the templates that are kept from the others."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says."""

    intent: str
    """The intent with its fixed slots, empty where nothing was understood."""
    slots: frozenset[tuple[str, str]]
    """(type, words) of every slot."""
    seconds: float
    """How long it took."""


Recognise = Callable[[str], Answer]


def systems(nlu: NLU, locale: str, content: Content) -> Iterator[tuple[str, Recognise]]:
    """Those that have the language: ours knows no names and is not told the locale, hassil is told both."""
    yield SYSTEMS[0], lambda said: _timed(lambda: answers(nlu, [said])[0].commands, _of_commands)
    language = next((file.stem for file in templates_path().glob("*.json") if home_locale(file.stem) == locale), None)
    if language is None:
        return
    whole = json.loads((templates_path() / f"{language}.json").read_text(encoding="utf-8"))
    kept = {(each.intent.partition("/")[0], each.source) for each in content.sentences
            if each.locale == locale and each.partition == "train"}  # fmt: skip
    for system, known in zip(SYSTEMS[1:], (kept, None), strict=True):
        yield system, _asking(_hassil(whole, language, known, content, locale))


def _asking(recognise: Callable[[str], Any]) -> Recognise:
    return lambda said: _timed(lambda: recognise(said), _of_hassil)


def _hassil(
    whole: dict[str, Any], language: str, kept: set[tuple[str, str]] | None, content: Content, locale: str
) -> Callable[[str], Any]:
    """hassil as Home Assistant calls it, with the sentences that are `kept`, all where it is None."""
    from hassil import Intents, SlotList, TextSlotList, recognize_best

    described = copy.deepcopy(whole)
    for intent, data in described["intents"].items():
        for block in data["data"]:
            block.pop("requires_context", None)
            block.pop("excludes_context", None)
            if kept is not None:
                block["sentences"] = [source for source in block["sentences"] if (intent, source) in kept]
        data["data"] = [block for block in data["data"] if block["sentences"]]
    intents = Intents.from_dict(described)
    names = {slot: sorted({value for each in content.lists if each.slot.split("/")[0] == slot and each.locale == locale
                           for value in each.values}) for slot in ("name", "area", "floor")}  # fmt: skip
    lists: dict[str, SlotList] = {
        slot: TextSlotList.from_strings([*values, *ENGLISH[slot]], name=slot) for slot, values in names.items()
    }
    return lambda said: recognize_best(said, intents, slot_lists=lists, language=language, best_slot_name="name")


def _timed(ask: Callable[[], Any], read: Callable[[Any], tuple[str, frozenset[tuple[str, str]]]]) -> Answer:
    """The answer, and how long it took without reading it."""
    began = perf_counter()
    answer = ask()
    seconds = perf_counter() - began
    return Answer(*read(answer), seconds)


def _of_commands(commands: tuple[Command, ...]) -> tuple[str, frozenset[tuple[str, str]]]:
    """What is acted on: intents in their order, and the slots of all of them."""
    parses = [command.parse for command in commands if not command.rejected]
    slots = frozenset((slot.type, slot.value(parse.text)) for parse in parses for slot in parse.slots)
    return TOGETHER.join(parse.intent for parse in parses), slots


def _of_hassil(result: Any) -> tuple[str, frozenset[tuple[str, str]]]:
    """hassil's answer; what a block fixes is an entity without words, and part of the intent here."""
    if result is None:
        return "", frozenset()
    fixed = [f"{e.name}={e.value}" for e in result.entities_list if not e.text]
    said = frozenset((e.name, " ".join(e.text.split())) for e in result.entities_list if e.text)
    return "/".join((result.intent.name, *fixed)), said
