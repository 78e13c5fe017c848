"""The known words, and parts of words, of many texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.text import Unit, Vocabulary, parts
from kiloglot.training.ragged import Index, Ragged

__all__ = ["WordLists", "word_counts"]

Hashes = NDArray[np.uint64]

_CHUNK = 8192  # utterances read at a time


@dataclass(frozen=True, slots=True)
class WordLists:
    """What is known of the words of N utterances of U units in all."""

    lists: Ragged
    """N lists of rows of the table of words."""
    ends: Index
    """[U, 2] the places, in the list of its utterance, of what holds the first and the last character of each unit; -1
    where nothing does.
    """

    @classmethod
    def of(
        cls, texts: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary, progress: Progress = SILENT
    ) -> WordLists:
        """`words` [U] are the hashes of the units of all `texts` as a whole."""
        if not vocabulary.tags.any():
            return cls(Ragged(np.zeros(0, np.int32), np.zeros(len(texts) + 1, np.int64)), np.full((len(words), 2), -1))
        rows, sizes, ends = [], [], []
        with progress.task("Finding words", len(texts), "utterances") as task:
            for start, end, chunk in _chunks(texts):
                found = parts(chunk, words[start:end], vocabulary)
                first = np.repeat(np.cumsum(found.sizes) - found.sizes, [len(units) for units in chunk])[:, None]
                rows.append(found.rows)
                sizes.append(found.sizes)
                ends.append(np.where(found.ends < len(found.rows), found.ends - first, -1))
                task.advance(len(chunk))
        nothing = np.zeros(0, np.int64)
        lists = Ragged.known(np.concatenate([nothing, *rows]), np.concatenate([nothing, *sizes]))
        return cls(lists, np.concatenate([np.zeros((0, 2), np.int64), *ends]))


def word_counts(texts: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary) -> tuple[Hashes, Index]:
    """The hashes of what is known of the words of `texts`, and how often each occurs; `words` as in `WordLists.of`."""
    found = [parts(chunk, words[start:end], vocabulary).hashes for start, end, chunk in _chunks(texts)]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *found]), return_counts=True)


def _chunks(texts: Sequence[Sequence[Unit]]) -> list[tuple[int, int, Sequence[Sequence[Unit]]]]:
    """(first unit, one past the last unit, the utterances) of a few utterances at a time."""
    at = np.concatenate([[0], np.cumsum([len(units) for units in texts], dtype=np.int64)])
    starts = range(0, len(texts), _CHUNK)
    return [(int(at[s]), int(at[min(s + _CHUNK, len(texts))]), texts[s : s + _CHUNK]) for s in starts]
