"""How alike a spoken name and known ones are: features of each pair, and the log-odds that both mean the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Postfix, Prefix
from rapidfuzz.process import cdist

from kiloglot.assistant.spoken import Spoken
from kiloglot.assistant.weights import WEIGHTS

__all__ = ["FEATURES", "features", "log_odds"]

Floats = NDArray[np.float64]
_Scorer = Callable[..., float]

FEATURES = ("own", "latin", "consonants", "begins_name", "begins_said", "ends_said", "said_used", "length", "script")
"""What is measured of a pair, each in [0, 1]: likeness by edits in the own script, in Latin letters, and of the
consonants; the common beginning as a share of the name and of what was said, the common end as a share of what was
said; how much of what was said the name uses; the shorter length over the longer one; whether they share a script."""

_MATRIX = np.zeros((len(FEATURES) + 1, len(FEATURES) + 1))
_MATRIX[np.triu_indices(len(FEATURES) + 1)] = WEIGHTS
_VOWELS = str.maketrans("", "", "aeiouwy")


def log_odds(said: Spoken, names: Sequence[Spoken]) -> Floats:
    """[names] the log-odds that each of `names` is meant by `said`: a quadratic form of 1 and the features."""
    pairs = np.column_stack([np.ones(len(names)), features(said, names)])
    found: Floats = ((pairs @ _MATRIX) * pairs).sum(axis=1)
    return found


def features(said: Spoken, names: Sequence[Spoken]) -> Floats:
    """[names, FEATURES] of each pair; all hold letters."""
    latin = [name.latin for name in names]
    lengths, own = np.array([len(each) for each in latin], float), len(said.latin)
    begins = _row(said.latin, latin, Prefix.similarity)
    columns = (
        _row(said.own, [name.own for name in names], OSA.normalized_similarity),
        _row(said.latin, latin, OSA.normalized_similarity),
        _row(_consonants(said.latin), [_consonants(each) for each in latin], OSA.normalized_similarity),
        begins / lengths,
        begins / own,
        _row(said.latin, latin, Postfix.similarity) / own,
        _used(said, names),
        np.minimum(lengths, own) / np.maximum(lengths, own),
        np.array([name.script == said.script for name in names], float),
    )
    return np.stack(columns, axis=1)


def _used(said: Spoken, names: Sequence[Spoken]) -> Floats:
    """[names] how much of the letters of `said` is found again in the words of each name.

    Two words are as alike as their edits say; of an inflected one, whose end alone differs, half of that is given back.
    """
    words = [word for name in names for word in name.words]
    edits = cdist(said.words, words, scorer=OSA.normalized_similarity)
    common = cdist(said.words, words, scorer=Prefix.similarity, dtype=np.float32)
    own, theirs = (np.array([len(word) for word in each], np.float32) for each in (said.words, words))
    stems = common / np.minimum(own[:, None], theirs)
    alike = np.where(common >= 2, np.maximum(edits, (edits + stems) / 2), edits)
    starts = np.cumsum([0, *(len(name.words) for name in names[:-1])])
    found: Floats = (np.maximum.reduceat(alike, starts, axis=1) * own[:, None]).sum(axis=0) / own.sum()
    return found


def _row(said: str, names: Sequence[str], scorer: _Scorer) -> Floats:
    row: Floats = cdist([said], names, scorer=scorer, dtype=np.float32)[0].astype(float)
    return row


def _consonants(latin: str) -> str:
    return latin[:1] + latin[1:].translate(_VOWELS)
