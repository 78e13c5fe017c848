"""How characters become hashes.

The hash of an n-gram, a word or a part of one is the sum of its characters' hashes, each salted by its place, and of
what kind it is: so sums over neighbouring characters are shared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "GOLDEN",
    "HASH_VERSION",
    "HASH_VERSIONS",
    "LENGTH",
    "LONGEST_WORD",
    "PART",
    "PLACE",
    "WHOLE",
    "hashes_letters",
    "mix",
]

HASH_VERSION = "ngrams.v2"
"""Changes whenever the same text would hash differently: a model only reads what its own version wrote."""
HASH_VERSIONS = ("ngrams.v1", HASH_VERSION)
"""Those that models are read and trained in. The first one hashes words as they are written, not in `letters`."""

Hashes = NDArray[np.uint64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""Spreads code points over 64 bits."""
LONGEST_WORD = 64
"""Code points of a unit whose places count in its hash as a whole word."""

_STEPS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
_LAST_STEP = np.uint64(31)


def hashes_letters(version: str) -> bool:
    """Whether a version of `HASH_VERSIONS` hashes words in `kiloglot.text.letters`."""
    return version != HASH_VERSIONS[0]


def mix(values: Hashes) -> Hashes:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit."""
    mixed = values
    for shift, factor in _STEPS:
        mixed = mixed ^ (mixed >> shift)
        mixed *= factor
    mixed ^= mixed >> _LAST_STEP
    return mixed


PLACE = mix(np.arange(1, LONGEST_WORD + 1, dtype=np.uint64) * GOLDEN)
"""[LONGEST_WORD] the salt of each place."""
LENGTH = mix(np.arange(100, 100 + 16, dtype=np.uint64) * GOLDEN)
"""[16] the salts of kinds: n-grams by their length, and others."""
WHOLE, PART = LENGTH[0], LENGTH[11]
"""The salts of a whole word, and of a part that goes on inside one."""
