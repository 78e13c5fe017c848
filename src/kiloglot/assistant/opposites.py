"""Commands that mean the opposite of each other: to confuse them is worse than not to understand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from kiloglot.data.home_intents import OPPOSITES, plain_intent
from kiloglot.values import Parse

__all__ = ["opposed", "suited"]

_OF_LOCKS = "/for=lock"
_LOCKED = ("HassTurnOn", "HassTurnOff", "HassGetState")
_LEFT = 0.1  # share of the other readings below which they are no more than noise
_TOO_LIKELY = 0.3  # `docs/log.md` has what other shares cost


def opposed(parse: Parse) -> bool:
    """Whether the opposite of what was understood is too likely to act: three tenths as likely or more."""
    own = plain_intent(parse.intent)
    opposite = OPPOSITES.get(own)
    if opposite is None:
        return False
    likely = {own: 0.0, opposite: 0.0}
    for each in parse.alternatives:
        family = plain_intent(each.intent)
        if family in likely:
            likely[family] += each.confidence
    return likely[opposite] >= _TOO_LIKELY * likely[own]


def suited(parse: Parse, domains: Collection[str]) -> Parse:
    """`parse` without what cannot be meant of things of these domains, the rest as likely as before to each other.

    "öffne {name}" unlocks a lock, which is to turn it off, and opens a cover, which is to turn it on. Where a domain
    is not known, or some things are locks and others not, the parse is as it was.
    """
    if not all(domains) or len({domain == "lock" for domain in domains}) != 1:
        return parse
    locks = "lock" in domains
    strange = ("HassTurnOn", "HassTurnOff") if locks else tuple(f"{intent}{_OF_LOCKS}" for intent in _LOCKED)
    kept = [each for each in parse.alternatives if each.intent not in strange]
    if not kept or len(kept) == len(parse.alternatives) or plain_intent(kept[0].intent) not in _LOCKED:
        return parse
    share = 1 - sum(each.confidence for each in parse.alternatives if each.intent in strange)
    if share < _LEFT:
        return parse
    likely = tuple(replace(each, confidence=min(1.0, each.confidence / share)) for each in kept)
    return replace(parse, intent=likely[0].intent, confidence=likely[0].confidence, alternatives=likely)
