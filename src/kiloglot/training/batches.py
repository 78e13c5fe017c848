"""Examples -> batches: of like length, within a budget of units, the same for a given seed, epoch and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from kiloglot.nn import Bags, Batch, Labels, Words
from kiloglot.settings import Noise
from kiloglot.training.examples import Examples
from kiloglot.training.ragged import Index, Ragged, spread

__all__ = ["Batcher", "known_words"]

_POOL = 40  # batches whose utterances are sorted by length together
_AHEAD = 3  # batches made while one is trained on
_NO_UNIT = Ragged(np.zeros(0, np.int32), np.zeros(2, np.int64))  # the one list of data without a unit: no rows

_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Batcher:
    """Cuts `examples` into batches."""

    examples: Examples
    """What to cut."""
    budget: int
    """Units of a batch at most, padding included."""
    temperature: float = 1.0
    """Locales are drawn in proportion to size ** (1 / temperature): 1 as they are, higher evens them out."""
    noise: Noise | None = None
    """None: nothing is hidden, and locales are told."""
    seed: int = 0
    """Equal seeds give equal batches."""

    def plan(self, epoch: int) -> list[Index]:
        """The utterances of each batch of an epoch."""
        rng = np.random.default_rng([self.seed, epoch])
        order = self._drawn(rng)
        length = self.examples.length[order]
        pool = max(1, self.budget // max(1, int(np.median(length)))) * _POOL
        planned: list[Index] = []
        for start in range(0, len(order), pool):
            part = order[start : start + pool]
            planned += _cut(
                part[np.argsort(length[start : start + pool], kind="stable")], self.examples.length, self.budget
            )
        return [planned[place] for place in rng.permutation(len(planned))]

    def in_order(self) -> list[Index]:
        """Every utterance once, by length: for reading, not for training."""
        length = self.examples.length
        return _cut(np.argsort(length, kind="stable"), length, self.budget)

    def stream(self, plan: Sequence[Index], epoch: int = 0, first: int = 0) -> Iterator[Batch]:
        """The batches of `plan` from place `first` on, made ahead in a thread."""
        with ThreadPoolExecutor(1) as thread:
            ahead = [thread.submit(self.make, plan[p], epoch, p) for p in range(first, min(first + _AHEAD, len(plan)))]
            for place in range(first, len(plan)):
                batch = ahead.pop(0).result()
                if place + _AHEAD < len(plan):
                    ahead.append(thread.submit(self.make, plan[place + _AHEAD], epoch, place + _AHEAD))
                yield batch

    def make(self, chosen: Index, epoch: int = 0, place: int = 0) -> Batch:
        """The batch of the `chosen` utterances; `epoch` and `place` seed what is hidden."""
        data, rng = self.examples, np.random.default_rng([self.seed, epoch, place, 1])
        size = data.length[chosen]
        inside = np.arange(max(1, int(size.max()))) < size[:, None]
        at = np.where(inside, data.unit_at[chosen][:, None] + np.arange(inside.shape[1]), 0)
        distinct, where = np.unique(_at(data.unit, at), return_inverse=True)
        hidden = self.noise.feature_dropout if self.noise else 0.0
        told = data.locale[chosen]
        if self.noise:
            told = np.where(rng.random(len(chosen)) < self.noise.locale_dropout, 0, told)
        labels = Labels(
            intent=_tensor(data.intent[chosen]),
            slot=_tensor(np.where(inside, _at(data.slot, at), 0).astype(np.int64)),
            begins=_tensor((inside & _at(data.begins, at)).astype(np.float32)),
            locale=_tensor(data.locale[chosen]),
            meaning=_tensor(data.meaning[chosen]),
            weight=_tensor(data.weight[chosen]),
        )
        return Batch(
            units=_bags(data.units if len(data.unit) else _NO_UNIT, distinct, hidden, rng),
            bag=_bags(data.bags, chosen, hidden, rng),
            words=known_words(data.words, chosen),
            where=_tensor(where.reshape(at.shape)),
            mask=_tensor(inside.astype(np.float32)),
            locale=_tensor(told),
            labels=labels,
        )

    def _drawn(self, rng: np.random.Generator) -> Index:
        """An epoch's utterances in random order: as many as there are, each locale in its share, each in turn."""
        if self.temperature == 1.0:
            return rng.permutation(len(self.examples))
        found, place, count = np.unique(self.examples.locale, return_inverse=True, return_counts=True)
        share = count ** (1.0 / self.temperature)
        wanted = np.maximum(1, np.round(share / share.sum() * len(self.examples))).astype(np.int64)
        drawn = []
        for which in range(len(found)):
            members = np.flatnonzero(place == which)
            rounds = [rng.permutation(members) for _ in range(-(-int(wanted[which]) // len(members)))]
            drawn.append(np.concatenate(rounds)[: wanted[which]])
        return rng.permutation(np.concatenate(drawn))


def _at(values: NDArray[_Kind], at: Index) -> NDArray[_Kind]:
    """`values` at the places `at`; zeros where no utterance has a unit and so nothing has a place."""
    return values[at] if len(values) else np.zeros(at.shape, values.dtype)


def _cut(ordered: Index, length: Index, budget: int) -> list[Index]:
    """`ordered` utterances, shortest first, in batches whose longest times number stays within `budget`."""
    cuts, start = [], 0
    for place, size in enumerate(length[ordered]):
        if place > start and (place - start + 1) * max(1, int(size)) > budget:
            cuts.append(ordered[start:place])
            start = place
    cuts.append(ordered[start:])
    return [cut for cut in cuts if len(cut)]


def _bags(lists: Ragged, chosen: Index, hidden: float, rng: np.random.Generator) -> Bags:
    """The `chosen` lists, a share of their rows `hidden`, every row that is left named once."""
    size = lists.at[chosen + 1] - lists.at[chosen]
    rows = lists.rows[spread(lists.at[chosen], size)]
    if hidden:
        kept = rng.random(len(rows), np.float32) >= hidden
        size = np.bincount(np.repeat(np.arange(len(size)), size)[kept], minlength=len(size))
        rows = rows[kept]
    used, member = np.unique(rows, return_inverse=True)
    if not len(used):
        used = np.zeros(1, np.int32)
    return Bags(_tensor(used.astype(np.int64)), _tensor(member.astype(np.int64)), _tensor(np.cumsum(size) - size))


def known_words(words: Ragged, chosen: Index) -> Words:
    """What is known of the words of the `chosen` utterances."""
    first, size = words.at[chosen], words.at[chosen + 1] - words.at[chosen]
    longest = max(1, int(size.max(initial=0)))
    there = np.arange(longest) < size[:, None]
    places = np.where(there, first[:, None] + np.arange(longest), 0)
    rows = np.where(there, _at(words.rows, places), 0)
    used, where = np.unique(rows, return_inverse=True)
    each = np.arange(len(used))
    return Words(
        rows=Bags(_tensor(used.astype(np.int64)), _tensor(each), _tensor(each)),
        where=_tensor(where.reshape(rows.shape)),
        mask=_tensor(there.astype(np.float32)),
    )


def _tensor(array: NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array))
