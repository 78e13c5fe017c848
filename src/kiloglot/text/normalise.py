"""One written form for what sounds the same: compatibility forms, case, digits and invisible characters.

Normalised text is only ever hashed. Offsets always count the text as given, so a form may grow or shrink freely.
"""

from __future__ import annotations

import functools
import unicodedata
from itertools import chain, groupby

__all__ = ["normalise"]


_LONG = 512  # code points; no word has as many
_PLANES = (range(0x80, 0x20000), range(0xE0000, 0xE1000))  # the rest are ideographs, private or unassigned


@functools.cache
def _folding() -> dict[int, str | None]:
    """Decimal digits of every script to ASCII; format characters (joiners, direction marks) and variation selectors
    away.
    """
    table: dict[int, str | None] = {}
    for code in chain.from_iterable(_PLANES):
        character = chr(code)
        if character.isdecimal():
            table[code] = str(unicodedata.decimal(character))
        elif not character.isprintable() and unicodedata.category(character) == "Cf":
            table[code] = None
    table.update(dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
    table[0x0307] = None  # what lower-casing leaves behind the Turkish dotted capital I
    table[0x2019] = "'"
    return table


def normalise(text: str) -> str:
    """The form of `text` that is hashed: NFKC, lower case, ASCII digits, nothing invisible.

    Lone surrogates pass through: what is not text must not raise.
    """
    if text.isascii():
        return text.lower()
    if len(text) > _LONG:
        text = _decomposed(text)
    return unicodedata.normalize("NFKC", text).lower().translate(_folding())


def _decomposed(text: str) -> str:
    """`text` with its compatibility forms taken apart and its combining marks in canonical order.

    `unicodedata` sorts marks by insertion, in quadratic time: 100,000 of them on one letter take it ten seconds.
    """
    letters = "".join(unicodedata.normalize("NFKD", character) for character in text)
    runs = groupby(letters, key=lambda letter: unicodedata.combining(letter) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)
