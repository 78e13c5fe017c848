"""Convex problems, solved as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

__all__ = ["scale", "solved"]

_STEPS = 60


def solved(starts: Sequence[Tensor], loss: Callable[..., Tensor], priors: Sequence[float]) -> list[Tensor]:
    """Where `loss` plus each of the squares times its prior is least (L-BFGS)."""
    values = [start.clone().requires_grad_() for start in starts]
    solver = torch.optim.LBFGS(values, max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        with torch.enable_grad():
            squares = [prior * value.square().sum() for prior, value in zip(priors, values, strict=True)]
            cost = loss(*values) + torch.stack(squares).sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    solver.step(closure)  # type: ignore[no-untyped-call]
    return [value.detach() for value in values]


def scale(values: Tensor, first: int) -> Tensor:
    """The size [width] of `values` [N, width]: one number for the `first` columns and one for the others, which keeps
    what is small within each small.
    """
    spread = values.std(dim=0, correction=0)
    parts = [part.square().mean().sqrt().clamp_min(1e-6).expand(len(part)) for part in (spread[:first], spread[first:])]
    return torch.cat(parts)
