"""Which n-gram gets which of its two rows, against scipy's maximum matching."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from kiloglot.text.placing import placed


@st.composite
def graphs(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    rows = draw(st.integers(1, 12))
    row = st.integers(0, rows - 1)
    pairs = draw(st.lists(st.tuples(row, row), max_size=16))
    taken = np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)))
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1], taken


def most(first: NDArray[np.int64], second: NDArray[np.int64], taken: NDArray[np.bool_]) -> int:
    """How many n-grams can have a row of their own."""
    wanted = np.zeros((len(first), len(taken)), np.int8)
    wanted[np.arange(len(first)), first] = wanted[np.arange(len(first)), second] = 1
    wanted[:, taken] = 0
    return int((maximum_bipartite_matching(csr_array(wanted), perm_type="column") >= 0).sum()) if len(first) else 0


@given(graphs())
def test_of_the_first_ones_as_many_as_possible_have_a_row(
    graph: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> None:
    first, second, taken = graph
    at = placed(first, second, taken)
    own = at >= 0
    assert ((at == first) | (at == second))[own].all()
    assert len(set(at[own].tolist())) == own.sum()
    assert not taken[at[own]].any()
    for count in range(len(first) + 1):
        assert own[:count].sum() == most(first[:count], second[:count], taken)
