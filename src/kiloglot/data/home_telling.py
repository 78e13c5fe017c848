"""Words that tell a command from its opposite, language by language: "off", "unmute", the edges of such words, and
words that tell where they come last, as "auf" does in German, which elsewhere is where things are.

They are counted in the commands that the home's model learns from (`python -m benchmarks.telling`), and show later
whether anything in a text says what the model took it for.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib.resources import files

from kiloglot.data.home_intents import OPPOSITES, opposite, plain_intent, verbs
from kiloglot.text import Unit, segment
from kiloglot.values import Utterance

__all__ = ["TELLING", "clues", "telling", "told"]

TELLING = "home_telling.json"
"""The file of this folder that holds them, a line a locale."""

_EDGE = 3  # code points of a word's beginning and end, which an ending or a typing error leaves as they are
_END = "."  # behind the last word
_RUN = 3  # Han and kana in a row
_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")  # Thai, Lao, Burmese and Khmer
_PIECES = (3, 4)  # code points in a row of their words, which are phrases
_ENOUGH, _STRONG = 3, 2.0  # commands that must hold a clue; its log-odds, from which on it tells
_COMMON, _BALANCED = 0.005, 1.0  # share of both sides of another pair, and log-odds there, of what tells nothing
_WIDE = 0.2  # unless this share of a side's commands says it: "on" is said of floors, too

Counts = Mapping[str, tuple[Counter[str], int]]
"""By verbs: in how many commands each clue is, and how many commands there are."""


def clues(text: str) -> frozenset[str]:
    """Words, their beginnings (`ein…`) and ends (`…ten`), and the last one (`auf.`); pieces of what is written without
    spaces.
    """
    units = segment(text)
    last = {f"{unit.form}{_END}" for unit in units[-1:] if not unit.character}
    return frozenset(_anywhere(units) | last)


def telling(utterances: Iterable[Utterance]) -> dict[str, dict[str, list[str]]]:
    """By locale and verbs, the clues that these say and the opposite does not, counted outside slots in `train`.

    What is as common on both sides of another pair, as "downstairs", tells nothing unless much of what is said has it.
    """
    counts: defaultdict[str, dict[str, tuple[Counter[str], int]]] = defaultdict(dict)
    for u in utterances:
        if u.partition == "train" and plain_intent(u.intent) in OPPOSITES:
            said, number = counts[u.locale].get(verbs(u.intent), (Counter(), 0))
            said.update(_outside_slots(u))
            counts[u.locale][verbs(u.intent)] = said, number + 1
    return {locale: _of_locale(own) for locale, own in sorted(counts.items())}


def told(text: str, locale: str, intent: str) -> int | None:
    """How many clues of `text` are the intent's, less those of its opposite; None where the language has none."""
    known = _known(_place(locale))
    own, other = known.get(verbs(intent)), known.get(verbs(opposite(intent)))
    if own is None or other is None:
        return None
    said = clues(text)
    return len(said & own) - len(said & other)


def _anywhere(units: Iterable[Unit]) -> set[str]:
    found: set[str] = set()
    run = ""
    for unit in units:
        if unit.character:
            run += unit.form
        else:
            found.add(unit.form)
            if len(unit.form) > _EDGE:
                found |= {f"{unit.form[:_EDGE]}…", f"…{unit.form[-_EDGE:]}"}
            if _SPACELESS.search(unit.form):
                found |= _pieces(unit.form, _PIECES)
    return found | _pieces(run, range(1, _RUN + 1))


def _pieces(text: str, sizes: Iterable[int]) -> set[str]:
    return {text[at : at + size] for size in sizes for at in range(len(text) - size + 1)}


def _outside_slots(utterance: Utterance) -> set[str]:
    found, at = set[str](), 0
    for slot in sorted(utterance.slots, key=lambda slot: slot.start):
        found |= _anywhere(segment(utterance.text[at : slot.start]))
        at = slot.end
    return found | clues(utterance.text[at:])


def _of_locale(counts: Counts) -> dict[str, list[str]]:
    pairs = [(each, opposite(each)) for each in counts if opposite(each) in counts]
    common = {clue for one, other in pairs for clue in _balanced(counts, one, other)}
    found: dict[str, list[str]] = {}
    for one, other in sorted(pairs):
        said, number = counts[one]
        own = {clue for clue in _apart(counts, one, other) if clue not in common or said[clue] >= _WIDE * number}
        found[one] = sorted(clue for clue in own if not (clue.endswith(_END) and clue.removesuffix(_END) in own))
    return found


def _apart(counts: Counts, one: str, other: str) -> set[str]:
    """Clues that `one` says and `other` does not."""
    (said, number), (others, total) = counts[one], counts[other]
    return {
        clue
        for clue, count in said.items()
        if count + others[clue] >= _ENOUGH
        and math.log((count + 1) / (number + 2)) - math.log((others[clue] + 1) / (total + 2)) >= _STRONG
    }


def _balanced(counts: Counts, one: str, other: str) -> Iterable[str]:
    """Clues that both say about as often."""
    (said, number), (others, total) = counts[one], counts[other]
    for clue in said.keys() & others.keys():
        share, against = said[clue] / number, others[clue] / total
        often = min(said[clue], others[clue]) > 1 and min(share, against) >= _COMMON
        if often and abs(math.log(share / against)) < _BALANCED:
            yield clue


@functools.lru_cache(maxsize=256)  # Whoever asks may tell any locale.
def _place(locale: str) -> str:
    """The locale itself, else the one of its language that has most clues, empty where there is none."""
    every = _every()
    near = [tag for tag in every if tag.split("-")[0] == locale.split("-")[0]]
    return locale if locale in every else max(near, key=lambda tag: sum(map(len, every[tag].values())), default="")


@functools.cache
def _known(place: str) -> Mapping[str, frozenset[str]]:
    """The clues of a locale of the file by verbs."""
    return {each: frozenset(said.split()) for each, said in _every().get(place, {}).items()}


@functools.cache
def _every() -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(files("kiloglot.data").joinpath(TELLING).read_text(encoding="utf-8"))
    return found
