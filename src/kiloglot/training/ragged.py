"""Lists of unequal length in flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Index", "Ragged", "spread", "starts"]

Index = NDArray[np.int64]
Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of table rows, one after another."""

    rows: Rows
    """All lists, flat."""
    at: Index
    """[lists + 1] where each list begins in `rows`."""

    @classmethod
    def known(cls, rows: Index, sizes: Index) -> Ragged:
        """Lists of `sizes` [lists] without the rows below 0, which stand for n-grams that are not known."""
        owner = np.repeat(np.arange(len(sizes)), sizes)
        kept = rows >= 0
        counts = np.bincount(owner[kept], minlength=len(sizes))
        return cls(rows[kept].astype(np.int32), starts(counts))

    @classmethod
    def joined(cls, parts: Sequence[Ragged]) -> Ragged:
        """The lists of several, one after another."""
        sizes = np.concatenate([np.diff(part.at) for part in parts])
        return cls(np.concatenate([part.rows for part in parts]), starts(sizes))


def starts(sizes: Index) -> Index:
    """[lists + 1] where each list of `sizes` [lists] begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def spread(first: Index, size: Index) -> Index:
    """first[0], first[0] + 1, ... (size[0] of them), then first[1], ..."""
    begin = np.cumsum(size) - size
    return np.repeat(first - begin, size) + np.arange(int(size.sum()))
