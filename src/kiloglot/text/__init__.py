"""Characters -> units: normalised forms, letters, hashed n-grams, locale tags, bracket notation."""

from kiloglot.text.hashing import HASH_VERSION, HASH_VERSIONS, hashes_letters
from kiloglot.text.letters import letters
from kiloglot.text.locales import canonical_locale
from kiloglot.text.ngrams import NGrams, ngrams
from kiloglot.text.normalise import normalise
from kiloglot.text.notation import align_annotated, annotate, from_bio, parse_annotated, to_bio
from kiloglot.text.parts import LONGEST_PART, Parts, hashes_of_parts, longest_parts, parts, words_of_units
from kiloglot.text.segment import MAX_UNITS, Unit, Units, segment, segmented
from kiloglot.text.vocabulary import Vocabulary, looked_up

__all__ = [
    "HASH_VERSION",
    "HASH_VERSIONS",
    "LONGEST_PART",
    "MAX_UNITS",
    "NGrams",
    "Parts",
    "Unit",
    "Units",
    "Vocabulary",
    "align_annotated",
    "annotate",
    "canonical_locale",
    "from_bio",
    "hashes_letters",
    "hashes_of_parts",
    "letters",
    "longest_parts",
    "looked_up",
    "ngrams",
    "normalise",
    "parse_annotated",
    "parts",
    "segment",
    "segmented",
    "to_bio",
    "words_of_units",
]
