"""Tables: what a few bits hold, and means of rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kiloglot.nn import Bags, RowAdagrad, RowTable, rounded
from kiloglot.runtime import Table
from kiloglot.text import Vocabulary


def bags_of(sets: list[list[int]]) -> Bags:
    """`sets` of table rows, each used row named once."""
    flat = np.array([row for rows in sets for row in rows], np.int64)
    used, member = np.unique(flat, return_inverse=True)
    sizes = np.array([len(rows) for rows in sets])
    rows = used if len(used) else np.zeros(1, np.int64)
    return Bags(torch.from_numpy(rows), torch.from_numpy(member), torch.from_numpy(np.cumsum(sizes) - sizes))


SETS = st.lists(st.lists(st.integers(0, 19), max_size=5), min_size=1, max_size=6)


@given(st.integers(0, 2**32), st.sampled_from([4, 8]), st.sampled_from([1e-3, 1.0, 1e3]))
def test_a_rounded_row_holds_what_its_bits_can_tell_apart(seed: int, bits: int, scale: float) -> None:
    rows = scale * torch.randn(5, 300, generator=torch.Generator().manual_seed(seed))
    top = 2 ** (bits - 1) - 1
    step = rows.abs().amax(dim=1, keepdim=True) / top
    codes = rounded(rows, bits) / step
    whole = codes.round()
    assert (codes - whole).abs().max() < 1e-4
    assert whole.abs().max() == top
    assert max(len(row.unique()) for row in whole) <= 2**bits - 1
    assert ((rounded(rows, bits) - rows).abs() <= 0.5001 * step).all()


def test_gradients_pass_the_rounding_as_if_it_were_not_there() -> None:
    rows = torch.randn(3, 8, requires_grad=True)
    weights = torch.randn(3, 8)
    (rounded(rows, 4) * weights).sum().backward()  # type: ignore[no-untyped-call]
    assert rows.grad is not None
    assert torch.equal(rows.grad, weights)


def test_a_row_of_zeros_stays_zero() -> None:
    assert not rounded(torch.zeros(2, 4), 4).any()


def test_training_rounds_to_two_bits_as_the_file_does() -> None:
    rows = torch.randn(50, 16)
    table = Table.of(Vocabulary(np.zeros(50, np.uint16)), rows.numpy(), 2)
    written = torch.from_numpy(table.rows(np.arange(50)))
    assert rounded(rows, 2).numpy() == pytest.approx(written.numpy(), rel=2**-10)
    assert rounded(written, 2).numpy() == pytest.approx(written.numpy(), rel=1e-5)


@pytest.mark.parametrize("bits", [4, 8])
def test_training_rounds_as_the_file_does(bits: int) -> None:
    rows = torch.randn(50, 16)
    table = Table.of(Vocabulary(np.zeros(50, np.uint16)), rows.numpy(), bits)
    written = torch.from_numpy(table.rows(np.arange(50)))
    step = rows.abs().amax(dim=1, keepdim=True) / (2 ** (bits - 1) - 1)
    off = (rounded(rows, bits) - written).abs() / step
    # The file keeps the scales in half precision, 11 bits of a number, which moves some values over a step's edge.
    assert off.max() < 1.1
    assert (off > 0.1).float().mean() < 0.05


@given(SETS, st.sampled_from([0, 8]))
def test_means_are_those_of_plain_indexing(sets: list[list[int]], bits: int) -> None:
    table = RowTable(20, 6, bits=bits, sparse=False)
    rows = table.table.weight.detach()
    plain = rounded(rows, bits) if bits else rows
    wanted = [plain[chosen].mean(0) if chosen else torch.zeros(6) for chosen in sets]
    assert torch.allclose(table(bags_of(sets)), torch.stack(wanted), atol=1e-7)


@given(SETS)
def test_sparse_and_dense_gradients_are_the_same(sets: list[list[int]]) -> None:
    gradients = []
    for sparse in (True, False):
        torch.manual_seed(0)
        table = RowTable(20, 6, bits=4, sparse=sparse)
        (table(bags_of(sets)) * torch.arange(6.0)).sum().backward()
        assert table.table.weight.grad is not None
        gradients.append(table.table.weight.grad.to_dense())
    assert torch.equal(*gradients)


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_row_adagrad_is_torch_adagrad(seed: int) -> None:
    rng = np.random.default_rng(seed)
    batches = [[rng.integers(0, 20, size).tolist() for size in rng.integers(0, 5, 4)] for _ in range(4)]
    tables = []
    for kind, sparse in ((RowAdagrad, True), (torch.optim.Adagrad, False)):
        torch.manual_seed(0)
        table = RowTable(20, 6, bits=0, sparse=sparse)
        optimiser = kind(table.parameters(), lr=0.1)
        for sets in batches:
            optimiser.zero_grad()
            (table(bags_of(sets)) * torch.arange(6.0)).sum().backward()
            optimiser.step()
        tables.append(table.table.weight.detach())
    assert torch.allclose(tables[0], tables[1], atol=1e-6)
