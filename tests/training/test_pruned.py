"""A student with fewer rows says less, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kiloglot.data import load
from kiloglot.text import Unit
from kiloglot.training import Reading, Taught, pruned, read_texts, segmented


@pytest.fixture(scope="module")
def taught(tiny_student: Path) -> Taught:
    return Taught.read(tiny_student)


@pytest.fixture(scope="module")
def texts(tiny_assistant: Path) -> list[tuple[Unit, ...]]:
    return segmented(load(tiny_assistant, partitions=["train"]).utterances)


@pytest.fixture(scope="module")
def reading(texts: list[tuple[Unit, ...]]) -> Reading:
    return read_texts(texts)


@pytest.mark.parametrize("rows", [(1, 1), (300, 700), (2000, 50), (9000, 400)])
def test_ngrams_that_are_kept_have_the_vectors_that_they_had(
    taught: Taught, texts: list[tuple[Unit, ...]], reading: Reading, rows: tuple[int, int]
) -> None:
    smaller = pruned(taught, texts, reading, unit_rows=rows[0], bag_rows=rows[1])
    for name, most, counts in (("units", rows[0], reading.unit_counts), ("bag", rows[1], reading.bag_counts)):
        hashes = counts[0]
        before, after = (
            getattr(taught.vocabularies, name).rows(hashes),
            getattr(smaller.vocabularies, name).rows(hashes),
        )
        was, now = (getattr(each.student, name).vectors() for each in (taught, smaller))
        kept = after >= 0
        assert len(now) == len(getattr(smaller.vocabularies, name).tags) == min(most, len(was))
        assert 0.9 * len(now) <= len(np.unique(after[kept])) or len(now) == len(was)
        # A stranger is taken for a friend one time in 2^15.
        same = (before[kept] >= 0) & (was[before[kept]] == now[after[kept]]).all(dim=1).numpy()
        assert (~same).sum() <= 1 + 4 * len(hashes) / 2**15


def test_those_that_occur_most_often_are_kept(taught: Taught, texts: list[tuple[Unit, ...]], reading: Reading) -> None:
    smaller = pruned(taught, texts, reading, unit_rows=500, bag_rows=500)
    for name, (hashes, counts) in (("units", reading.unit_counts), ("bag", reading.bag_counts)):
        known = getattr(taught.vocabularies, name).rows(hashes) >= 0
        kept = getattr(smaller.vocabularies, name).rows(hashes[known]) >= 0
        often = np.argsort(-counts[known], kind="stable")
        # The first n of n-grams that take the first free of two rows out of m: m tanh(n / m).
        assert kept[often[:100]].mean() > 0.95
        assert kept[often[:500]].mean() > 0.7
        assert counts[known][kept].mean() > 3 * counts[known][~kept].mean()


def test_counts_are_those_of_the_units_one_by_one(reading: Reading) -> None:
    starts = np.cumsum(reading.distinct_size) - reading.distinct_size
    each = [reading.distinct[starts[u] : starts[u] + reading.distinct_size[u]] for u in reading.unit]
    hashes, counts = np.unique(np.concatenate(each), return_counts=True)
    assert [part.tolist() for part in reading.unit_counts] == [hashes.tolist(), counts.tolist()]


def test_a_student_that_is_small_enough_stays_itself(
    taught: Taught, texts: list[tuple[Unit, ...]], reading: Reading
) -> None:
    shape = taught.student.shape
    assert pruned(taught, texts, reading, unit_rows=shape.unit_rows, bag_rows=shape.bag_rows) is taught


def test_the_network_stays_as_it_is(taught: Taught, texts: list[tuple[Unit, ...]], reading: Reading) -> None:
    before, after = (
        {name: value for name, value in each.student.state_dict().items() if ".table." not in name}
        for each in (taught, pruned(taught, texts, reading, unit_rows=100, bag_rows=100))
    )
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
