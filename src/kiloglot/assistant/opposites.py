"""Commands that mean the opposite of each other: to confuse them is worse than not to understand."""

from __future__ import annotations

from kiloglot.data.home_intents import OPPOSITES, contrary, of_doors, plain_intent
from kiloglot.data.home_telling import told
from kiloglot.values import Parse

__all__ = ["opposed"]

# How likely the opposite may be, as a share of what was understood: where the words say that, where the language tells
# us no such words, where they say nothing, where they say the opposite. `docs/log.md` has what others cost.
_SAID, _UNKNOWN, _UNSAID, _GAINSAID = 0.5, 0.3, 0.07, 0.02
# The same of what opens, closes, locks or unlocks: languages share those words, and a door is worse left open than lit.
_DOOR_SAID, _DOOR_UNSAID = 0.15, 0.03


def opposed(parse: Parse) -> bool:
    """Whether the opposite of what was understood is too likely to act, the more so where no word speaks against it."""
    own = plain_intent(parse.intent)
    if own not in OPPOSITES:
        return False
    alike = [each for each in parse.alternatives if plain_intent(each.intent) in (own, OPPOSITES[own])]
    against = sum(each.confidence for each in alike if contrary(parse.intent, each.intent))
    share = against / max(sum(each.confidence for each in alike) - against, 1e-9)
    return share >= (_most(parse) if _GAINSAID <= share < _SAID else _SAID)


def _most(parse: Parse) -> float:
    clues = told(parse.text, parse.locale, parse.intent)
    door = of_doors(parse.intent)
    if clues is None:
        return _DOOR_SAID if door else _UNKNOWN
    if clues > 0:
        return _DOOR_SAID if door else _SAID
    return _GAINSAID if clues < 0 else _DOOR_UNSAID if door else _UNSAID
