"""Tables of n-gram vectors, trained in the few bits in which they will be shipped."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kiloglot.nn.batch import Bags
from kiloglot.runtime import TWO_BIT_REACH, TWO_BIT_STEP

__all__ = ["RowTable", "rounded"]


def rounded(rows: Tensor, bits: int) -> Tensor:
    """`rows` [K, width] at the values that `bits` bits and one scale a row can hold; gradients pass straight through.

    Straight-through estimator of Bengio, Leonard and Courville (2013): compression belongs inside training.
    """
    with torch.no_grad():
        error = (_in_two_bits(rows) if bits == 2 else _symmetric(rows, 2 ** (bits - 1) - 1)) - rows
    straight: Tensor = rows + error
    return straight


def _symmetric(rows: Tensor, top: int) -> Tensor:
    """Every row on the multiples of its largest number's share, `top` of them on either side of 0."""
    scale = rows.abs().amax(dim=-1, keepdim=True).clamp_min(1e-8) / top
    return torch.round(rows / scale) * scale


def _in_two_bits(rows: Tensor) -> Tensor:
    """Every row at half and one and a half steps on either side of 0, as `kiloglot.runtime.Table` has it."""
    size = rows.abs()
    step = torch.minimum(TWO_BIT_STEP * size.mean(dim=-1), TWO_BIT_REACH * size.amax(dim=-1)).unsqueeze(-1)
    level = torch.floor(rows / step.clamp_min(1e-8)).clamp(-2, 1) + 0.5
    return level * ((rows * level).sum(dim=-1, keepdim=True) / level.square().sum(dim=-1, keepdim=True))


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
