"""Names as people say them, each with the name that is meant: inflected ones from MASSIVE, others made of those.

Equal ids in MASSIVE are translations, so that the values which stand where English says "kitchen" are forms of one
word: `keittiö`, `keittiön`, `keittiössä`. Of those that begin like the most frequent one the shortest is taken for the
name, and a form counts as one of it where they have the first half of the name in common: others are mostly other
words. Of names that differ in their last letters alone the most frequent one stays, as in a household.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import available_timezones

from babel import Locale
from rapidfuzz.distance import Prefix

from kiloglot.assistant.spoken import spoken
from kiloglot.values import Utterance

__all__ = ["HOME", "KINDS", "NAMED", "Asked", "Kind", "cities", "home"]

Kind = Literal["inflected", "misspelt", "misheard", "shortened", "other script", "unrelated"]
KINDS: tuple[Kind, ...] = ("inflected", "misspelt", "misheard", "shortened", "other script", "unrelated")

HOME = ("device_type", "house_place", "list_name")
"""Slot types of what a home has names for."""
NAMED = (*HOME, "coffee_type", "food_type", "ingredient", "place_name", "relation")
"""Slot types whose values are names that are inflected."""

_OTHERS = ("app_name", "artist_name", "business_name", "event_name", "movie_name", "news_topic", "person", "song_name")
# What sounds alike.
_ALIKE = ("bp", "dt", "gk", "vf", "sz", "mn", "ie", "ou", "ea", "бп", "дт", "гк", "вф", "ие", "оа", "יע", "בפ", "דת")
_MOST = 400  # unrelated ones of a locale


@dataclass(frozen=True, slots=True)
class Asked:
    """A name as it is said."""

    kind: Kind
    """What has become of it."""
    said: str
    """What is said."""
    meant: str | None
    """The name; None where none of the household is."""


def home(
    own: Iterable[Utterance], english: Mapping[str, Utterance], types: Iterable[str], seed: int
) -> tuple[list[str], list[Asked]]:
    """The names of one locale, and what is said: values of the slot `types` of `own`, grouped by their English."""
    own, chance = list(own), random.Random(seed)
    names, forms = list[str](), dict[str, str]()
    for counts in sorted(_groups(own, english, set(types)), key=lambda each: -each.total()):
        begins = spoken(counts.most_common(1)[0][0]).latin[:2]
        same = [form for form in counts if spoken(form).latin[:2] == begins]
        name = min(same, key=lambda form: (len(form), -counts[form], form))
        if not any(_only_ends_differ(name, other) for other in names):
            names.append(name)
            forms |= {form: name for form in same if 2 * _common(form, name) >= len(spoken(name).latin)}
    asked = [Asked("inflected", form, name) for form, name in forms.items()]
    for name in names:
        asked += _changed(name, names, chance)
    others = sorted({slot.value(u.text) for u in own for slot in u.slots if slot.type in _OTHERS})
    asked += [Asked("unrelated", said, None) for said in chance.sample(others, min(_MOST, len(others)))]
    exact = {spoken(name).own for name in names}
    return names, [each for each in asked if spoken(each.said).own not in exact | {""}]


def cities(locale: str) -> tuple[list[str], list[Asked]]:
    """English names of the cities of the world's time zones, and how the locale writes them in its script (CLDR)."""
    here, english = Locale.parse(locale.partition("-")[0]), Locale.parse("en")
    names, asked = dict[str, None](), []
    for zone in sorted(available_timezones()):
        name = english.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
        said = here.time_zones.get(zone, {}).get("city")
        if "/" in zone and said and not any(letter.isascii() and letter.isalpha() for letter in said):
            asked.append(Asked("other script", said, name))
        names[name] = None
    return list(names), asked


def _only_ends_differ(name: str, other: str) -> bool:
    lengths = [len(spoken(each).latin) for each in (name, other)]
    return _common(name, other) >= max(0.6 * max(lengths), max(lengths) - 3)


def _common(said: str, other: str) -> int:
    """Letters of their common beginning."""
    return Prefix.similarity(spoken(said).latin, spoken(other).latin)


def _groups(own: Iterable[Utterance], english: Mapping[str, Utterance], types: set[str]) -> Iterator[Counter[str]]:
    """The values that stand for one English one, with how often; what occurs once is left."""
    groups: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for utterance in own:
        if utterance.id in english:
            here, there = _single(utterance, types), _single(english[utterance.id], types)
            for kind in here.keys() & there.keys():
                groups[kind, there[kind]][here[kind]] += 1
    yield from (counts for counts in groups.values() if counts.total() > 1 and spoken(max(counts)).own)


def _single(utterance: Utterance, types: set[str]) -> dict[str, str]:
    """The value of each slot type that occurs once."""
    counts = Counter(slot.type for slot in utterance.slots)
    return {s.type: s.value(utterance.text) for s in utterance.slots if s.type in types and counts[s.type] == 1}


def _changed(name: str, names: list[str], chance: random.Random) -> Iterator[Asked]:
    if len(name) >= 5:
        yield Asked("misspelt", _misspelt(name, chance), name)
        yield Asked("misheard", _misheard(name, chance), name)
    words = name.split()
    for place in range(len(words) if len(words) > 1 else 0):
        left = words[:place] + words[place + 1 :]
        if sum(set(left) <= set(other.split()) for other in names) == 1:
            yield Asked("shortened", " ".join(left), name)


def _misspelt(name: str, chance: random.Random) -> str:
    """`name` with a letter left out, two exchanged, one doubled, or another in its place."""
    at = chance.randrange(1, len(name) - 1)
    before, letter, after = name[:at], name[at], name[at + 1 :]
    other = chance.choice(name.replace(" ", ""))
    exchanged = before + after[0] + letter + after[1:]
    return chance.choice([before + after, exchanged, before + letter + letter + after, before + other + after])


def _misheard(name: str, chance: random.Random) -> str:
    """`name` with one or two letters taken for what sounds alike, and sometimes two words for one."""
    sounds = {pair[here]: pair[1 - here] for pair in _ALIKE for here in (0, 1)}
    letters = list(name)
    places = [place for place, letter in enumerate(letters) if letter in sounds]
    for place in chance.sample(places, min(1 + (len(name) > 7), len(places))):
        letters[place] = sounds[letters[place]]
    heard = "".join(letters)
    return heard.replace(" ", "", 1) if chance.random() < 0.3 else heard
