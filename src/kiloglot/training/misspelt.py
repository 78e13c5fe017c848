"""The same utterances with wrong letters in them, as typing fingers and recognisers leave them."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from kiloglot.text import Unit, segment
from kiloglot.values import Slot, Utterance

__all__ = ["misspelt"]

_LONG = 4  # letters that a word must have, or a wrong one makes another word of it
_MISTYPED = 0.6  # share of wrong words; the others are heard, without marks or run together

Edit: TypeAlias = tuple[int, int, str]
"""(start, end, what stands there instead)."""


def misspelt(utterances: Sequence[Utterance], share: float, seed: int) -> Iterator[Utterance]:
    """Copies of about a `share` of the utterances, each with one fault: a letter exchanged, left out, doubled or
    replaced in a word; or Latin letters without their marks; or one word run into the next. Slots are where they were.

    None is what the locale's `utterances` say already. Han and kana, of which each is a word, are left alone.
    """
    if not share:
        return
    rng = random.Random(seed)
    said = {(u.locale, u.text.casefold()) for u in utterances}
    for u in utterances:
        if rng.random() < share:
            edits = _edits(u, rng)
            wrong = _edited(u, edits)
            whole = all(slot.start < slot.end for slot in wrong.slots)
            if edits and whole and (u.locale, wrong.text.casefold()) not in said:
                yield wrong


def _edits(utterance: Utterance, rng: random.Random) -> list[Edit]:
    """What is wrong, from left to right; nothing where the utterance has no word for it."""
    units = segment(utterance.text)
    ways = [_mistyped(utterance.text, units, rng)]
    heard = [_unmarked(utterance.text), _run_together(utterance, units, rng)]
    ways.insert(0 if rng.random() < 1 - _MISTYPED else 1, rng.choice([edits for edits in heard if edits] or [[]]))
    return next((edits for edits in ways if edits), [])


def _mistyped(text: str, units: Sequence[Unit], rng: random.Random) -> list[Edit]:
    """One letter after the first of a long word."""
    words = [(unit, text[unit.start : unit.end]) for unit in units if not unit.character]
    long = [(unit, word) for unit, word in words if len(word) >= _LONG and all(map(_is_letter, word))]
    if not long:
        return []
    unit, word = rng.choice(long)
    at = rng.randrange(unit.start + 1, unit.end - 1)
    here, after = text[at], text[at + 1]
    ways = (
        (at, at + 2, after + here),
        (at, at + 1, ""),
        (at, at + 1, here + here),
        (at, at + 1, rng.choice(word)),
    )
    return [edit for edit in (rng.choice(ways),) if text[edit[0] : edit[1]] != edit[2]]


def _is_letter(c: str) -> bool:
    return unicodedata.category(c)[0] in "LM"  # many scripts write vowels as marks


def _unmarked(text: str) -> list[Edit]:
    """Every Latin letter without its marks; in other scripts they are no ornament."""
    found: list[Edit] = []
    latin = False
    for at, c in enumerate(text):
        apart = unicodedata.normalize("NFD", c)
        bare = apart[0]
        if not unicodedata.combining(bare):
            latin = unicodedata.name(bare, "").startswith("LATIN")
            if latin and len(apart) > 1:
                found.append((at, at + 1, bare))
        elif latin:
            found.append((at, at + 1, ""))
    return found


def _run_together(utterance: Utterance, units: Sequence[Unit], rng: random.Random) -> list[Edit]:
    """Two words without the space between them, where no slot begins or ends."""
    gaps = [(left.end, right.start) for left, right in itertools.pairwise(units)
            if utterance.text[left.end : right.start].isspace()]  # fmt: skip
    free = [
        (start, end, "")
        for start, end in gaps
        if not any(start <= edge <= end for slot in utterance.slots for edge in (slot.start, slot.end))
    ]
    return [rng.choice(free)] if free else []


def _edited(utterance: Utterance, edits: Sequence[Edit]) -> Utterance:
    """The utterance with the `edits` made, its slots moved along."""
    text = utterance.text
    for start, end, written in reversed(edits):
        text = text[:start] + written + text[end:]

    def moved(place: int) -> int:
        return place + sum(len(written) - (end - start) for start, end, written in edits if end <= place)

    slots = tuple(Slot(slot.type, moved(slot.start), moved(slot.end)) for slot in utterance.slots)
    return replace(utterance, text=text, slots=slots)
