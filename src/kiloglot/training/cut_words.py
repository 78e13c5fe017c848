"""Words cut into other known parts than the longest ones.

A reader that meets a frequent word only whole learns nothing of its parts, and those are all that it will know of a
rare word with the same ones. So each word or part that is found may be taken for unknown, in which case the next
shorter one is tried: MaxMatch-Dropout (Hiraoka 2022), a subword regularisation for words that are cut greedily.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiloglot.progress import SILENT, Progress
from kiloglot.text import LONGEST_PART, Unit, Vocabulary, longest_parts, ngrams, segment, words_of_units
from kiloglot.training.ragged import Index, Ragged, spread, starts

__all__ = ["CutWords"]

_WAYS = 2  # in which a word is cut in one pass over the data; each time that it occurs in one of them
_CHUNK = 8192  # texts that are segmented, and words that are hashed, at a time


@dataclass(frozen=True, slots=True)
class CutWords:
    """The words of N texts, W in all and F of them distinct, to be cut into what `vocabulary` knows."""

    forms: Sequence[str]
    """[F] distinct words."""
    whole: Index
    """[F] the row of each as a whole, below 0 where it is not known or a run of ideographs."""
    word: Index
    """[W] which of the distinct words each is."""
    at: Index
    """[N + 1] where the words of each text begin."""
    vocabulary: Vocabulary
    """What is known."""

    @classmethod
    def of(
        cls, texts: Sequence[str], vocabulary: Vocabulary, progress: Progress = SILENT, *, in_letters: bool = True
    ) -> CutWords:
        """The words of texts, which `vocabulary` knows in letters or as they are written."""
        places: dict[str, int] = {}
        runs, word, sizes = set[int](), list[int](), list[int]()
        with progress.task("Finding words", len(texts), "texts") as task:
            for start in range(0, len(texts), _CHUNK):
                chunk = texts[start : start + _CHUNK]
                for words in words_of_units([segment(text, in_letters=in_letters) for text in chunk]):
                    for form, unit in words:
                        word.append(places.setdefault(form, len(places)))
                        if unit < 0:
                            runs.add(word[-1])
                    sizes.append(len(words))
                task.advance(len(chunk))
        forms = list(places)
        whole = _rows(forms, vocabulary)
        whole[list(runs)] = -1
        return cls(forms, whole, np.array(word, np.int64), starts(np.array(sizes, np.int64)), vocabulary)

    def cut(self, dropout: float, rng: np.random.Generator) -> Ragged:
        """N lists of the rows of words and parts; each that is found is passed over with a probability of `dropout`."""
        ways = Ragged.joined([self._way(dropout, rng) for _ in range(_WAYS)]) if dropout else self._way(0.0, rng)
        chosen = self.word + rng.integers(0, _WAYS, len(self.word)) * len(self.forms) if dropout else self.word
        first, size = ways.at[chosen], ways.at[chosen + 1] - ways.at[chosen]
        return Ragged(ways.rows[spread(first, size)], starts(size)[self.at])

    def _way(self, dropout: float, rng: np.random.Generator) -> Ragged:
        """One way to cut each of the distinct words."""
        hidden, there = None, self.whole >= 0
        if dropout:
            sizes = np.fromiter(map(len, self.forms), np.int64, len(self.forms))
            hidden = rng.random((LONGEST_PART, int(sizes.sum())), np.float32) < dropout
            short = there & (sizes <= LONGEST_PART)
            hidden[sizes[short] - 1, starts(sizes)[:-1][short]] = True  # Whole they are decided on here:
            there &= rng.random(len(there), np.float32) >= dropout
        found = longest_parts(self.forms, self.vocabulary, hidden)
        lists = [
            [row] if known else [part for part, _ in parts]
            for row, known, parts in zip(self.whole.tolist(), there.tolist(), found, strict=True)
        ]
        sizes = np.array([len(each) for each in lists], np.int64)
        return Ragged(np.array([row for each in lists for row in each], np.int32), starts(sizes))


def _rows(forms: Sequence[str], vocabulary: Vocabulary) -> Index:
    """[F] the row of each word as a whole, below 0 where it is not known."""
    chunks = [forms[start : start + _CHUNK] for start in range(0, len(forms), _CHUNK)]
    hashes = [ngrams([(Unit(form, 0, len(form), character=False),) for form in chunk]).words for chunk in chunks]
    return vocabulary.rows(np.concatenate([np.zeros(0, np.uint64), *hashes])).astype(np.int64)
