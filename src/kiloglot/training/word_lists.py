"""The known words, and parts of words, of many texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.text import Unit, Vocabulary, parts
from kiloglot.training.ragged import Index, Ragged

__all__ = ["word_counts", "words_of"]

Hashes = NDArray[np.uint64]

_CHUNK = 8192  # utterances read at a time


def words_of(
    texts: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary, progress: Progress = SILENT
) -> Ragged:
    """For each text the rows of what `vocabulary` knows of its words; `words` [U] are the hashes of the units of all
    texts as a whole.
    """
    if not vocabulary.tags.any():
        return Ragged(np.zeros(0, np.int32), np.zeros(len(texts) + 1, np.int64))
    rows, sizes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    with progress.task("Finding words", len(texts), "utterances") as task:
        for start, end, chunk in _chunks(texts):
            found = parts(chunk, words[start:end], vocabulary)
            rows.append(found.rows)
            sizes.append(found.sizes)
            task.advance(len(chunk))
    return Ragged.known(np.concatenate(rows), np.concatenate(sizes))


def word_counts(texts: Sequence[Sequence[Unit]], words: Hashes, vocabulary: Vocabulary) -> tuple[Hashes, Index]:
    """The hashes of what is known of the words of `texts`, and how often each occurs; `words` as in `words_of`."""
    found = [parts(chunk, words[start:end], vocabulary).hashes for start, end, chunk in _chunks(texts)]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *found]), return_counts=True)


def _chunks(texts: Sequence[Sequence[Unit]]) -> list[tuple[int, int, Sequence[Sequence[Unit]]]]:
    """(first unit, one past the last unit, the utterances) of a few utterances at a time."""
    at = np.concatenate([[0], np.cumsum([len(units) for units in texts], dtype=np.int64)])
    starts = range(0, len(texts), _CHUNK)
    return [(int(at[s]), int(at[min(s + _CHUNK, len(texts))]), texts[s : s + _CHUNK]) for s in starts]
