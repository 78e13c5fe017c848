"""Where an utterance may be cut into two commands: at commas, and at the language's words for "and" and "then"."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from kiloglot.assistant.conjunctions import CONJUNCTIONS

__all__ = ["Cut", "cuts", "joined"]

_COMMA = r"(?:\s*[;،؛、，；፣]\s*|\s*,\s+)"
_THEN = {
    "ar": " ثم ",
    "bn": " তারপর ",
    "ca": " després ",
    "da": " derefter ",
    "de": " dann ",
    "el": " μετά ",
    "en": " then ",
    "es": " luego ",
    "fa": " سپس ",
    "fi": " sitten ",
    "fr": " puis ",
    "hi": " फिर ",
    "hu": " aztán ",
    "id": " lalu ",
    "it": " poi ",
    "ja": "それから",
    "ko": " 그리고 ",
    "ms": " kemudian ",
    "nb": " deretter ",
    "nl": " daarna ",
    "pl": " potem ",
    "pt": " depois ",
    "ro": " apoi ",
    "ru": " потом ",
    "sl": " potem ",
    "sv": " sedan ",
    "sw": " kisha ",
    "th": "แล้ว",
    "tr": " sonra ",
    "ur": " پھر ",
    "vi": " rồi ",
    "zh": "然后",
}
"""Language -> the word that puts one command after another, with its spaces; CLDR has none."""
_ALSO = {"cy": (" ac ",), "es": (" e ",), "it": (" ed ",), "ja": ("そして",), "zh": ("然後",)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A place between two commands."""

    end: int
    """One past the last code point of the first."""
    start: int
    """First code point of the second."""


def cuts(text: str, language: str) -> tuple[Cut, ...]:
    """Where `text` may be cut, in order: what joins is left out, and something stands on both sides.

    The words are those of its main `language`, and those of others that can be no word of it.
    """
    found = (Cut(match.start(), match.end()) for match in _pattern(language).finditer(text))
    return tuple(cut for cut in found if text[: cut.end].strip() and text[cut.start :].strip())


def joined(name: str) -> bool:
    """Whether a name holds what joins two commands in any language."""
    return _any_joint().search(name) is not None


@lru_cache(maxsize=256)
def _pattern(language: str) -> re.Pattern[str]:
    """A comma, and words behind it, or words."""
    return _compiled({*_anywhere(), *_joints(language)})


@lru_cache(maxsize=1)
def _any_joint() -> re.Pattern[str]:
    return _compiled({joint for language in CONJUNCTIONS for joint in _joints(language)})


def _compiled(joints: set[str]) -> re.Pattern[str]:
    """A comma, and words behind it, or words; white space around a word is that of its language."""
    kinds: dict[tuple[bool, bool], list[str]] = defaultdict(list)
    for joint in sorted(joints, key=len, reverse=True):
        kinds[joint[0] == " ", joint[-1] == " "].append(re.escape(joint.strip()))
    words = "|".join(
        (r"(?:\s+|(?<=\s))" if before else r"\s*") + f"(?:{'|'.join(own)})" + (r"\s+" if behind else r"\s*")
        for (before, behind), own in kinds.items()
    )
    return re.compile(f"{_COMMA}(?:{words})*|(?:{words})+", re.IGNORECASE)


@lru_cache(maxsize=1)
def _anywhere() -> tuple[str, ...]:
    """Words of all languages that hardly mean another thing elsewhere: of three letters, or not in ASCII."""
    joints = [joint for language in CONJUNCTIONS for joint in _joints(language)]
    words = [joint for joint in joints if joint[0] == joint[-1] == " "]
    return tuple(word for word in words if len(word) > 4 or not word.isascii())


def _joints(language: str) -> tuple[str, ...]:
    conjunction = CONJUNCTIONS.get(language, ("", ""))[0]
    return tuple(filter(None, (conjunction, _THEN.get(language, ""), *_ALSO.get(language, ()))))
