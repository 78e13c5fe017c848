"""The names of a household, and which of them a spoken one means: candidates by common n-grams, then a careful look."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kiloglot.assistant.likeness import log_odds
from kiloglot.assistant.spoken import Spoken, spoken

__all__ = ["LIKELY", "MARGIN", "Names"]

LIKELY = -1.5
"""Log-odds from which on a name counts as meant: 1 % of words that mean none of a home's names reach them."""
MARGIN = 1.0
"""Log-odds by which the likeliest must lead; else it has to be asked which is meant."""

_CANDIDATES = 16  # names that are looked at carefully

Floats = NDArray[np.float64]


class Names:
    """Names to be found again. Each has a number, its place in the list that it is made of."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        """`names`: of each thing all that it is called by."""
        self._forms: list[Spoken] = []
        self._owner: list[int] = []
        self._exact: dict[str, set[int]] = defaultdict(set)
        for number, called in enumerate(names):
            for name in dict.fromkeys(called):
                form = spoken(name)
                self._exact[form.own or name.strip()].add(number)
                if form.words:
                    self._forms.append(form)
                    self._owner.append(number)
        self._index = _Grams([form.words for form in self._forms])

    def meant(self, said: str) -> list[int]:
        """The number of the thing that is meant; of several where none is much likelier, none where none is likely."""
        likely = [(number, odds) for number, odds in self.find(said) if odds >= LIKELY]
        return [number for number, odds in likely if odds == likely[0][1] or odds > likely[0][1] - MARGIN]

    def find(self, said: str) -> list[tuple[int, float]]:
        """(number, log-odds that it is meant) of the likeliest things, best first.

        A thing that is called exactly so has infinite odds.
        """
        form = spoken(said)
        same = self._exact.get(form.own or said.strip())
        if same:
            return [(number, float("inf")) for number in sorted(same)]
        candidates = self.candidates(form)
        best: dict[int, float] = {}
        if candidates:
            odds = log_odds(form, [name for _, name in candidates])
            for (number, _), each in zip(candidates, odds.tolist(), strict=True):
                best[number] = max(each, best.get(number, each))
        return sorted(best.items(), key=lambda found: -found[1])

    def candidates(self, said: Spoken) -> list[tuple[int, Spoken]]:
        """(number, name) of what is looked at carefully, in no order."""
        return [(self._owner[at], self._forms[at]) for at in self._index.likeliest(said.words, _CANDIDATES)]


class _Grams:
    """An inverted index: which names hold which n-grams, as one array of places with a range for each n-gram."""

    def __init__(self, names: Sequence[Sequence[str]]) -> None:
        numbers: dict[str, int] = {}
        grams, places = [], []
        for place, words in enumerate(names):
            for gram in _grams(words):
                grams.append(numbers.setdefault(gram, len(numbers)))
                places.append(place)
        held = np.array(grams, np.int64)
        self._numbers = numbers
        self._places = np.array(places, np.int32)[np.argsort(held, kind="stable")]
        counts = np.bincount(held, minlength=len(numbers))
        self._ends = np.cumsum(counts)
        self._starts = self._ends - counts
        self._worth = np.log1p(len(names) / np.maximum(counts, 1))
        size = np.bincount(np.array(places, np.int64), self._worth[held], len(names)) if len(held) else np.zeros(0)
        self._size = np.sqrt(np.maximum(size, 1e-9))

    def likeliest(self, words: Sequence[str], most: int) -> list[int]:
        """Places of the names that share most with `words`, by the worth of common n-grams, at most `most`."""
        known = [number for gram in _grams(words) if (number := self._numbers.get(gram)) is not None]
        if not known:
            return []
        spans = [self._places[self._starts[number] : self._ends[number]] for number in known]
        worth = np.repeat(self._worth[known], [len(span) for span in spans])
        shared = np.bincount(np.concatenate(spans), worth, len(self._size)) / self._size
        most = min(most, len(shared))
        best = np.argpartition(shared, -most)[-most:]
        return [place for place in best.tolist() if shared[place] > 0]


def _grams(words: Sequence[str]) -> set[str]:
    """Beginnings of the words, and all pairs and triples of letters without regard to spaces."""
    joined = "".join(words)
    grams = {joined[at : at + size] for size in (2, 3) for at in range(len(joined) - size + 1)}
    return grams | {f" {word[:size]}" for word in words for size in (1, 3)}
