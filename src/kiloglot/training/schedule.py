"""How the learning rate moves over a run."""

from __future__ import annotations

import math

__all__ = ["warm_cosine"]

_END = 0.01  # share of the peak that is left at the last step


def warm_cosine(step: int, steps: int, warmup: int) -> float:
    """Share of the peak rate at `step` (counted from 0) of `steps`: linear over `warmup` steps, then half a cosine.

    Loshchilov and Hutter (2017), without restarts.
    """
    rise = min(1.0, (step + 1) / max(1, warmup))
    return rise * max(_END, (1 + math.cos(math.pi * min(1.0, step / max(1, steps)))) / 2)
