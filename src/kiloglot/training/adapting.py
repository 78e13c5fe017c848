"""A student of one ontology -> the beginnings of one of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kiloglot.nn import Network, RowTable, Student
from kiloglot.text import Vocabulary
from kiloglot.training.examples import Reading
from kiloglot.training.ragged import Index
from kiloglot.training.taught import Taught
from kiloglot.values import Ontology

__all__ = ["adapted", "widened"]

Hashes = NDArray[np.uint64]
_SPARE = 0.5  # of the rows that the new data does not use, the share of those that say least


def adapted(base: Taught, ontology: Ontology, locales: Sequence[str], meanings: int = 1) -> Taught:
    """A student of `ontology` that reads as `base` does, and knows the slot types of the same names.

    Locales of the base come first, others of `locales` are added. Intents and new slot types are still to be learned.
    """
    all_locales = (*base.locales, *(locale for locale in locales if locale not in base.locales))
    old = base.student.network
    shape = replace(
        base.student.shape,
        intents=len(ontology.intents),
        slot_types=len(ontology.slot_types),
        locales=len(all_locales),
        meanings=meanings,
        known=base.student.shape.known or base.student.shape.intents,
        doubt=0,  # What is no command of the base may be one of its own.
    )
    student = Student(shape)
    new = student.network
    _copy_reading(old, new)
    student.units.load_state_dict(base.student.units.state_dict())
    student.bag.load_state_dict(base.student.bag.state_dict())
    if student.words is not None and base.student.words is not None:
        student.words.load_state_dict(base.student.words.state_dict())
    if old.own_belief is not None and new.own_belief is not None:
        places = _places(base.ontology.intents, ontology.intents)
        with torch.no_grad():
            new.own_belief.weight.copy_(_chosen(old.own_belief.weight.T, places).T)
    slots = [0, *(1 + place if place >= 0 else -1 for place in _places(base.ontology.slot_types, ontology.slot_types))]
    _take_over(old.slot, new.slot, slots)
    with torch.no_grad():
        student.transitions.copy_(_chosen(_chosen(base.student.transitions, slots).T, slots).T)
    return Taught(student.eval(), ontology, all_locales, base.vocabularies)


def widened(taught: Taught, reading: Reading, min_count: int) -> Taught:
    """`taught` with rows for what `reading` says at least `min_count` times and it does not know.

    A table does not grow, since it holds no n-gram by which one could find its rows again: new n-grams take rows that
    `reading` does not use and that say little, and start from zero.
    """
    student = Student(taught.student.shape)
    student.load_state_dict(taught.student.state_dict())
    old = taught.vocabularies
    units = _lent(old.units, student.units, *reading.unit_counts, min_count)
    bag = _lent(old.bag, student.bag, *reading.bag_counts, min_count)
    return replace(taught, student=student.eval(), vocabularies=replace(old, units=units, bag=bag))


@torch.no_grad()
def _lent(vocabulary: Vocabulary, table: RowTable, hashes: Hashes, counts: Index, min_count: int) -> Vocabulary:
    at = vocabulary.rows(hashes)
    strange = (at < 0) & (counts >= min_count)
    wanted = hashes[strange][np.argsort(-counts[strange], kind="stable")]
    size = table.vectors().norm(dim=1).numpy()
    spare = np.ones(len(size), np.bool_)
    spare[at[at >= 0]] = False
    if spare.any():
        spare &= size <= np.quantile(size[spare], _SPARE)
    wider, taken = vocabulary.lending(wanted, spare)
    table.table.weight[torch.from_numpy(taken)] = 0
    return wider


def _copy_reading(old: Network, new: Network) -> None:
    """All that is not of an ontology. Locales that are new are read as if no locale were told."""
    for name in ("wide", "middle", "last", "norms", "belief", "begins", "embedding"):
        getattr(new, name).load_state_dict(getattr(old, name).state_dict())
    if new.known is not None:
        new.known.load_state_dict((old.known or old.intent).state_dict())
    if new.reader is not None and old.reader is not None:
        new.reader.load_state_dict(old.reader.state_dict())
    with torch.no_grad():
        count = len(old.locales.weight)
        new.locales.weight.copy_(_chosen(old.locales.weight, [*range(count), *[0] * (len(new.locales.weight) - count)]))
        new.locale.weight[:count], new.locale.bias[:count] = old.locale.weight, old.locale.bias
        new.locale.weight[count:], new.locale.bias[count:] = 0, old.locale.bias.min()


@torch.no_grad()
def _take_over(old: nn.Linear, new: nn.Linear, places: Sequence[int]) -> None:
    """Rows of `old` at `places`, zeros where it is -1."""
    new.weight.copy_(_chosen(old.weight, places))
    new.bias.copy_(_chosen(old.bias[:, None], places)[:, 0])


def _chosen(rows: Tensor, places: Sequence[int]) -> Tensor:
    """The rows at `places`, zeros where it is -1."""
    at = torch.tensor(places, dtype=torch.int64)
    return rows[at.clamp_min(0)] * (at >= 0).unsqueeze(-1)


def _places(old: Sequence[str], new: Sequence[str]) -> list[int]:
    """Where each of `new` stands in `old`, -1 for a stranger."""
    found = {name: place for place, name in enumerate(old)}
    return [found.get(name, -1) for name in new]
