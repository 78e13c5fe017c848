"""Characters -> units: what one tag stands for.

Scripts that write spaces give words; Han and kana give single characters, and a run of anything else between them
(`abc` in `abcを`) stays one unit. The script of the characters decides, never the locale, so mixed text needs no hint.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from kiloglot.text.normalise import normalise

__all__ = ["MAX_UNITS", "Unit", "segment"]

MAX_UNITS = 1024
"""Units read of one utterance; a spoken command has about ten."""

_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)
# Punctuation that ends a clause is no part of a word; a full stop is, inside `a.m.` or `3.5`.
_CLAUSE = '?!,;:"。！？、，；：؟،؛।॥…¿¡።፣၊။'
_UNIT = re.compile(rf"([{_IDEOGRAPHS}])|[^\s{_IDEOGRAPHS}]+")


class Unit(NamedTuple):
    """One word, or one ideograph: a tuple, since every text makes a dozen, in half the time of a dataclass."""

    form: str
    """Normalised writing, what is hashed; never empty."""
    start: int
    """First code point in the text as given."""
    end: int
    """One past the last code point in the text as given."""
    character: bool
    """Whether the unit is a single Han or kana character, which has no space around it."""


def segment(text: str, limit: int = MAX_UNITS) -> tuple[Unit, ...]:
    """The first `limit` units of `text`; chunks that hold nothing but clause punctuation give none."""
    units: list[Unit] = []
    size = len(text)
    for match in _UNIT.finditer(text):
        chunk, start, character = match.group(), match.start(), match.lastindex == 1
        if not character and not chunk.isalnum():
            start, chunk = _trimmed(chunk, start, size)
        form = normalise(chunk)
        if form.strip():
            units.append(Unit(form, start, start + len(chunk), character))
            if len(units) == limit:
                break
    return tuple(units)


def _trimmed(chunk: str, start: int, size: int) -> tuple[int, str]:
    """`chunk` without clause punctuation at its edges, nor the full stop that ends the utterance."""
    kept = chunk.lstrip(_CLAUSE)
    start += len(chunk) - len(kept)
    kept = kept.rstrip(_CLAUSE)
    if start + len(kept) == size and kept.find(".") == len(kept) - 1 > 0:
        kept = kept[:-1]
    return start, kept
