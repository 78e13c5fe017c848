"""Adagrad for tables of which a batch uses few rows, each named once: it touches those rows and no others.

Duchi, Hazan and Singer (2011). A row's steps shrink with what it has learned, so that an n-gram which occurs twenty
times moves as far as one that occurs every time; `docs/log.md` has what that gave beside Adam.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import overload

import torch
from torch import Tensor

__all__ = ["RowAdagrad"]

_EPSILON = 1e-10


class RowAdagrad(torch.optim.Optimizer):
    """The update of `torch.optim.Adagrad` for sparse gradients that name every row at most once, as `RowTable`'s do."""

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-2) -> None:
        super().__init__(params, {"lr": lr})

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Updates the rows that have a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    self._update(table, table.grad._indices()[0], table.grad._values(), group["lr"])
        return loss

    def _update(self, table: Tensor, rows: Tensor, gradient: Tensor, rate: float) -> None:
        state = self.state[table]
        if not state:
            state["sum"] = torch.zeros_like(table)
        total = state["sum"].index_select(0, rows).addcmul_(gradient, gradient)
        state["sum"].index_copy_(0, rows, total)
        table.index_add_(0, rows, gradient / total.sqrt_().add_(_EPSILON), alpha=-rate)
