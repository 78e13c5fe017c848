"""Words -> their letters, as n-grams count them: what one character writes in some scripts, several do in others.

Hangul and Ethiopic write a syllable in one character, so that a stem is another one before each of its endings and no
two words share what they sound alike in; both are taken apart. `docs/decisions/0018-letters.md` has what that gives.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["letters"]

_SYLLABLE = re.compile("[\u1200-\u135a\uac00-\ud7a3]")
_HANGUL = 0xAC00  # its first syllable
_VOWELS = 0x12A0  # the glottal stop, whose eight characters stand for the vowels alone


def letters(form: str) -> str:
    """`form`, normalised, in letters: Hangul as jamo (the canonical decomposition of Unicode), Ethiopic as consonant
    and vowel. All other scripts as they are.
    """
    return form.translate(_SPELT) if _SYLLABLE.search(form) else form


class _Spelt(dict[int, str]):
    """How syllables are spelt, by code point; each is taken apart when it is first met."""

    def __missing__(self, code: int) -> str:
        syllable = chr(code)
        if not _SYLLABLE.match(syllable):
            raise KeyError(code)
        if code >= _HANGUL:
            spelt = unicodedata.normalize("NFD", syllable)
        else:
            # Each consonant has a row of eight characters, one for each vowel.
            spelt = chr(code & ~7) + chr(_VOWELS + (code & 7))
        self[code] = spelt
        return spelt


_SPELT = _Spelt()
