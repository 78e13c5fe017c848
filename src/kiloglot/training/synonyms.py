"""Words in place of which others with nearly the same vector may stand while a reader learns.

What a rare word does to an intent is hardly ever learned from `train`, and half of what people say has one. An encoder
tells which words of all languages mean about the same, so that a rare one may be learned from its frequent neighbours'
sentences: synonym replacement (Wei and Zou 2019), whose synonyms are translations and inflected forms as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.text import Vocabulary
from kiloglot.training.ragged import Index, Ragged
from kiloglot.training.word_vectors import WordVectors

__all__ = ["Synonyms"]

_MOST, _LEAST = 8, 0.6  # synonyms of a word; their cosine
_CHUNK = 2048  # words that are compared with all others at a time


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Which rows of a table of words stand for words that mean about the same."""

    rows: Index
    """[rows, most] the nearest first, -1 where there are no more."""

    @classmethod
    def of(
        cls, vectors: WordVectors, vocabulary: Vocabulary, progress: Progress = SILENT, *, in_letters: bool = True
    ) -> Synonyms:
        """The synonyms of each word that `vocabulary` knows among the others, by `vectors`."""
        rows = vocabulary.rows(vectors.hashes(in_letters=in_letters))
        row, place = np.unique(rows[rows >= 0], return_index=True)
        own = torch.nn.functional.normalize(torch.from_numpy(vectors.vectors[rows >= 0][place]), dim=-1)
        found = np.full((len(vocabulary.tags), _MOST), -1, np.int64)
        with progress.task("Finding synonyms", len(own), "words and parts") as task:
            for start in range(0, len(own), _CHUNK):
                near, which = _nearest(own, start)
                found[row[start : start + _CHUNK], : near.shape[1]] = np.where(near >= _LEAST, row[which], -1)
                task.advance(len(near))
        return cls(found)

    def exchanged(self, lists: Ragged, share: float, rng: np.random.Generator) -> Ragged:
        """`lists` with this `share` of those rows that have synonyms replaced by one of them, each as likely."""
        count = (self.rows >= 0).sum(axis=1)[lists.rows]
        chosen = np.flatnonzero((rng.random(len(count)) < share) & (count > 0))
        which = (rng.random(len(chosen)) * count[chosen]).astype(np.int64)
        rows = lists.rows.copy()
        rows[chosen] = self.rows[rows[chosen], which]
        return Ragged(rows, lists.at)


def _nearest(own: torch.Tensor, start: int) -> tuple[NDArray[np.float32], Index]:
    """Cosines [chunk, most] of the words from `start` on and those others that are nearest, and the places of these."""
    chunk = own[start : start + _CHUNK]
    alike = chunk @ own.T
    alike[torch.arange(len(chunk)), start + torch.arange(len(chunk))] = -1  # None is its own synonym.
    near, which = alike.topk(min(_MOST, len(own)), dim=1)
    return near.numpy(), which.numpy()
