"""What is foreign to an adapted student: what background sentences say, and what the base takes for an intent that is
not akin to the student's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn import Student
from kiloglot.training.background import Background
from kiloglot.training.batches import Batcher
from kiloglot.training.convex import solved
from kiloglot.training.features import READ, Features, chosen_in, features

__all__ = ["MANY", "Others", "fit_foreign", "fit_foreign_output", "fit_kinship", "spare_own"]

MANY = 500
"""Intents beside which, each of them rare, what is foreign would be the likeliest answer to anything new."""
_DOUBTED = 0.2  # share of its own sentences that may be taken for foreign
_PRIOR = 0.05  # of a squared weight, in nats, shared by all sentences


@dataclass(frozen=True, slots=True)
class Others:
    """What the student makes of background sentences; N of them."""

    about: Tensor
    """[N, bag + unit width] directions."""
    known: Tensor
    """[N] which of the base's intents each has."""
    own: Tensor
    """[N] which of the student's own intents has the same name, -1 for none."""
    meaning: Tensor
    """[N] equal for translations."""

    @classmethod
    def read(cls, student: Student, background: Background | None) -> Others | None:
        """Those of `background`; None where there is none."""
        if background is None:
            return None
        reader = Batcher(background.examples, READ)
        plan = reader.in_order()
        about = torch.cat([each.about for each in features(student, reader, plan)])
        at = torch.from_numpy(np.concatenate(plan))
        return cls(about, background.known[at], background.own[at], background.meaning[at])

    def foreign(self, taken: Tensor) -> Tensor:
        """How foreign each sentence is, [N] in [0, 1], where the base has `taken` the student's own sentences for its
        intents [known].
        """
        return (1 - _kin(taken))[self.known] * (self.own < 0)

    def spread(self) -> Tensor:
        """The covariance [width, width] of `about` between translations."""
        found, place = torch.unique(self.meaning, return_inverse=True)
        count = torch.bincount(place).unsqueeze(-1)
        mean = torch.zeros(len(found), self.about.shape[1]).index_add_(0, place, self.about) / count
        off = self.about - mean[place]
        return off.T @ off / len(off)


@torch.no_grad()
def fit_foreign(student: Student, train: Batcher, background: Background | None) -> None:
    """Decides what is foreign to `student`, whose intents are learned already, by `train`."""
    read, others = features(student, replace(train, noise=None), chosen_in(train)), Others.read(student, background)
    fit_kinship(student, read)
    if others is not None:
        fit_foreign_output(student, read, others)


def fit_foreign_output(student: Student, read: Sequence[Features], others: Others) -> None:
    """Decides the output for what is foreign beside those of the intents, which stay as they are: logistic regression
    of `others` against the sentences of `read`.
    """
    layer = student.network.intent
    own = torch.cat([each.about for each in read])
    weight = others.foreign(torch.cat([each.likely for each in read]).mean(dim=0))
    about = torch.cat([own, others.about])
    target = torch.cat([torch.zeros(len(own)), torch.ones(len(others.about))])
    share = torch.cat([torch.full((len(own),), 1 / len(own)), weight / weight.sum().clamp_min(1e-9)]) / 2
    intents = [
        torch.logsumexp(part @ layer.weight[:-1].T + layer.bias[:-1], dim=-1) for part in torch.split(about, READ)
    ]
    against = torch.cat(intents)

    def loss(row: Tensor, bias: Tensor) -> Tensor:
        each = F.binary_cross_entropy_with_logits(about @ row + bias - against, target, reduction="none")
        return (each * share).sum()

    row, bias = solved([torch.zeros_like(layer.weight[-1]), torch.zeros(())], [loss], [_PRIOR / len(own), 0.0])
    layer.weight[-1], layer.bias[-1] = row, bias


@torch.no_grad()
def spare_own(student: Student, dev: Batcher) -> None:
    """Lowers the output for what is foreign until no more than a fifth of `dev` is rather foreign than an intent: these
    sentences are the student's own, in whatever patterns that its lessons lack.
    """
    layer, beyond = student.network.intent, list[Tensor]()
    for read in features(student, replace(dev, noise=None), dev.in_order()):
        own = F.linear(read.about, layer.weight, layer.bias)
        beyond.append(own[:, -1] - torch.logsumexp(own[:, :-1], dim=-1))
    layer.bias[-1] -= torch.quantile(torch.cat(beyond), 1 - _DOUBTED).clamp_min(0.0)


def fit_kinship(student: Student, read: Sequence[Features]) -> None:
    """What the base takes for an intent that is not akin to the sentences of `read` becomes foreign."""
    network, likely = student.network, torch.cat([each.likely for each in read])
    network.kin.copy_(_kin(likely.mean(dim=0)))
    network.border.copy_(torch.quantile(network.kinship(likely), _DOUBTED))


def _kin(taken: Tensor) -> Tensor:
    """How akin each of the base's intents is to a student, [known] in [0, 1], for whose own sentences the base has
    `taken` it in the mean: Bayes' rule, if a sentence were as likely foreign as not, and no intent more than another.
    """
    ratio = taken * len(taken)
    return ratio / (1 + ratio)
