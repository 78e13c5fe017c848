"""Which intent a few sentences teach: multinomial logistic regression on what a student makes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn import StudentShape
from kiloglot.progress import Task
from kiloglot.training.convex import scale, solved
from kiloglot.training.features import Features
from kiloglot.training.foreign import Others

__all__ = ["Lessons", "intent_head"]

_SHRINK = 0.3  # of the mean variance between translations, added to all directions
_PRIOR = 0.05  # of a squared weight, in nats, shared by all sentences
_LENT = 0.3  # weight of a background sentence of an intent of the same name, beside a sentence of one's own
_CLOSE = 1e-5  # nats a step, below which more passes over many intents would cost minutes and change nothing
_NEVER = -30.0  # the logit of what cannot be
_PART = 2_000_000  # logits that are computed at a time


@dataclass(frozen=True, slots=True)
class Lessons:
    """What intents are learned from; M readings of N sentences."""

    about: Tensor
    """[M, bag + unit width] directions."""
    intent: Tensor
    """[M] what is right."""
    weight: Tensor
    """[M] share in the loss."""
    taken: Tensor
    """[known] what the base takes the sentences for, in the mean."""
    number: int
    """N."""

    @classmethod
    def of(cls, read: Sequence[Features], drawn: Sequence[Features] = ()) -> Lessons:
        """Those of sentences that were `read`, and `drawn` again with other n-grams hidden."""
        every = [*read, *drawn]
        return cls(
            about=torch.cat([each.about for each in every]),
            intent=torch.cat([each.labels.intent for each in every]),
            weight=torch.cat([each.labels.weight for each in every]),
            taken=torch.cat([each.likely for each in read]).mean(dim=0),
            number=sum(len(each.about) for each in read),
        )


def intent_head(
    shape: StudentShape, lessons: Lessons, others: Others | None, *, foreign: bool = True, task: Task | None = None
) -> tuple[Tensor, Tensor]:
    """Weights [1 + intents, width] and biases [1 + intents] of the intents, the last for what is foreign, which
    `others` teach; without `foreign` it is left to be learned. `task` counts passes over the lessons.
    """
    about, intent, intents = lessons.about, lessons.intent, shape.intents
    shares = lessons.weight / lessons.weight.sum()
    spread = None
    if others is not None:
        own, strange = others.own, others.foreign(lessons.taken) * foreign
        about = torch.cat([about, others.about])
        intent = torch.cat([intent, torch.where(own >= 0, own, intents)])
        lent = (own >= 0) * _LENT / lessons.number
        shares = torch.cat([shares, lent + strange / strange.sum().clamp_min(1e-9)])
        spread = others.spread()
    shares = shares / shares.sum()
    centre = (about * shares.unsqueeze(-1)).sum(0)
    narrow = scale(about, shape.bag_width)
    alike = torch.eye(len(narrow)) if spread is None else _whitening(spread / narrow / narrow.unsqueeze(-1))
    metric = alike / narrow.unsqueeze(-1)
    inside = (about - centre) @ metric
    size = inside.square().sum(1).mean().sqrt().clamp_min(1e-6)
    start = [torch.zeros(intents + 1, about.shape[1]), torch.zeros(intents + 1)]
    parts = _parts(inside / size, intent, shares, max(1, _PART // (intents + 1)))
    close = 1e-9 if foreign else _CLOSE
    matrix, bias = solved(start, parts, [_PRIOR / lessons.number, 0.0], close=close, task=task)
    weight = matrix @ metric.T / size
    bias = bias - weight @ centre
    if others is None or not foreign:
        weight[-1], bias[-1] = 0, _NEVER
    return weight, bias


def _parts(about: Tensor, intent: Tensor, shares: Tensor, rows: int) -> list[Callable[[Tensor, Tensor], Tensor]]:
    """The loss of every `rows` of the lessons: `about` [M, width], `intent` [M] and `shares` [M] in it."""

    def loss(part: tuple[Tensor, ...], matrix: Tensor, bias: Tensor) -> Tensor:
        inside, right, share = part
        return F.cross_entropy(F.linear(inside, matrix, bias), right, reduction="none") @ share

    pieces = zip(*(torch.split(each, rows) for each in (about, intent, shares)), strict=True)
    return [partial(loss, part) for part in pieces]


def _whitening(spread: Tensor) -> Tensor:
    """The symmetric matrix that makes vectors of covariance `spread` alike in all directions, shrunk towards one."""
    size = spread.diagonal().mean()
    values, vectors = torch.linalg.eigh(spread + _SHRINK * size * torch.eye(len(spread)))
    whole: Tensor = vectors @ torch.diag(size.sqrt() * values.rsqrt()) @ vectors.T
    return whole
