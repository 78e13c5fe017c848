"""The home's commands: Home Assistant's sentence templates in all its languages, with names to say in them."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from kiloglot.data.formats import Asked, Content, Files, Notes, Said, Sentence, ValueList, uttered
from kiloglot.data.formats.hassil import read_hassil
from kiloglot.data.household import Household
from kiloglot.data.templates import Choice, Template
from kiloglot.errors import MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.values import Partition, Utterance

__all__ = ["home_locale", "home_templates", "home_utterances", "templates_path"]

# A language without names of its own says those of a near one.
_LIKE = {
    "bg": "ru-RU", "cs": "pl-PL", "de-CH": "de-DE", "et": "fi-FI", "eu": "es-ES", "ga": "en-US", "gl": "pt-PT",
    "gu": "en-US", "hr": "sl-SL", "kw": "en-US", "lb": "de-DE", "lt": "lv-LV", "ne": "hi-IN", "pa": "en-US",
    "pt-BR": "pt-PT", "sk": "pl-PL", "sr": "ru-RU", "sr-Latn": "sl-SL", "uk": "ru-RU", "zh-HK": "zh-TW",
}  # fmt: skip
_STRANGERS = "en-US"
# Intents of locks end so, and their names are said apart: "open {name}" turns a lock off and anything else on.
_OF_LOCKS = "=lock"
_LOCK_NAMES = "name/lock"
# Slot of a template -> pools of names that are said in it; a room and a device together are a name as well.
_POOLS = {
    "area": ("area",),
    "floor": ("floor",),
    "name": ("name", "list", "person"),
    _LOCK_NAMES: (),
    "item": ("item",),
    "search_query": ("search_query",),
    "message": ("message",),
    "conversation_command": ("command",),
}
_PARTS: tuple[Partition, ...] = ("train", "dev", "test")
_HELD_OUT = (
    10  # of a hundred templates, so many are dev and as many test, where an intent of a locale has three or more
)
_TRAINED, _TOLD = 160, 12  # utterances of an intent in a locale, at most about, in train and elsewhere
_MOST = 24  # utterances of one template


def templates_path() -> Path:
    """Where the package `home-assistant-intents` has its templates. Raises MissingExtraError without it."""
    try:
        return Path(str(files("home_assistant_intents") / "data"))
    except ModuleNotFoundError as error:
        raise MissingExtraError("the templates of Home Assistant", "home") from error


def home_locale(language: str) -> str:
    """The locale of one of Home Assistant's languages: `de` is `de-DE`, `cs` and `de-CH` are themselves."""
    known = _known_names()
    return language if language in known else next((tag for tag in known if tag.split("-")[0] == language), language)


@functools.cache
def _known_names() -> Mapping[str, Mapping[str, list[str]]]:
    """Names by locale and pool: the slot values that occur most often in MASSIVE's `train` (Amazon, CC BY 4.0)."""
    found: dict[str, dict[str, list[str]]] = _shipped("home_names.json")
    return found


def _written(file: str, locale: str) -> list[str]:
    """Names that no corpus has, in the locale or its language, else in English."""
    found = _names_written(file)
    return found.get(locale) or found.get(locale.split("-")[0]) or found["en"]


@functools.cache
def _names_written(file: str) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = _shipped(file)
    return found


def _shipped(name: str) -> Any:
    return json.loads((files("kiloglot.data") / name).read_text(encoding="utf-8"))


def home_templates(
    path: Path, household: Household, locales: Sequence[str] = (), progress: Progress = SILENT
) -> Content:
    """The templates at `path`, each in one partition whole, with lists of names for each locale and partition.

    A fixed slot of a block is part of the intent's name: `HassTurnOn/domain=light`. Raises DataError, with file and
    line, where a template is broken.
    """
    sources = _sources(path, locales)
    asked = Asked(lists=dict.fromkeys((slot for slot in _POOLS if slot != _LOCK_NAMES), ("home",)), fixed=True)
    sentences: list[Sentence] = []
    lists: list[ValueList] = []
    notes = Notes()
    with progress.task("read templates", len(sources), "file") as task:
        for source in sources:
            content = read_hassil(Files(source), asked)
            sentences += (replace(each, locale=home_locale(each.locale)) for each in content.sentences)
            lists += (
                replace(each, locale=home_locale(each.locale)) for each in content.lists if each.slot not in _POOLS
            )
            for left in content.left:
                notes.add(left.reason, next(iter(left.examples), ""), left.count)
            task.advance(1, source.stem)
    kept = _apart([each for each in sentences if not locales or each.locale in locales])
    lists += _names(household, kept)
    return Content("home", tuple(kept), tuple(lists), left=notes.result())


def _sources(path: Path, locales: Sequence[str]) -> list[Path]:
    """The package's files, one a language, as far as they are asked for; else all of `path` together."""
    found = sorted(path.glob("*.json")) if path.is_dir() else []
    return [each for each in found if not locales or home_locale(each.stem) in locales] if found else [path]


def _apart(sentences: list[Sentence]) -> list[Sentence]:
    """The same, a tenth of the templates of each intent and locale set aside as dev and as test."""
    groups: dict[tuple[str, str], list[Sentence]] = {}
    for sentence in sentences:
        groups.setdefault((sentence.locale, sentence.intent), []).append(sentence)
    found: list[Sentence] = []
    for members in groups.values():
        members.sort(key=lambda each: _digest(each.locale, each.source))
        aside = 0 if len(members) < 3 else max(1, round(len(members) * _HELD_OUT / 100))
        for place, each in enumerate(members):
            found.append(replace(each, partition=_PARTS[min(2, place // aside + 1) if place < 2 * aside else 0]))
    return found


def _digest(*words: str) -> bytes:
    return hashlib.sha256("\0".join(words).encode("utf-8", "surrogatepass")).digest()


def _names(household: Household, sentences: Iterable[Sentence]) -> Iterator[ValueList]:
    """What can be said in the slots that a home fills: the household's names in train, strange names apart."""
    own = _of_household(household)
    for locale, words in sorted(_own_words(sentences).items()):
        for slot, values in _strange(locale, words).items():
            distinct = sorted(dict.fromkeys(values), key=lambda value: _digest(locale, slot, value))
            aside = max(1, len(distinct) // 6)
            parts = (distinct[2 * aside :], distinct[:aside], distinct[aside : 2 * aside])
            for partition, part in zip(_PARTS, parts, strict=True):
                mine = own.get(slot, ()) if partition == "train" else ()
                yield ValueList(slot, locale, (*mine, *(part or distinct)), partition)


def _strange(locale: str, words: frozenset[str]) -> dict[str, list[str]]:
    """Names by slot that no household has asked for, without those that the templates say by themselves."""
    pools = _known_names()
    pool = dict(pools.get(locale) or pools[_LIKE.get(locale, _STRANGERS)])
    pool["floor"] = _written("home_floors.json", locale)  # Those of rooms would be floors and areas at once.
    for kind in ("area", "name", "list"):
        pool[kind] = [name for name in pool[kind] if not _said_by(words, name)] or pool[kind]
    rooms, devices = pool["area"], pool["name"]
    said = {slot: [name for kind in kinds for name in pool.get(kind, ())] for slot, kinds in _POOLS.items()}
    for slot in ("name", "area"):  # A household may call its things in English, whatever it speaks.
        said[slot] += pools[_STRANGERS][slot][: len(said[slot]) // 3]
    locks = _written("home_locks.json", locale)
    said[_LOCK_NAMES] = [name for name in locks if not _said_by(words, name)] or locks
    said["name"] += [f"{room} {devices[at % len(devices)]}" for at, room in enumerate(rooms)]
    said["conversation_command"] = [f"{device} {rooms[at % len(rooms)]}" for at, device in enumerate(devices)]
    return said


def _own_words(sentences: Iterable[Sentence]) -> dict[str, frozenset[str]]:
    """By locale, the words that its templates say outside slots where they fix what is meant: "light", "shopping"."""
    found: dict[str, set[str]] = {}
    for sentence in sentences:
        words = found.setdefault(sentence.locale, set())
        if "=" in sentence.intent or "ShoppingList" in sentence.intent:
            words.update(*([text, *text.split()] for text in _literals(sentence.template)))
    return {locale: frozenset(words) for locale, words in found.items()}


def _literals(template: Template) -> Iterator[str]:
    for part in template:
        if isinstance(part, Choice):
            for option in part.options:
                yield from _literals(option)
        elif not part.type:
            yield part.text.strip().casefold()


def _said_by(words: frozenset[str], name: str) -> bool:
    """Whether the templates say a name: "all lights" would be every light and a device at once."""
    return name.casefold() in words or all(
        word in words or any(word[:at] in words and word[at:] in words for at in range(3, len(word) - 2))
        for word in name.casefold().split()
    )


def _of_household(household: Household) -> Mapping[str, tuple[str, ...]]:
    def all_of(things: Iterable[object]) -> tuple[str, ...]:
        return tuple(name for thing in things for name in (thing.name, *thing.aliases))  # type: ignore[attr-defined]

    locks = [device for device in household.devices if device.domain == "lock"]
    return {
        "area": all_of(household.areas),
        "floor": all_of(household.floors),
        "name": (*all_of(device for device in household.devices if device not in locks), *all_of(household.lists)),
        _LOCK_NAMES: all_of(locks),
    }


def home_utterances(content: Content, seed: int, notes: Notes) -> tuple[Utterance, ...]:
    """Utterances of the templates, some of each; none of dev and test is also said in train.

    hassil's sampler writes every utterance of a template out, up to millions: a few are drawn of each instead.
    """
    counts: dict[tuple[str, str, Partition], int] = {}
    for each in content.sentences:
        key = (each.locale, each.intent, each.partition)
        counts[key] = counts.get(key, 0) + 1
    found: list[Utterance] = []
    for partition in _PARTS:
        budget = _TRAINED if partition == "train" else _TOLD
        groups: dict[tuple[int, bool], list[Sentence]] = {}
        for each in content.sentences:
            if each.partition == partition:
                own = counts[each.locale, each.intent, partition]
                limit = max(1 if own > budget else 2, min(_MOST, budget // own))
                groups.setdefault((limit, each.intent.endswith(_OF_LOCKS)), []).append(each)
        for (limit, locks), sentences in groups.items():
            lists = _with_locks(content.lists) if locks else content.lists
            part = replace(content, sentences=tuple(sentences), lists=lists)
            how = Said(expand=limit, apart=limit, seed=seed)
            found += (utterance for utterance, _ in uttered(part, how, notes))
    trained = {(u.locale, u.text) for u in found if u.partition == "train"}
    kept = [u for u in found if u.partition == "train" or (u.locale, u.text) not in trained]
    if len(kept) < len(found):
        notes.add("utterances held out that a template of train says too", count=len(found) - len(kept))
    return tuple(replace(u, id=f"home/{u.locale}/{at}") for at, u in enumerate(kept))


def _with_locks(lists: Iterable[ValueList]) -> tuple[ValueList, ...]:
    """The lists with the names of locks for names."""
    others = [each for each in lists if each.slot != "name"]
    return tuple(replace(each, slot="name") if each.slot == _LOCK_NAMES else each for each in others)
