"""Tokens and tags of an utterance as the official MASSIVE code makes them.

The rules are those of `scripts/create_hf_dataset.py` (tokens, tags) and `eval_preds` (spans) in alexa/massive at or
after 22 June 2022, restated on spans: the bracket notation sets white space around every bracket, so a slot's two ends
are the ends of its chunks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from kiloglot.values import Slot, Utterance

__all__ = ["CHARACTER_LOCALES", "OUTSIDE", "Conversion", "gold_tags", "tag_spans", "tags", "tokens"]

CHARACTER_LOCALES = frozenset({"ja-JP", "zh-CN", "zh-TW"})
"""Locales whose tokens are characters; a chunk that is pure ASCII stays one token."""

OUTSIDE = ""
"""Tag of a token that no slot covers (`Other` in the official files)."""

_CHUNK = re.compile(r"\S+")


class Conversion(StrEnum):
    """How gold tags are made from brackets in the character locales; elsewhere both are the same."""

    OFFICIAL = "official"
    """As published, fault included: a slot whose last chunk is pure ASCII stays open until the next slot begins."""
    CORRECTED = "corrected"
    """Every slot ends at its closing bracket."""


def tokens(text: str, slots: Sequence[Slot], locale: str) -> list[tuple[int, int]]:
    """Half-open offsets of the tokens of `text`, in code points of it.

    Tokens are split at white space. In `CHARACTER_LOCALES` the ends of the gold `slots` split too, and what is not
    pure ASCII falls into characters.
    """
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    if locale not in CHARACTER_LOCALES:
        return chunks
    cuts = sorted({end for slot in slots for end in (slot.start, slot.end)})
    return [token for chunk in chunks for piece in _cut(chunk, cuts) for token in _characters(text, piece)]


def _cut(chunk: tuple[int, int], cuts: Sequence[int]) -> list[tuple[int, int]]:
    start, end = chunk
    edges = [start, *(cut for cut in cuts if start < cut < end), end]
    return list(pairwise(edges))


def _characters(text: str, piece: tuple[int, int]) -> list[tuple[int, int]]:
    start, end = piece
    return [piece] if text[start:end].isascii() else [(at, at + 1) for at in range(start, end)]


def tags(offsets: Sequence[tuple[int, int]], slots: Sequence[Slot]) -> list[str]:
    """The slot type of each token, `OUTSIDE` where there is none: that of the slot that covers most of the token."""
    result = [OUTSIDE] * len(offsets)
    covered = [0] * len(offsets)
    for slot in slots:
        for at, (start, end) in enumerate(offsets):
            overlap = min(end, slot.end) - max(start, slot.start)
            if overlap > covered[at]:
                result[at], covered[at] = slot.type, overlap
    return result


def gold_tags(utterance: Utterance, offsets: Sequence[tuple[int, int]], conversion: Conversion) -> list[str]:
    """The tags of a labelled utterance over its own `tokens`."""
    result = tags(offsets, utterance.slots)
    if conversion is Conversion.OFFICIAL and utterance.locale in CHARACTER_LOCALES:
        _leave_open(result, utterance, offsets)
    return result


def _leave_open(result: list[str], utterance: Utterance, offsets: Sequence[tuple[int, int]]) -> None:
    """Repeats the official fault: the closing bracket of an ASCII chunk is cut off without ending its slot."""
    starts = [*(slot.start for slot in utterance.slots[1:]), len(utterance.text)]
    for slot, following in zip(utterance.slots, starts, strict=False):
        last_chunk = slot.value(utterance.text).split()[-1:]
        if last_chunk and last_chunk[0].isascii():
            for at, (start, _) in enumerate(offsets):
                if slot.end <= start < following:
                    result[at] = slot.type


def tag_spans(sequence: Sequence[str]) -> set[tuple[str, int, int]]:
    """(type, first token, last token) of each run of one tag.

    This is what seqeval finds in the official tags: they carry no B or I of their own, so that neighbouring slots of
    one type are one span.
    """
    found: set[tuple[str, int, int]] = set()
    start = 0
    for at, tag in enumerate(sequence):
        if at + 1 == len(sequence) or sequence[at + 1] != tag:
            if tag != OUTSIDE:
                found.add((tag, start, at))
            start = at + 1
    return found
