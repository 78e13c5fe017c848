"""A trained student with fewer rows: those of the n-grams that occur most often stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kiloglot.nn import Student
from kiloglot.text import Unit, Vocabulary
from kiloglot.training.examples import Reading, Vocabularies
from kiloglot.training.ragged import Index
from kiloglot.training.taught import Taught
from kiloglot.training.word_lists import word_counts

__all__ = ["pruned"]

# Of n-grams that are offered four to a row, the most frequent ones fill 99.9 % of the rows: tanh(4).
_OFFERED = 4


def pruned(
    taught: Taught,
    texts: Sequence[Sequence[Unit]],
    reading: Reading,
    *,
    unit_rows: int,
    bag_rows: int,
    word_rows: int = 0,
) -> Taught:
    """`taught` with at most `unit_rows`, `bag_rows` and, where it knows words, `word_rows` rows, at least 1 each: those
    that `texts`, read as `reading`, use most.

    These are the texts that it was trained on. No n-gram's vector changes: it has the one that it had, or none.
    A table that is small enough already stays as it is, and so does a student whose tables both are.
    """
    shape = taught.student.shape
    if unit_rows >= shape.unit_rows and bag_rows >= shape.bag_rows and word_rows >= shape.word_rows:
        return taught
    old = taught.vocabularies
    units, unit_from = _kept(old.units, *reading.unit_counts, unit_rows)
    bag, bag_from = _kept(old.bag, *reading.bag_counts, bag_rows)
    words, word_from = old.words, None
    if word_rows and word_rows < shape.word_rows:
        words, word_from = _kept(old.words, *word_counts(texts, reading.words, old.words), word_rows)
    smaller = replace(
        shape,
        unit_rows=len(units.tags),
        bag_rows=len(bag.tags),
        word_rows=len(words.tags) if shape.word_rows else 0,
    )
    student, state = Student(smaller), taught.student.state_dict()
    for name, source in (("units", unit_from), ("bag", bag_from), ("words", word_from)):
        if source is not None:
            state[f"{name}.table.weight"] = _taken(state[f"{name}.table.weight"], source)
    student.load_state_dict(state)
    return replace(
        taught, student=student.eval(), vocabularies=Vocabularies(units, bag, words, taught.vocabularies.hashing)
    )


def _kept(vocabulary: Vocabulary, hashes: NDArray[np.uint64], counts: Index, rows: int) -> tuple[Vocabulary, Index]:
    """The vocabulary of at most `rows` rows, and for each the row of `vocabulary` that it is, -1 for a free one."""
    if rows >= len(vocabulary.tags):
        return vocabulary, np.arange(len(vocabulary.tags))
    old = vocabulary.rows(hashes)
    order = np.argsort(-counts, kind="stable")
    order = order[old[order] >= 0]
    # Of n-grams that are taken for each other, the most frequent one owns their row.
    order = order[np.sort(np.unique(old[order], return_index=True)[1])][: _OFFERED * rows]
    smaller = Vocabulary.holding(hashes[order], rows=rows)
    new = smaller.rows(hashes[order])
    placed = (new >= 0).nonzero()[0][::-1]
    source = np.full(rows, -1)
    source[new[placed]] = old[order[placed]]
    return smaller, source


def _taken(table: Tensor, source: Index) -> Tensor:
    """The rows `source` of `table`, zeros where it is -1."""
    rows = torch.from_numpy(source)
    return table[rows.clamp_min(0)] * (rows >= 0).unsqueeze(-1)
