"""Which of its two rows each n-gram gets, so that as many as possible of the first ones have one.

Rows are the vertices of a graph and n-grams its edges: a component can place as many edges as it has vertices (Pagh and
Rodler 2001). So an n-gram is left out only where no moving of those before it would make room for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["placed"]

Rows = NDArray[np.int64]


def placed(first: Rows, second: Rows, taken: NDArray[np.bool_]) -> Rows:
    """The row [N] of each n-gram, `first` or `second` [N], -1 where it gets none; none of those that are `taken`
    [rows].
    """
    fits = _fitting(first.tolist(), second.tolist(), taken)
    at = np.full(len(first), -1)
    chosen = np.flatnonzero(fits)
    at[chosen] = _assigned(first[chosen], second[chosen], taken)
    return at


def _fitting(first: list[int], second: list[int], taken: NDArray[np.bool_]) -> list[bool]:
    """Which n-grams get a row, the first ones first: none whose component is full, which is one with a cycle."""
    parent, full = list(range(len(taken))), bytearray(taken.tobytes())
    fits = list[bool]()
    for one, other in zip(first, second, strict=True):
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]
        while parent[other] != other:
            parent[other] = other = parent[parent[other]]
        if full[one] and full[other]:
            fits.append(False)
            continue
        fits.append(True)
        if one == other:
            full[one] = 1
        else:
            parent[other] = one
            full[one] |= full[other]
    return fits


def _assigned(first: Rows, second: Rows, taken: NDArray[np.bool_]) -> list[int]:
    """A row of its own for each n-gram, all of which fit."""
    both, count = np.concatenate([first, second]), len(first)
    wanted = np.bincount(both, minlength=len(taken))
    asking = (np.argsort(both, kind="stable") % max(1, count)).tolist()  # row by row, the n-grams that may have it
    at, left, closed = [-1] * count, wanted.tolist(), taken.tolist()
    looked = (np.cumsum(wanted) - wanted).tolist()
    ends = list(zip(first.tolist(), second.tolist(), strict=True))
    waiting = np.flatnonzero(wanted == 1).tolist()
    # When every row that one n-gram alone wants has got it, cycles are left: any of their rows may begin.
    for start in range(-1, len(left)):
        if start >= 0:
            waiting.append(start)
        while waiting:
            row = waiting.pop()
            if closed[row] or not left[row]:
                continue
            while at[asking[looked[row]]] >= 0:
                looked[row] += 1
            own = asking[looked[row]]
            at[own], closed[row] = row, True
            for end in ends[own]:
                left[end] -= 1
                if left[end] == 1:
                    waiting.append(end)
    return at
