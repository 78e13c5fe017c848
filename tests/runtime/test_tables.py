from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.runtime import Table
from kiloglot.text import Vocabulary

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


@pytest.mark.parametrize("bits", [4, 8])
def test_what_was_rounded_once_stays_as_it_is(bits: int) -> None:
    table = Table.of(vocabulary()[0], numbers(1), bits)
    again = Table.of(vocabulary()[0], table.rows(np.arange(ROWS)), bits)
    assert (again.codes == table.codes).all()
    assert (again.scales == table.scales).all()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.sampled_from([4, 8]), st.integers(0, 99))
def test_means_are_plain_means_of_the_known_rows(sizes: list[int], bits: int, seed: int) -> None:
    words, known = vocabulary()
    table = Table.of(words, numbers(2), bits)
    generator = np.random.default_rng(seed)
    strangers = generator.integers(0, 2**64, 40, np.uint64)
    hashes = generator.choice(np.concatenate([known, strangers]), sum(sizes))
    means, counts = table.means(hashes, np.array(sizes))
    end = 0
    for place, size in enumerate(sizes):
        rows = words.rows(hashes[end : end + size])
        end += size
        members = [table.rows(np.array([row]))[0].astype(np.float64) for row in rows.tolist() if row >= 0]
        assert counts[place] == len(members)
        expected = np.mean(members, axis=0) if members else np.zeros(WIDTH)
        assert means[place] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_strangers_give_zeros() -> None:
    table = Table.of(Vocabulary(np.zeros(ROWS, np.uint16)), numbers(3), 8)
    means, counts = table.means(np.arange(5, dtype=np.uint64), np.array([3, 0, 2]))
    assert not means.any()
    assert counts.tolist() == [0, 0, 0]
    assert means.shape == (3, WIDTH)
