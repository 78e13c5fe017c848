from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.runtime import Table
from kiloglot.runtime.tables import means
from kiloglot.text import NGrams, Vocabulary

Floats = NDArray[np.float32]
ROWS, WIDTH = 300, 16


def numbers(seed: int, rows: int = ROWS) -> Floats:
    """Rows of very different sizes, one of them zero."""
    generator = np.random.default_rng(seed)
    found = generator.normal(size=(rows, WIDTH)) * 10.0 ** generator.uniform(-3, 2, (rows, 1))
    found[0] = 0
    return found.astype(np.float32)


def vocabulary(known: int = 400, seed: int = 0) -> tuple[Vocabulary, NDArray[np.uint64]]:
    hashes = np.random.default_rng(seed).integers(0, 2**64, known, np.uint64)
    return Vocabulary.build(hashes, rows=ROWS, min_count=1), hashes


@pytest.mark.parametrize("bits", [4, 8])
def test_rounding_is_off_by_half_a_step_at_most(bits: int) -> None:
    given_rows = numbers(0)
    table = Table.of(vocabulary()[0], given_rows, bits)
    step = np.abs(given_rows).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    # Half a step for the codes, and the scale itself is kept to 11 bits.
    allowed = step / 2 + np.abs(given_rows).max(axis=1, keepdims=True) * 2**-11 + 1e-7
    assert (np.abs(table.rows(np.arange(ROWS)) - given_rows) <= allowed).all()
    assert table.width == WIDTH
    assert table.codes.nbytes == ROWS * WIDTH * bits // 8


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_what_was_rounded_once_stays_as_it_is(bits: int) -> None:
    table = Table.of(vocabulary()[0], numbers(1), bits)
    again = Table.of(vocabulary()[0], table.rows(np.arange(ROWS)), bits)
    assert (again.codes == table.codes).all()
    assert (again.scales == table.scales).all()


def test_two_bits_err_as_little_as_four_levels_can() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 256)).astype(np.float32) * 3
    table = Table.of(Vocabulary(np.zeros(200, np.uint16)), rows, 2)
    error = np.square(table.rows(np.arange(200)) - rows).mean() / np.square(rows).mean()
    assert error == pytest.approx(0.1188, rel=0.02)  # Max (1960), table II: four equally spaced levels
    assert table.codes.nbytes == 200 * 256 * 2 // 8


Sizes = st.lists(st.integers(0, 30), min_size=1, max_size=8)


@given(Sizes, Sizes, st.sampled_from([2, 4, 8]), st.integers(0, 99))
def test_means_are_plain_means_of_the_known_rows(
    unit_sizes: list[int], bag_sizes: list[int], bits: int, seed: int
) -> None:
    (words, known), (others, of_others) = vocabulary(), vocabulary(seed=1)
    tables = Table.of(words, numbers(2), bits), Table.of(others, numbers(4), bits)
    generator = np.random.default_rng(seed)
    strangers = generator.integers(0, 2**64, 40, np.uint64)
    hashes = generator.choice(np.concatenate([known, of_others, strangers]), sum(unit_sizes) + sum(bag_sizes))
    hashed = NGrams(hashes, sum(unit_sizes), np.array(unit_sizes), np.array(bag_sizes))
    for table, found, part, sizes in zip(
        tables, means(*tables, hashed), (hashed.unit, hashed.bag), (unit_sizes, bag_sizes), strict=True
    ):
        sets = np.split(part, np.cumsum(sizes)[:-1])
        assert found == pytest.approx(np.array([plain_mean(table, each) for each in sets]), rel=1e-4, abs=1e-4)


def plain_mean(table: Table, hashes: NDArray[np.uint64]) -> NDArray[np.float64]:
    """The mean of the rows of those that are known, in double precision, one after another."""
    rows = table.vocabulary.rows(hashes)
    members = [table.rows(np.array([row]))[0].astype(np.float64) for row in rows.tolist() if row >= 0]
    return np.asarray(np.mean(members, axis=0) if members else np.zeros(table.width))


def test_strangers_give_zeros() -> None:
    table = Table.of(Vocabulary(np.zeros(ROWS, np.uint16)), numbers(3), 8)
    hashed = NGrams(np.arange(8, dtype=np.uint64), 5, np.array([3, 0, 2]), np.array([3]))
    vectors, bag = means(table, table, hashed)
    assert not vectors.any()
    assert not bag.any()
    assert (vectors.shape, bag.shape) == ((3, WIDTH), (1, WIDTH))
