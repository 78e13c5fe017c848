"""Convex problems, solved as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from kiloglot.progress import Task

__all__ = ["PASSES", "scale", "solved"]

_STEPS = 60
PASSES = _STEPS * 5 // 4
"""Passes over a problem at most."""


def solved(
    starts: Sequence[Tensor],
    parts: Sequence[Callable[..., Tensor]],
    priors: Sequence[float],
    *,
    close: float = 1e-9,
    task: Task | None = None,
) -> list[Tensor]:
    """Where the sum of `parts` plus each of the squares times its prior is least (L-BFGS), or a step gains less than
    `close`.

    The parts are gone through one after another, so that what one of them needs in between is freed before the next;
    `task` counts passes over all of them.
    """
    values = [start.clone().requires_grad_() for start in starts]
    solver = torch.optim.LBFGS(
        values,
        max_iter=_STEPS,
        max_eval=PASSES,
        history_size=10,
        tolerance_change=close,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        solver.zero_grad()
        costs = list[Tensor]()
        with torch.enable_grad():
            for part in parts:
                costs.append(_passed_back(part(*values)))
            squares = [prior * value.square().sum() for prior, value in zip(priors, values, strict=True)]
            costs.append(_passed_back(torch.stack(squares).sum()))
        if task is not None:
            task.advance()
        return torch.stack(costs).sum()

    solver.step(closure)  # type: ignore[no-untyped-call]
    return [value.detach() for value in values]


def _passed_back(cost: Tensor) -> Tensor:
    """`cost` without its graph, its gradient added to that of what it was made of."""
    cost.backward()  # type: ignore[no-untyped-call]
    return cost.detach()


def scale(values: Tensor, first: int) -> Tensor:
    """The size [width] of `values` [N, width]: one number for the `first` columns and one for the others, which keeps
    what is small within each small.
    """
    spread = values.std(dim=0, correction=0)
    parts = [part.square().mean().sqrt().clamp_min(1e-6).expand(len(part)) for part in (spread[:first], spread[first:])]
    return torch.cat(parts)
