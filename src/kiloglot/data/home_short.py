"""Commands cut short, as "lights on", and what is left of commands without the words that say what to do.

Templates say few such: the words that tell a command from its opposite, and those that tell its domain, are found by
counting, language by language, and all others are left out.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kiloglot.data.home_intents import OPPOSITES, opposite, plain_intent, verbs
from kiloglot.text import segment
from kiloglot.values import OUTSIDE, Slot, Utterance

__all__ = ["cut_short"]

_SHORT = ("HassTurnOn", "HassTurnOff")
_EMPTY = (*_SHORT, "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassMediaPause", "HassMediaUnpause",
          "HassLawnMowerStartMowing", "HassLawnMowerDock")  # fmt: skip
_PLACES = ("area", "floor")
_TELLING = 0.85  # share of a word's uses on one side of two from which on it tells the sides apart
_LEANING = 0.65  # the same from which on it is a hint
_OFTEN, _ENOUGH = 0.02, 5  # share and number of a side's commands that a word must be in
_PLACELESS = 30  # commands without places from which on they are counted by themselves, too
_MOSTLY = 0.4  # share of a side's commands that must have such a word, or the language tells the sides otherwise
_SHORTS, _EMPTIES = 40, 12  # utterances of an intent in a locale

Piece = tuple[str, str]
"""(words, slot type), the type empty outside slots."""


def cut_short(utterances: Iterable[Utterance], seed: int) -> Iterator[Utterance]:
    """Of the commands of `train` that have an opposite: short ones, and as `OUTSIDE` those that no longer say which.

    None is a text that the locale's `utterances` have already, nor one that is cut from two intents. Chinese and
    Japanese are left alone: their templates are short, and their words do not stand apart.
    """
    said: dict[str, set[str]] = {}
    groups: dict[str, list[Utterance]] = {}
    for u in utterances:
        said.setdefault(u.locale, set()).add(u.text.casefold())
        spaced = not any(unit.character for unit in segment(u.text))
        if spaced and u.partition == "train" and plain_intent(u.intent) in OPPOSITES:
            groups.setdefault(u.locale, []).append(u)
    for locale, own in groups.items():
        cut = [u for u in _cut(own) if u.text and u.text.casefold() not in said[locale]]
        yield from _drawn(cut, locale, seed)


def _drawn(cut: Sequence[Utterance], locale: str, seed: int) -> Iterator[Utterance]:
    """Some of each intent; none whose text two intents share."""
    meant: dict[str, set[str]] = {}
    for u in cut:
        meant.setdefault(u.text.casefold(), set()).add(u.intent)
    distinct = {u.text.casefold(): u for u in cut if len(meant[u.text.casefold()]) == 1}.values()
    taken: Counter[str] = Counter()
    for u in sorted(distinct, key=lambda u: hashlib.sha256(f"{seed}\0{u.text}".encode("utf-8", "replace")).digest()):
        of = f"none/{u.scenario}" if u.scenario else u.intent
        if taken[of] < (_EMPTIES if u.scenario else _SHORTS):
            taken[of] += 1
            yield replace(u, id=f"short/{locale}/{of}/{taken[of]}", scenario="")


def _cut(own: Sequence[Utterance]) -> Iterator[Utterance]:
    """All of them; of those outside, the scenario says which intent they were cut from."""
    telling, domains = _telling_words(own, _TELLING), _domain_words(own)
    leaning = _telling_words(own, _LEANING)
    for u in own:
        pieces, plain = _pieces(u), plain_intent(u.intent)
        doing = [piece for piece in pieces if not piece[1] and piece[0].casefold() in telling[verbs(u.intent)]]
        if not doing or _words(u) & telling[verbs(opposite(u.intent))]:
            continue
        rest = [piece for piece in pieces if piece not in doing]
        hints = leaning[verbs(u.intent)] | leaning[verbs(opposite(u.intent))]
        if plain in _EMPTY and not any(piece[0].casefold() in hints for piece in rest):
            yield replace(_joined(u, rest), intent=OUTSIDE, slots=(), scenario=u.intent)
        thing = [piece for piece in rest if piece[1] or piece[0].casefold() in domains.get(u.intent, ())]
        if plain in _SHORT and any(slot not in _PLACES for _, slot in thing):
            yield _joined(u, [*thing, *doing])
            yield _joined(u, [*doing, *thing])


def _telling_words(own: Iterable[Utterance], least: float) -> defaultdict[str, frozenset[str]]:
    """By intent, words that it says and its opposite does not: "on", "unmute"; none where they do not tell.

    Commands without places, where there are enough, tell more: "on" is also said of floors, "an" also of rooms.
    """
    said: defaultdict[str, list[set[str]]] = defaultdict(list)
    placeless: defaultdict[str, list[set[str]]] = defaultdict(list)
    for u in own:
        said[verbs(u.intent)].append(_words(u))
        if not any(slot.type in _PLACES for slot in u.slots):
            placeless[verbs(u.intent)].append(_words(u))
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for each in list(said):
        ways = [said, placeless] if min(len(placeless[each]), len(placeless[opposite(each)])) >= _PLACELESS else [said]
        found[each] = frozenset().union(*(_apart(way[each], [way[opposite(each)]], least) for way in ways))
    for each, mine in list(said.items()):
        if sum(bool(words & found[each]) for words in mine) < _MOSTLY * len(mine):
            found[each] = found[opposite(each)] = frozenset()
    return found


def _domain_words(own: Iterable[Utterance]) -> dict[str, frozenset[str]]:
    """By intent of turning on and off, words that its domain says and no other: "lights"."""
    said: dict[str, list[set[str]]] = {}
    for u in own:
        plain, _, domain = u.intent.partition("/domain=")
        if plain in _SHORT and domain:
            said.setdefault(domain, []).append(_words(u))
    return {
        f"{plain}/domain={domain}": _apart(mine, [others for key, others in said.items() if key != domain], _TELLING)
        for domain, mine in said.items()
        for plain in _SHORT
    }


def _apart(mine: Sequence[set[str]], others: Iterable[Sequence[set[str]]], least: float) -> frozenset[str]:
    """Words that `mine` say often and none of `others` does."""
    uses = Counter(word for words in mine for word in words)
    elsewhere = [(Counter(word for words in other for word in words), max(1, len(other))) for other in others]
    return frozenset(
        word
        for word, count in uses.items()
        if count >= _ENOUGH
        and (share := count / len(mine)) >= _OFTEN
        and all(share >= least * (share + counts[word] / size) for counts, size in elsewhere)
    )


def _words(utterance: Utterance) -> set[str]:
    return {words.casefold() for words, slot in _pieces(utterance) if not slot}


def _pieces(utterance: Utterance) -> list[Piece]:
    """Words one by one outside slots, slots whole."""
    pieces: list[Piece] = []
    at = 0
    for slot in (*sorted(utterance.slots, key=lambda slot: slot.start), Slot("", len(utterance.text), 0)):
        pieces += [(word, "") for word in utterance.text[at : slot.start].split()]
        if slot.type:
            pieces.append((slot.value(utterance.text), slot.type))
        at = slot.end
    return pieces


def _joined(utterance: Utterance, pieces: Iterable[Piece]) -> Utterance:
    """The utterance with these words and slots."""
    text, slots = "", list[Slot]()
    for words, slot in pieces:
        start = len(text) + bool(text)
        text = f"{text} {words}" if text else words
        if slot:
            slots.append(Slot(slot, start, len(text)))
    return replace(utterance, text=text, slots=tuple(slots))
