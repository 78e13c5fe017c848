"""A name as it is compared: in its own script, and in Latin letters, where scripts and homophones meet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category, name

from anyascii import anyascii

from kiloglot.text import normalise

__all__ = ["Spoken", "spoken"]

_LONGEST = 200  # code points of a name that are read; nobody says more
_KANA = re.compile(r"[\u3040-\u30ff]+|[^\u3040-\u30ff]+")
_IDEOGRAPH = re.compile(r"([\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
_SILENT = str.maketrans("", "", "'.\u00b7\u02bc")  # inside a word: `T.V.`, `Bob's`


@dataclass(frozen=True, slots=True)
class Spoken:
    """What of a text is said."""

    own: str
    """Its letters and digits in their own script, lower case, without spaces."""
    words: tuple[str, ...]
    """Its words in Latin letters and digits; of Chinese, its characters."""
    latin: str
    """The words without spaces."""
    script: str
    """Unicode's name of the first letter's script; empty where there is none."""


def spoken(text: str) -> Spoken:
    """What of `text` is said: emoji, punctuation and case are not."""
    said = normalise(text[:_LONGEST]).translate(_SILENT)
    own = "".join(letter if _is_said(letter) else " " for letter in said).split()
    pieces = [piece for word in own for run in _KANA.findall(word) for piece in _IDEOGRAPH.split(run)]
    words = tuple(word for piece in pieces if (word := _latin(piece)))
    return Spoken("".join(own), words, "".join(words), name(own[0][0], "").partition(" ")[0] if own else "")


def _latin(word: str) -> str:
    return word if word.isascii() else "".join(filter(str.isalnum, anyascii(word))).lower()


def _is_said(character: str) -> bool:
    """Letters, digits, and the marks that write vowels in many scripts."""
    return character.isalnum() or (not character.isascii() and category(character)[0] == "M")
