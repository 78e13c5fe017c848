"""Intents and slots on a student that stays as it is: a few sentences decide them in a second.

Both are convex problems on what the student makes of the sentences, solved as a whole: multinomial logistic regression
for intents, a linear chain for slots, each held near where it starts (a Gaussian prior around the base's own weights of
intents and slot types of the same name, around zero for new ones).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn import Batch, Student, chain_loss
from kiloglot.settings import Noise
from kiloglot.training.batches import Batcher

__all__ = ["fit_foreign", "fit_heads"]

_DRAWS = 4  # times that each sentence is read, every time with other n-grams hidden
_NOISE = Noise(feature_dropout=0.4, locale_dropout=0.5)
_MOST = 4000  # sentences that the heads learn from: more are for the training that follows
_BUDGET = 4096  # units that are read at a time
_STEPS = 60
_INTENT_PRIOR, _SLOT_PRIOR = 3e-3, 1e-3
"""Squared distance from the start that costs as much as a nat a sentence."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the student makes of a batch."""

    batch: Batch
    """The sentences."""
    about: Tensor
    """[B, bag + embedding width]."""
    likely: Tensor
    """[B, known] what the base takes each for."""
    state: Tensor
    """[B, T, hidden + unit width]."""


@torch.no_grad()
def fit_heads(student: Student, train: Batcher) -> None:
    """Decides the intent and slot heads, the transitions and the foreignness of `student`, an adapted one, by `train`.

    Nothing else of it changes.
    """
    chosen = np.random.default_rng(train.seed).permutation(len(train.examples))[:_MOST]
    clean = replace(train, noise=None, budget=_BUDGET)
    plan = [part[np.isin(part, chosen)] for part in clean.in_order()]
    plan = [part for part in plan if len(part)]
    noisy = replace(train, noise=_NOISE)
    plain = [_said(student, clean.make(part)) for part in plan]
    drawn = [_said(student, noisy.make(part, draw, at)) for draw in range(_DRAWS) for at, part in enumerate(plan)]
    _fit_intents(student, plain + drawn)
    _fit_slots(student, plain + drawn)
    student.network.foreign.copy_(_foreign(torch.cat([said.likely for said in plain])))


@torch.no_grad()
def fit_foreign(student: Student, train: Batcher) -> None:
    """Decides the foreignness alone."""
    said = [_said(student, train.make(part)) for part in replace(train, noise=None, budget=_BUDGET).in_order()]
    student.network.foreign.copy_(_foreign(torch.cat([each.likely for each in said])))


def _said(student: Student, batch: Batch) -> _Said:
    network, states = student.network, list[Tensor]()
    hook = network.slot.register_forward_pre_hook(lambda _, given: states.append(given[0]))
    try:
        output = student(batch)
    finally:
        hook.remove()
    bag = student.bag(batch.bag)
    if network.known is None:
        raise ValueError("the student has no base")
    about = torch.cat([bag, output.embedding], dim=-1)
    return _Said(batch, about, torch.softmax(network.known(bag), dim=-1), states[0])


def _fit_intents(student: Student, said: list[_Said]) -> None:
    layer, width = student.network.intent, student.shape.bag_width
    about, intent, weight = (
        torch.cat(parts)
        for parts in zip(*((s.about, s.batch.labels.intent, s.batch.labels.weight) for s in said), strict=True)
    )
    scale = _scale(about, width)
    share = weight / weight.sum()

    def loss(matrix: Tensor, bias: Tensor) -> Tensor:
        return (F.cross_entropy(about @ matrix.T + bias, intent, reduction="none") * share).sum()

    _solve([layer.weight, layer.bias], [scale.expand_as(layer.weight), torch.ones(())], loss, _INTENT_PRIOR)


def _fit_slots(student: Student, said: list[_Said]) -> None:
    if not student.shape.slot_types:
        return
    layer, hidden = student.network.slot, student.shape.hidden
    inside = torch.cat([s.state[s.batch.mask > 0] for s in said])
    scale = _scale(inside, hidden)
    total = sum(float(s.batch.labels.weight.sum()) for s in said)

    def loss(matrix: Tensor, bias: Tensor, transitions: Tensor) -> Tensor:
        parts = [
            (
                chain_loss(s.state @ matrix.T + bias, transitions, s.batch.labels.slot, s.batch.mask)
                * s.batch.labels.weight
            ).sum()
            for s in said
        ]
        return torch.stack(parts).sum() / total

    one = torch.ones(())
    _solve(
        [layer.weight, layer.bias, student.transitions], [scale.expand_as(layer.weight), one, one], loss, _SLOT_PRIOR
    )


def _scale(values: Tensor, first: int) -> Tensor:
    """The size [width] of `values` [N, width]: one number for the `first` columns and one for the others, which keeps
    what is small within each small.
    """
    spread = values.std(dim=0, correction=0)
    parts = [part.square().mean().sqrt().clamp_min(1e-6).expand(len(part)) for part in (spread[:first], spread[first:])]
    return torch.cat(parts)


def _solve(parameters: list[Tensor], scales: list[Tensor], loss: Callable[..., Tensor], prior: float) -> None:
    """Moves `parameters` to the least `loss` plus `prior` times the squares of how far they move, in units of one over
    their `scales`.
    """
    starts = [p.detach().clone() for p in parameters]
    moves = [torch.zeros_like(p, requires_grad=True) for p in parameters]
    solver = torch.optim.LBFGS(moves, max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        with torch.enable_grad():
            values = [start + move / scale for start, move, scale in zip(starts, moves, scales, strict=True)]
            cost = loss(*values) + prior * torch.stack([move.square().sum() for move in moves]).sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    solver.step(closure)  # type: ignore[no-untyped-call]
    for parameter, start, move, scale in zip(parameters, starts, moves, scales, strict=True):
        parameter.copy_(start + move.detach() / scale)


def _foreign(likely: Tensor) -> Tensor:
    """How foreign each of the base's intents is, [known] in [0, 1], from what it takes the student's own sentences for.

    By Bayes' rule, where a sentence is as likely foreign as not, and foreign ones are spread evenly over the intents.
    """
    own = likely.mean(dim=0)
    return 1 / (1 + own * len(own))
