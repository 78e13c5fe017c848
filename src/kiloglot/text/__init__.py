"""Characters -> units: normalised forms, words and ideographs, hashed n-grams, locale tags."""

from kiloglot.text.locales import canonical_locale
from kiloglot.text.ngrams import HASH_VERSION, NGrams, ngrams
from kiloglot.text.normalise import normalise
from kiloglot.text.segment import MAX_UNITS, Unit, segment
from kiloglot.text.vocabulary import Vocabulary

__all__ = [
    "HASH_VERSION",
    "MAX_UNITS",
    "NGrams",
    "Unit",
    "Vocabulary",
    "canonical_locale",
    "ngrams",
    "normalise",
    "segment",
]
