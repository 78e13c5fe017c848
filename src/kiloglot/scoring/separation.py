"""How well a score tells what is meant for an assistant from what is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["accepted", "auroc"]


def auroc(own: NDArray[np.floating], foreign: NDArray[np.floating]) -> float:
    """The chance that one of `own` lies above one of `foreign`; ties count half (Mann and Whitney 1947)."""
    both = np.concatenate([own, foreign])
    _, place, count = np.unique(both, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    return float((rank[: len(own)].sum() - len(own) * (len(own) + 1) / 2) / (len(own) * len(foreign)))


def accepted(own: NDArray[np.floating], foreign: NDArray[np.floating], keep: float = 0.95) -> float:
    """The share of `foreign`, in [0, 1], that is accepted where a share `keep` of `own` is, by the highest scores."""
    return float((foreign >= np.quantile(own, 1 - keep)).mean())
