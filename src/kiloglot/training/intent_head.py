"""Which intent a few sentences teach: multinomial logistic regression on what a student makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn import StudentShape
from kiloglot.training.convex import scale, solved
from kiloglot.training.features import Features
from kiloglot.training.foreign import Others

__all__ = ["Lessons", "intent_head"]

_SHRINK = 0.3  # of the mean variance between translations, added to all directions
_PRIOR = 0.05  # of a squared weight, in nats, shared by all sentences
_LENT = 0.3  # weight of a background sentence of an intent of the same name, beside a sentence of one's own
_NEVER = -30.0  # the logit of what cannot be


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


def intent_head(shape: StudentShape, lessons: Lessons, others: Others | None) -> tuple[Tensor, Tensor]:
    """Weights [1 + intents, width] and biases [1 + intents] of the intents, the last for what is foreign."""
    about, intent, intents = lessons.about, lessons.intent, shape.intents
    shares = lessons.weight / lessons.weight.sum()
    spread = None
    if others is not None:
        own, foreign = others.own, others.foreign(lessons.taken)
        about = torch.cat([about, others.about])
        intent = torch.cat([intent, torch.where(own >= 0, own, intents)])
        lent = (own >= 0) * _LENT / lessons.number
        shares = torch.cat([shares, lent + foreign / foreign.sum().clamp_min(1e-9)])
        spread = others.spread()
    shares = shares / shares.sum()
    centre = (about * shares.unsqueeze(-1)).sum(0)
    narrow = scale(about, shape.bag_width)
    alike = torch.eye(len(narrow)) if spread is None else _whitening(spread / narrow / narrow.unsqueeze(-1))
    metric = alike / narrow.unsqueeze(-1)
    inside = (about - centre) @ metric
    size = inside.square().sum(1).mean().sqrt().clamp_min(1e-6)
    inside = inside / size

    def loss(matrix: Tensor, bias: Tensor) -> Tensor:
        return (F.cross_entropy(inside @ matrix.T + bias, intent, reduction="none") * shares).sum()

    start = [torch.zeros(intents + 1, about.shape[1]), torch.zeros(intents + 1)]
    matrix, bias = solved(start, loss, [_PRIOR / lessons.number, 0.0])
    weight = matrix @ metric.T / size
    bias = bias - weight @ centre
    if others is None:
        weight[-1], bias[-1] = 0, _NEVER
    return weight, bias


def _whitening(spread: Tensor) -> Tensor:
    """The symmetric matrix that makes vectors of covariance `spread` alike in all directions, shrunk towards one."""
    size = spread.diagonal().mean()
    values, vectors = torch.linalg.eigh(spread + _SHRINK * size * torch.eye(len(spread)))
    whole: Tensor = vectors @ torch.diag(size.sqrt() * values.rsqrt()) @ vectors.T
    return whole
