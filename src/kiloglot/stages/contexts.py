"""What words, and parts of words, mean in the sentences that have them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.stages.chunks import kept
from kiloglot.stages.sought import Sought
from kiloglot.text import normalise, segment

if TYPE_CHECKING:
    from kiloglot.training import Encoded, Encoder

__all__ = ["Sentences", "in_context"]

Floats = NDArray[np.float32]
Index = NDArray[np.int64]

_CHUNK = 4096  # sentences that are looked at, or read and kept, at a time


class Sentences:
    """Sentences in which everything that is asked for occurs a few times, where there are so many."""

    def __init__(self, asked: Sequence[Sought], encoder: Encoder, each: int) -> None:
        self._place = {(one.form, one.inside): place for place, one in enumerate(asked)}
        self._encoder, self._each = encoder, each
        self._parts: dict[int, int] = {}
        self._count = np.zeros(len(asked), np.int64)
        self.chosen: list[str] = []
        """Those that were chosen, normalised."""

    def choose(self, texts: Iterable[str], progress: Progress = SILENT) -> None:
        """Adds those of `texts` that have something which has been met less than `each` times. They are looked at in an
        order that is random and always the same.
        """
        distinct = sorted({normalise(text) for text in texts})
        random.Random(0).shuffle(distinct)
        with progress.task("Choosing sentences", len(distinct), "sentences") as task:
            for start in range(0, len(distinct), _CHUNK):
                chunk = distinct[start : start + _CHUNK]
                for text, tokens in zip(chunk, self._encoder.tokens(chunk), strict=True):
                    self._consider(text, tokens)
                task.advance(len(chunk))

    def _consider(self, text: str, tokens: Sequence[int]) -> None:
        met = {self._place.get((unit.form, False), -1) for unit in segment(text)}
        met = (met | {self._part(token) for token in tokens}) - {-1}
        places = np.fromiter(met, np.int64, len(met))
        if (self._count[places] < self._each).any():
            self._count[places] += 1
            self.chosen.append(text)

    def _part(self, token: int) -> int:
        """The place of what a token writes, -1 where it was not asked for."""
        if token not in self._parts:
            part = self._encoder.part(token)
            self._parts[token] = self._place.get(part, -1) if part else -1
        return self._parts[token]

    def states(self, texts: Sequence[str]) -> Iterator[tuple[int, Floats]]:
        """(place of what was asked for, its mean state [width]) for each time that `texts` have it."""
        for text, read in zip(texts, self._encoder.read(texts), strict=True):
            yield from self._words(text, read)
            for token, state in zip(read.tokens, read.states, strict=True):
                if (place := self._part(token)) >= 0:
                    yield place, state

    def _words(self, text: str, read: Encoded) -> Iterator[tuple[int, Floats]]:
        for unit in segment(text):
            place = self._place.get((unit.form, False), -1)
            own = [t for t, (start, end) in enumerate(read.spans) if start < unit.end and end > unit.start]
            if place >= 0 and own:
                yield place, read.states[own].mean(axis=0)


def in_context(sentences: Sentences, size: int, width: int, folder: Path, progress: Progress = SILENT) -> Floats:
    """[size, width] the mean state of each of `size` words and parts where the sentences have it, zeros for what no
    sentence has. Each chunk is kept in `folder` as soon as it is there.
    """
    total, count = np.zeros((size, width), np.float32), np.zeros(size, np.float32)
    texts = sentences.chosen
    with progress.task("Reading", len(texts), "sentences") as task:
        for start in range(0, len(texts), _CHUNK):
            chunk = texts[start : start + _CHUNK]
            read = kept(folder / f"sentences-{start}.npz", partial(_means, sentences, chunk))
            total[read["places"]] += read["means"] * read["counts"][:, None]
            count[read["places"]] += read["counts"]
            task.advance(len(chunk))
    return np.asarray(total / np.maximum(count, 1)[:, None], np.float32)


def _means(sentences: Sentences, texts: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The places that are met in `texts`, how often, and their mean states."""
    places, found = [], []
    for place, state in sentences.states(texts):
        places.append(place)
        found.append(state)
    distinct, where, counts = np.unique(places, return_inverse=True, return_counts=True)
    sums = np.zeros((len(distinct), len(found[0]) if found else 0), np.float32)
    if found:
        np.add.at(sums, where, np.array(found))
    means = (sums / counts[:, None]).astype(np.float16)
    return {"places": distinct.astype(np.int64), "counts": counts.astype(np.float32), "means": means}
