"""The same command said otherwise: typing errors, words left out or moved, as a recogniser hears it, names from another
language. What was meant stays: intent, and the words of each slot as they are then said.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kiloglot.assistant.conjunctions import CONJUNCTIONS
from kiloglot.values import Slot, Utterance

__all__ = ["DISTURBANCES", "ENGLISH", "INFLECTED", "TOGETHER", "TWO", "Said", "as_said", "inflected", "together"]

TWO = "two commands"
"""How two commands in one sentence are called."""
INFLECTED = "names inflected"
"""How a command is called whose name has an ending."""
TOGETHER = " + "
"""Stands between their intents."""

ENGLISH = {
    "name": ("desk lamp", "robot vacuum", "smart tv", "heater"),
    "area": ("living room", "garage", "master bedroom", "office"),
    "floor": ("ground floor", "basement", "attic"),
}
"""Names by slot that a household may have, whatever it speaks."""


@dataclass(frozen=True, slots=True)
class Said:
    """A command as it is said, and what is meant by it."""

    kind: str
    """How it was disturbed, `held out` where it was not."""
    text: str
    """The words."""
    intent: str
    """What is meant."""
    slots: frozenset[tuple[str, str]]
    """(type, words) of every slot."""


Pieces = list[tuple[str, str]]
"""(words, slot type), the type empty outside slots; joined by spaces they are the text."""


def as_said(kind: str, utterance: Utterance, rng: random.Random) -> Said | None:
    """The utterance disturbed in this way; None where it cannot be without losing what is meant."""
    pieces = _pieces(utterance)
    changed = DISTURBANCES[kind](pieces, rng)
    return None if changed is None else _joined(kind, utterance, changed)


def together(first: Utterance, second: Utterance, locale: str) -> Said | None:
    """Both commands in one sentence, with the language's word for "and" between them; None where it is not known."""
    joint = CONJUNCTIONS.get(locale) or CONJUNCTIONS.get(locale.partition("-")[0])
    if joint is None:
        return None
    text = first.text.rstrip(" .!?。") + joint[0] + second.text
    slots = frozenset((slot.type, slot.value(u.text)) for u in (first, second) for slot in u.slots)
    return Said(TWO, text, TOGETHER.join((first.intent, second.intent)), slots)


def inflected(utterance: Utterance, forms: Mapping[str, Sequence[str]], rng: random.Random) -> Said | None:
    """The utterance with one name in a form that the language gives it; None where it has no name or no form is known.

    `forms` holds them by slot.
    """
    pieces = _pieces(utterance)
    named = [at for at, (_, slot) in enumerate(pieces) if forms.get(slot)]
    if not named:
        return None
    at = rng.choice(named)
    return _joined(
        INFLECTED, utterance, [*pieces[:at], (rng.choice(forms[pieces[at][1]]), pieces[at][1]), *pieces[at + 1 :]]
    )


def _joined(kind: str, utterance: Utterance, pieces: Pieces) -> Said:
    text = " ".join(words for words, _ in pieces if words)
    return Said(kind, text, utterance.intent, frozenset((slot, words) for words, slot in pieces if slot))


def _pieces(utterance: Utterance) -> Pieces:
    """Words one by one outside slots, slots whole."""
    pieces: Pieces = []
    at = 0
    for slot in (
        *sorted(utterance.slots, key=lambda slot: slot.start),
        Slot("", len(utterance.text), len(utterance.text)),
    ):
        pieces += [(word, "") for word in utterance.text[at : slot.start].split()]
        if slot.type:
            pieces.append((" ".join(slot.value(utterance.text).split()), slot.type))
        at = slot.end
    return pieces


def _unchanged(pieces: Pieces, rng: random.Random) -> Pieces | None:
    return pieces


def _mistyped(pieces: Pieces, rng: random.Random) -> Pieces | None:
    """Two letters exchanged, one left out or one doubled, in one word of four letters or more."""
    long = [at for at, (words, _) in enumerate(pieces) if len(words) >= 4 and words.isalpha()]
    if not long:
        return None
    at = rng.choice(long)
    words, slot = pieces[at]
    place = rng.randrange(1, len(words) - 1)
    wrong = rng.choice(
        (
            words[:place] + words[place + 1] + words[place] + words[place + 2 :],
            words[:place] + words[place + 1 :],
            words[: place + 1] + words[place:],
        )
    )
    return [*pieces[:at], (wrong, slot), *pieces[at + 1 :]]


def _left_out(pieces: Pieces, rng: random.Random) -> Pieces | None:
    """Without its shortest word outside slots: an article or a preposition, where there are two words or more."""
    plain = [at for at, (_, slot) in enumerate(pieces) if not slot]
    if len(plain) < 3:
        return None
    at = min(plain, key=lambda place: (len(pieces[place][0]), place))
    return [*pieces[:at], *pieces[at + 1 :]]


def _moved(pieces: Pieces, rng: random.Random) -> Pieces | None:
    """The first word or slot goes last: "kitchen light on" for "on kitchen light"."""
    return [*pieces[1:], pieces[0]] if len(pieces) >= 3 else None


def _heard(pieces: Pieces, rng: random.Random) -> Pieces | None:
    """As a recogniser without marks and capitals writes it, one word run into the next."""
    plain = [(_unmarked(words).lower(), slot) for words, slot in pieces]
    pairs = [at for at in range(len(plain) - 1) if not plain[at][1] and not plain[at + 1][1]]
    if not pairs:
        return plain if plain != pieces else None
    at = rng.choice(pairs)
    return [*plain[:at], (plain[at][0] + plain[at + 1][0], ""), *plain[at + 2 :]]


def _unmarked(words: str) -> str:
    """Latin letters without their marks; in other scripts they are no ornament."""
    kept = ""
    for c in unicodedata.normalize("NFD", words):
        if not (unicodedata.combining(c) and kept and unicodedata.name(kept[-1], "").startswith("LATIN")):
            kept += c
    return unicodedata.normalize("NFC", kept)


def _mixed(pieces: Pieces, rng: random.Random) -> Pieces | None:
    """Names in English, the command in its own language."""
    named = [at for at, (_, slot) in enumerate(pieces) if slot in ENGLISH]
    if not named:
        return None
    at = rng.choice(named)
    return [*pieces[:at], (rng.choice(ENGLISH[pieces[at][1]]), pieces[at][1]), *pieces[at + 1 :]]


DISTURBANCES: Mapping[str, Callable[[Pieces, random.Random], Pieces | None]] = {
    "held out": _unchanged,
    "typing error": _mistyped,
    "word left out": _left_out,
    "order changed": _moved,
    "as heard": _heard,
    "names in English": _mixed,
}
"""By name; the first one changes nothing."""
