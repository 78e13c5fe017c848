"""Tables of n-gram vectors, trained in the few bits in which they will be shipped."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kiloglot.nn.batch import Bags

__all__ = ["RowTable", "rounded"]


def rounded(rows: Tensor, bits: int) -> Tensor:
    """`rows` [K, width] at the values that `bits` bits and one scale a row can hold; gradients pass straight through.

    Straight-through estimator of Bengio, Leonard and Courville (2013): compression belongs inside training.
    """
    top = 2 ** (bits - 1) - 1
    with torch.no_grad():
        scale = rows.abs().amax(dim=-1, keepdim=True).clamp_min(1e-8) / top
        error = torch.round(rows / scale) * scale - rows
    straight: Tensor = rows + error
    return straight


class RowTable(nn.Module):
    """Rows [rows, width] of which a bag averages a few.

    Rows start near zero, since those that training never meets must not be noise. `bits` 0 keeps them in full
    precision;
    `sparse` gradients name only the rows that a batch used, which one process on a CPU needs and several processes
    cannot sum.
    """

    def __init__(self, rows: int, width: int, *, bits: int, sparse: bool, gain: float = 1.0) -> None:
        super().__init__()
        self.bits = bits
        self.gain = gain
        self.table = nn.Embedding(rows, width, sparse=sparse)
        nn.init.normal_(self.table.weight, 0.0, 0.01)

    def forward(self, bags: Bags) -> Tensor:
        """The mean row of each set [sets, width], times the gain; zeros for an empty one."""
        rows = self.table(bags.rows)
        if self.bits:
            rows = rounded(rows, self.bits)
        return F.embedding_bag(bags.member, rows, bags.offset, mode="mean") * self.gain

    def vectors(self) -> Tensor:
        """All rows [rows, width] as a bag averages them, the gain included."""
        return self.table.weight.detach() * self.gain
