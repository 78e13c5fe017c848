"""Characters -> units: what one tag stands for.

Scripts that write spaces give words; Han and kana give single characters, and a run of anything else between them
(`abc` in `abcを`) stays one unit. The script of the characters decides, never the locale, so mixed text needs no hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from kiloglot.text.letters import letters
from kiloglot.text.normalise import normalise

__all__ = ["MAX_UNITS", "Unit", "Units", "segment", "segmented"]

MAX_UNITS = 1024
"""Units read of one utterance; a spoken command has about ten."""

_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
# Punctuation that ends a clause is no part of a word; a full stop is, inside `a.m.` or `3.5`.
_CLAUSE = '?!,;:"。！？、，；：؟،؛।॥…¿¡።፣၊။'
_UNIT = re.compile(rf"([{_IDEOGRAPHS}])|[^\s{_IDEOGRAPHS}]+")
# Where none of these is, units are what spaces part.
_NOT_BY_SPACES = re.compile(rf"[{_IDEOGRAPHS}{_CLAUSE}.]")


class Unit(NamedTuple):
    """One word, or one ideograph: a tuple, since every text makes a dozen, in half the time of a dataclass."""

    form: str
    """Normalised writing; never empty."""
    start: int
    """First code point in the text as given."""
    end: int
    """One past the last code point in the text as given."""
    character: bool
    """Whether the unit is a single Han or kana character, which has no space around it."""


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one text, column by column: many texts are read, and few of their units looked at."""

    forms: list[str]
    """Of each, its normalised writing."""
    starts: list[int]
    """Where each begins, in code points."""
    ends: list[int]
    """One past the last of each."""
    characters: bytes
    """1 for each that is a single Han or kana character, 0 for words."""

    def __len__(self) -> int:
        return len(self.forms)

    def __iter__(self) -> Iterator[Unit]:
        return map(Unit, self.forms, self.starts, self.ends, map(bool, self.characters))

    def only(self, end: int) -> Units:
        """The first `end` of them."""
        return Units(self.forms[:end], self.starts[:end], self.ends[:end], self.characters[:end])

    def without(self, place: int) -> Units:
        """All but one of them."""
        forms, starts, ends = ([*each[:place], *each[place + 1 :]] for each in (self.forms, self.starts, self.ends))
        return Units(forms, starts, ends, self.characters[:place] + self.characters[place + 1 :])


def segment(text: str, limit: int = MAX_UNITS, *, in_letters: bool = False) -> tuple[Unit, ...]:
    """The first `limit` units of `text`; chunks that hold nothing but clause punctuation give none.

    Their forms are normalised, and written in `letters` where they are to be hashed.
    """
    return tuple(segmented(text, limit, in_letters=in_letters))


def segmented(text: str, limit: int = MAX_UNITS, *, in_letters: bool = False) -> Units:
    """The same, column by column."""
    units = (None if _NOT_BY_SPACES.search(text) else _by_spaces(text, limit)) or _by_characters(text, limit)
    return replace(units, forms=list(map(letters, units.forms))) if in_letters and not text.isascii() else units


def _by_spaces(text: str, limit: int) -> Units | None:
    """The units of a text without ideographs, clause punctuation and full stops; None where one is made of nothing."""
    chunks = text.split()[:limit]
    if text.isascii():
        forms = text.lower().split()[:limit]
    else:
        forms = [normalise(chunk) for chunk in chunks]
        if not all(map(str.strip, forms)):
            return None
    starts, ends, end = list[int](), list[int](), 0
    for chunk in chunks:
        start = text.index(chunk, end)
        end = start + len(chunk)
        starts.append(start)
        ends.append(end)
    return Units(forms, starts, ends, bytes(len(forms)))


def _by_characters(text: str, limit: int) -> Units:
    """The units of any text."""
    forms, starts, ends, characters = list[str](), list[int](), list[int](), bytearray()
    size = len(text)
    for match in _UNIT.finditer(text):
        chunk, start, character = match.group(), match.start(), match.lastindex == 1
        if not character and not chunk.isalnum():
            start, chunk = _trimmed(chunk, start, size)
        form = normalise(chunk)
        if form.strip():
            forms.append(form)
            starts.append(start)
            ends.append(start + len(chunk))
            characters.append(character)
            if len(forms) == limit:
                break
    return Units(forms, starts, ends, bytes(characters))


def _trimmed(chunk: str, start: int, size: int) -> tuple[int, str]:
    """`chunk` without clause punctuation at its edges, nor the full stop that ends the utterance."""
    kept = chunk.lstrip(_CLAUSE)
    start += len(chunk) - len(kept)
    kept = kept.rstrip(_CLAUSE)
    if start + len(kept) == size and kept.find(".") == len(kept) - 1 > 0:
        kept = kept[:-1]
    return start, kept
