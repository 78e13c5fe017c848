"""The chain against brute force: every sequence of types, one by one."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from kiloglot.nn import chain_loss, likeliest


@dataclass(frozen=True, slots=True)
class Case:
    """Scores of a few short utterances."""

    emissions: Tensor
    """[B, T, S]."""
    transitions: Tensor
    """[S, S]."""
    lengths: list[int]
    """[B], from 0 to T."""

    @property
    def mask(self) -> Tensor:
        places = torch.arange(self.emissions.shape[1])
        return (places < torch.tensor(self.lengths)[:, None]).float()

    def paths(self, row: int) -> list[tuple[float, tuple[int, ...]]]:
        """(score, types) of every sequence of a row; the place before the first unit is type 0."""
        size = self.emissions.shape[2]
        found = []
        for types in itertools.product(range(size), repeat=self.lengths[row]):
            score, before = 0.0, 0
            for place, kind in enumerate(types):
                score += float(self.emissions[row, place, kind] + self.transitions[before, kind])
                before = kind
            found.append((score, types))
        return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rows, places, size = draw(st.integers(1, 3)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.1, 1.0, 5.0]))
    lengths = draw(st.lists(st.integers(0, places), min_size=rows, max_size=rows))
    emissions = scale * torch.randn(rows, places, size, generator=generator, dtype=torch.float64)
    return Case(emissions, scale * torch.randn(size, size, generator=generator, dtype=torch.float64), lengths)


@given(cases(), st.randoms(use_true_random=False))
def test_loss_is_the_negative_log_share_of_the_gold_sequence(case: Case, random: object) -> None:
    gold = torch.zeros(case.emissions.shape[:2], dtype=torch.int64)
    wanted = []
    for row, length in enumerate(case.lengths):
        paths = case.paths(row)
        score, types = random.choice(paths)  # type: ignore[attr-defined]
        gold[row, :length] = torch.tensor(types, dtype=torch.int64)
        total = torch.logsumexp(torch.tensor([other for other, _ in paths], dtype=torch.float64), 0)
        wanted.append(float(total) - score)
    loss = chain_loss(case.emissions, case.transitions, gold, case.mask)
    assert loss.tolist() == pytest.approx(wanted, abs=1e-9)


@given(cases())
def test_likeliest_is_the_best_of_all_sequences(case: Case) -> None:
    found = likeliest(case.emissions, case.transitions, case.mask)
    for row, length in enumerate(case.lengths):
        _, best = max(case.paths(row))
        assert tuple(found[row, :length].tolist()) == best
        assert not found[row, length:].any()


@given(cases())
def test_what_is_masked_out_changes_nothing(case: Case) -> None:
    outside = case.mask.unsqueeze(-1) == 0
    changed = torch.where(outside, torch.full_like(case.emissions, 50.0), case.emissions)
    gold = torch.zeros(case.emissions.shape[:2], dtype=torch.int64)
    assert torch.equal(
        chain_loss(case.emissions, case.transitions, gold, case.mask),
        chain_loss(changed, case.transitions, gold, case.mask),
    )
    assert torch.equal(
        likeliest(case.emissions, case.transitions, case.mask), likeliest(changed, case.transitions, case.mask)
    )


def test_scores_far_apart_stay_finite() -> None:
    emissions = torch.tensor([[[0.0, 200.0], [300.0, 0.0], [0.0, 400.0]]], requires_grad=True)
    transitions = torch.tensor([[0.0, -60.0], [-60.0, 0.0]], requires_grad=True)
    loss = chain_loss(emissions, transitions, torch.zeros(1, 3, dtype=torch.int64), torch.ones(1, 3))
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(900 - 300 - 180)
    assert emissions.grad is not None and transitions.grad is not None
    assert emissions.grad.isfinite().all() and transitions.grad.isfinite().all()
