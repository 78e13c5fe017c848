"""What a parse cannot mean: intents that lack slots, and those of other things than a name turned out to be."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from kiloglot.data.home_intents import NEEDED, complete, plain_intent
from kiloglot.values import OUTSIDE, Parse

__all__ = ["fitting", "suited"]

_OF_LOCKS = "/for=lock"
_TURNED = ("HassTurnOn", "HassTurnOff")
_LOCKED = (*_TURNED, "HassGetState")
_LEFT = 0.1  # share of the other readings below which they are no more than noise
# Confidence from which on an intent without slots is acted on: where it says of what ("the light"), and where not.
_OF_SOMETHING, _ALONE = 0.5, 0.7
_RATHER_OUTSIDE = 0.35  # how likely, as a share of it, an intent without slots may be no command
# Four of ten utterances that the home learned from are outside, and hardly any that is said at home. So rare that is
# taken to be, and a command that is then so likely is meant after all; `docs/log.md` has what others cost.
_OUTSIDE_ODDS, _AFTER_ALL = 1 / 8, 0.35


def fitting(parse: Parse) -> Parse:
    """`parse` as the likeliest intent that has the slots which Home Assistant needs: "light on" sets no brightness.

    What was rejected as outside is a command after all where one is likely. Rejected as `incomplete` where none has its
    slots, and as `low_confidence` where no slot speaks for an intent that is not rather likely by itself.
    """
    parse = _after_all(parse) if parse.rejected == parse.intent == OUTSIDE else parse
    if parse.rejected or parse.intent.partition("/")[0] not in NEEDED:
        return parse
    types = {slot.type for slot in parse.slots}
    if not complete(parse.intent, types):
        found = _only(parse, lambda intent: complete(intent, types))
        if found is None:
            return replace(parse, rejected="incomplete")
        parse = found
    if parse.intent == OUTSIDE:
        return replace(parse, rejected=OUTSIDE)
    return parse if types or _likely_alone(parse) else replace(parse, rejected="low_confidence")


def _likely_alone(parse: Parse) -> bool:
    """Whether an intent may be acted on without a slot."""
    outside = sum(each.confidence for each in parse.alternatives if each.intent == OUTSIDE)
    least = _OF_SOMETHING if "/" in parse.intent else _ALONE
    return parse.confidence >= least and outside < _RATHER_OUTSIDE * parse.confidence


def _after_all(parse: Parse) -> Parse:
    """`parse`, which is outside, as the command of the home that it is where little is outside; else as it was."""
    outside = next(each.confidence for each in parse.alternatives if each.intent == OUTSIDE)
    share = 1 - outside + _OUTSIDE_ODDS * outside
    shares = [(each, each.confidence * (_OUTSIDE_ODDS if each.intent == OUTSIDE else 1)) for each in parse.alternatives]
    likely = [replace(each, confidence=min(1.0, own / share)) for each, own in shares]
    likely.sort(key=lambda each: -each.confidence)
    best = likely[0]
    if best.confidence < _AFTER_ALL or best.intent.partition("/")[0] not in NEEDED:
        return parse
    return replace(parse, intent=best.intent, confidence=best.confidence, alternatives=tuple(likely), rejected=None)


def suited(parse: Parse, domains: Collection[str]) -> Parse:
    """`parse` without what cannot be meant of things of these domains.

    "öffne {name}" unlocks a lock, which is to turn it off, and opens a cover, which is to turn it on. Where a domain
    is not known, or some things are locks and others not, the parse is as it was.
    """
    if not all(domains) or len({domain == "lock" for domain in domains}) != 1:
        return parse
    found = _only(parse, _of_a_lock if "lock" in domains else _of_no_lock)
    return found if found and plain_intent(found.intent) in _LOCKED else parse


def _of_a_lock(intent: str) -> bool:
    """Whether an intent may be meant of a lock, which is neither switched nor opened as a cover is."""
    return plain_intent(intent) not in _TURNED or intent.endswith(_OF_LOCKS)


def _of_no_lock(intent: str) -> bool:
    return not intent.endswith(_OF_LOCKS)


def _only(parse: Parse, possible: Callable[[str], bool]) -> Parse | None:
    """`parse` with the possible of its readings, as likely as before to each other; None where they are unlikely."""
    kept = [each for each in parse.alternatives if possible(each.intent)]
    share = 1 - sum(each.confidence for each in parse.alternatives if not possible(each.intent))
    if not kept or share < _LEFT:
        return None
    likely = tuple(replace(each, confidence=min(1.0, each.confidence / share)) for each in kept)
    return replace(parse, intent=likely[0].intent, confidence=likely[0].confidence, alternatives=likely)
