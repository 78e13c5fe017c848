"""A finished student learns to doubt what is no command, from plain text; nothing else of it changes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kiloglot.nn import Doubt, Student
from kiloglot.progress import SILENT, Progress
from kiloglot.scoring import accepted, auroc
from kiloglot.training.batches import Batcher
from kiloglot.training.taught import Taught
from kiloglot.training.teach import DEV_BUDGET, examples_of
from kiloglot.values import Utterance

__all__ = ["Doubting", "doubting"]

_EPOCHS, _BATCH, _RATE, _DECAY, _DROPOUT = 8, 256, 2e-3, 1e-4, 0.3
_CHUNK = 8192  # sentences that are hashed at a time
_RANKED = 1_000_000  # of more, every second, third ... is: torch ranks sixteen million


@dataclass(frozen=True, slots=True)
class Doubting:
    """A student that doubts, and how well it does on sentences that it did not learn from."""

    taught: Taught
    """The student."""
    auroc: float
    """How often a command is doubted less than another sentence, in [0, 1]."""
    accepted: float
    """Share of the other sentences that are doubted less than 95 % of the commands are."""


def doubting(
    taught: Taught,
    train: tuple[Sequence[Utterance], Sequence[Utterance]],
    dev: tuple[Sequence[Utterance], Sequence[Utterance]],
    *,
    width: int,
    keep: float,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Doubting:
    """`taught` with a perceptron of `width` that tells the commands, first of `train` and `dev`, from the other
    sentences, second of both, whose labels mean nothing. Of the commands of `dev` a share `keep` is rather a command.
    """
    student = copy.deepcopy(taught.student).eval()
    taught = replace(taught, student=student)
    own, others = (_about(taught, part, progress) for part in train)
    shape = replace(student.shape, doubt=width)
    torch.manual_seed(seed)
    doubt = _fitted(Doubt(shape), own, others, progress)
    student.shape = student.network.shape = shape
    student.network.doubt = doubt
    with torch.no_grad():
        kept, foreign = (doubt(_about(taught, part, progress)).squeeze(-1) for part in dev)
        doubt.foreign.bias.sub_(torch.quantile(kept[:: 1 + len(kept) // _RANKED], keep))
    scores = -kept.numpy(), -foreign.numpy()
    return Doubting(taught, auroc(*scores), accepted(*scores))


@torch.no_grad()
def _about(taught: Taught, utterances: Sequence[Utterance], progress: Progress) -> Tensor:
    """[N, bag + unit + 2 reader] what the student makes of each."""
    student: Student = taught.student
    found: list[Tensor] = []
    with progress.task("Reading what is to be told apart", len(utterances), "sentences") as task:
        for start in range(0, len(utterances), _CHUNK):
            part = utterances[start : start + _CHUNK]
            examples = examples_of(part, taught.vocabularies, taught.ontology, taught.locales)
            reader = Batcher(examples, DEV_BUDGET)
            plan = reader.in_order()
            about = torch.cat([student.about(batch) for batch in reader.stream(plan)])
            at = torch.from_numpy(np.concatenate(plan))
            found.append(torch.empty_like(about).index_copy_(0, at, about))
            task.advance(len(part))
    return torch.cat(found)


def _fitted(doubt: Doubt, own: Tensor, others: Tensor, progress: Progress) -> Doubt:
    """`doubt` after logistic regression, in which commands and others weigh the same."""
    about = torch.cat([own, others])
    mean, deviation = about.mean(dim=0), about.std(dim=0) + 1e-6
    about.sub_(mean).div_(deviation)
    foreign = torch.cat([torch.zeros(len(own)), torch.ones(len(others))])
    weight = torch.where(foreign > 0, len(own) / len(others), 1.0)
    net = nn.Sequential(nn.Dropout(_DROPOUT), doubt.near, nn.GELU(), nn.Dropout(_DROPOUT), doubt.foreign)
    optimizer = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    with progress.task("Learning to doubt", _EPOCHS, "passes") as task:
        for _ in range(_EPOCHS):
            for chosen in torch.split(torch.randperm(len(about)), _BATCH):
                odds = net(about[chosen]).squeeze(-1)
                loss = F.binary_cross_entropy_with_logits(odds, foreign[chosen], weight[chosen])
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
            task.advance()
    with torch.no_grad():  # It is told the numbers as they are.
        doubt.near.weight.div_(deviation)
        doubt.near.bias.sub_(doubt.near.weight @ mean)
    return doubt.eval()
