"""An utterance in pieces, as Snips and Dialogflow write it: words, and words with a slot."""

from __future__ import annotations

from collections.abc import Iterable

from kiloglot.data.templates import Template, squeezed
from kiloglot.values import Slot

__all__ = ["joined", "pieces"]


def joined(chunks: Iterable[tuple[str, str]]) -> Template:
    """The template of (words, slot type or nothing) in order, white space squeezed; a slot without words is none."""
    text, slots = "", list[Slot]()
    for words, slot_type in chunks:
        if slot_type and words.strip():
            slots.append(Slot(slot_type, len(text), len(text) + len(words)))
        text += words
    return squeezed(text, slots)


def pieces(text: str, slots: Iterable[Slot]) -> list[tuple[str, str]]:
    """The (words, slot type or nothing) of an utterance, in order."""
    found, at = list[tuple[str, str]](), 0
    for slot in slots:
        found += [(text[at : slot.start], ""), (slot.value(text), slot.type)]
        at = slot.end
    return [piece for piece in (*found, (text[at:], "")) if piece[0]]
