"""The schedule against torch's own."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.training import warm_cosine


def torch_cosine(steps: int) -> list[float]:
    """The shares of `CosineAnnealingLR`."""
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    shares = []
    for _ in range(steps):
        shares.append(float(schedule.get_last_lr()[0]))
        optimiser.step()
        schedule.step()
    return shares


def test_without_warm_up_it_is_half_a_cosine_with_a_floor() -> None:
    found = [warm_cosine(step, 200, 0) for step in range(200)]
    assert found == pytest.approx([max(0.01, share) for share in torch_cosine(200)], abs=1e-12)


def test_warm_up_rises_in_a_line() -> None:
    shares = [warm_cosine(step, 10**9, 4) for step in range(6)]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0], abs=1e-6)


@given(st.integers(1, 1000), st.integers(0, 200), st.data())
def test_every_share_can_be_used(steps: int, warmup: int, data: st.DataObject) -> None:
    step = data.draw(st.integers(0, 2 * steps))
    assert 0 < warm_cosine(step, steps, warmup) <= 1
    if step >= warmup:
        assert warm_cosine(step + 1, steps, warmup) <= warm_cosine(step, steps, warmup)
