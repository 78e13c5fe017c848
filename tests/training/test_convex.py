"""Convex problems: the solution is that of the closed form, in however many parts the problem comes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from kiloglot.training.convex import PASSES, solved


class Passes:
    count = 0

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self.count += int(amount)


@pytest.mark.parametrize("parts", [1, 7])
def test_ridge_regression_has_its_closed_form(parts: int) -> None:
    rng = np.random.default_rng(0)
    given, wanted = rng.normal(size=(60, 5)), rng.normal(size=60)
    expected = np.linalg.solve(given.T @ given + 0.5 * np.eye(5), given.T @ wanted)
    pieces = zip(np.array_split(given, parts), np.array_split(wanted, parts), strict=True)

    def loss(inside: Tensor, right: Tensor, weight: Tensor) -> Tensor:
        return (inside @ weight - right).square().sum()

    tensors = [(torch.from_numpy(a).float(), torch.from_numpy(b).float()) for a, b in pieces]
    passes = Passes()
    (found,) = solved([torch.zeros(5)], [lambda w, t=t: loss(*t, w) for t in tensors], [0.5], task=passes)
    assert found.numpy() == pytest.approx(expected, abs=1e-3)
    assert 0 < passes.count <= PASSES
