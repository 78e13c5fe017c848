"""Intents and slots on a student that stays as it is: a few sentences decide them in a second.

Both are convex problems, solved as a whole. Intents: multinomial logistic regression on what the student makes of the
sentences, with one more class for all that is foreign, which background sentences teach; beside very many intents it is
decided after them. Directions in which translations differ are shrunk first (within-class covariance normalisation;
Hatch, Kajarekar and Stolcke 2006), so that what is learned in one language holds in others. Slots: a linear chain, held
near the base's own weights of slot types of the same name by a Gaussian prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn import Student, chain_loss
from kiloglot.progress import SILENT, Progress
from kiloglot.settings import Noise
from kiloglot.training.background import Background
from kiloglot.training.batches import Batcher
from kiloglot.training.convex import PASSES, scale, solved
from kiloglot.training.features import READ, Features, chosen_in, features
from kiloglot.training.foreign import MANY, Others, fit_foreign_output, fit_kinship
from kiloglot.training.intent_head import Lessons, intent_head

__all__ = ["cross_validated", "fit_heads"]

_DRAWS = 4  # times that each sentence is read, every time with other n-grams hidden
_NOISE = Noise(feature_dropout=0.4, locale_dropout=0.5)
_LARGE = 1_000_000  # sentences times intents, from which on each is read once
_SLOTS_DRAWN = 500  # sentences up to which the slots learn from the draws, too: a chain is costly
_SLOT_PRIOR = 1e-3  # of a squared move, in nats a sentence


@torch.no_grad()
def fit_heads(student: Student, train: Batcher, background: Background | None, progress: Progress = SILENT) -> None:
    """Decides the intent and slot heads and the transitions of `student`, an adapted one, by `train`.

    Without `background` it has no idea of what is foreign. Nothing else of it changes.
    """
    plan = chosen_in(train)
    clean, noisy = replace(train, noise=None), replace(train, noise=_NOISE)
    read, others = features(student, clean, plan), Others.read(student, background)
    draws = _DRAWS if len(train.examples) * student.shape.intents < _LARGE else 0
    drawn = [each for draw in range(draws) for each in features(student, noisy, plan, draw)]
    _fit_intents(student, read, drawn, others, progress)
    fit_kinship(student, read)
    if student.shape.slot_types:
        seen = read + drawn if len(train.examples) <= _SLOTS_DRAWN else read
        _fit_slots(student, seen, progress)
        _fit_begins(student, seen, progress)


@torch.no_grad()
def cross_validated(
    student: Student,
    train: Batcher,
    background: Background | None,
    folds: int = 5,
    progress: Progress = SILENT,
) -> Tensor:
    """How likely each intent of an adapted `student` is for each sentence [N, intents], by heads that learned from the
    others: the sentences of an intent are dealt out to `folds`, one after another.
    """
    plan = replace(train, noise=None, budget=READ).in_order()
    read, others = features(student, replace(train, noise=None), plan), Others.read(student, background)
    order = torch.from_numpy(np.argsort(np.concatenate(plan), kind="stable"))
    whole = Lessons.of(read)
    about, intent, weight = whole.about[order], whole.intent[order], whole.weight[order]
    taken = torch.cat([each.likely for each in read])[order]
    fold, dealt = torch.zeros_like(intent), torch.zeros(student.shape.intents, dtype=torch.int64)
    for place, which in enumerate(intent.tolist()):
        fold[place] = dealt[which] % folds
        dealt[which] += 1
    likely = torch.zeros(len(intent), student.shape.intents)
    with progress.task("Asking each sentence of what was learned from the others", folds, "parts") as task:
        for each in range(folds):
            left, asked = fold != each, fold == each
            if left.any() and asked.any():
                lessons = Lessons(about[left], intent[left], weight[left], taken[left].mean(dim=0), int(left.sum()))
                matrix, bias = intent_head(student.shape, lessons, others, foreign=student.shape.intents < MANY)
                likely[asked] = torch.softmax(F.linear(about[asked], matrix, bias), dim=-1)[:, :-1]
            task.advance()
    return likely


def _fit_intents(
    student: Student, read: Sequence[Features], drawn: Sequence[Features], others: Others | None, progress: Progress
) -> None:
    layer, shape = student.network.intent, student.shape
    with progress.task(f"Learning {shape.intents:,} intents", PASSES, "passes at most") as task:
        weight, bias = intent_head(shape, Lessons.of(read, drawn), others, foreign=shape.intents < MANY, task=task)
    layer.weight.copy_(weight)
    layer.bias.copy_(bias)
    if others is not None and shape.intents >= MANY:
        fit_foreign_output(student, read, others)


def _fit_slots(student: Student, read: Sequence[Features], progress: Progress) -> None:
    layer, hidden = student.network.slot, student.network.middle.out_features
    size = scale(torch.cat([each.state[each.mask > 0] for each in read]), hidden)
    total = sum(float(each.labels.weight.sum()) for each in read)
    starts = [layer.weight.clone(), layer.bias.clone(), student.transitions.clone()]

    def loss(each: Features, matrix: Tensor, bias: Tensor, transitions: Tensor) -> Tensor:
        emissions = each.state @ (starts[0] + matrix / size).T + starts[1] + bias
        return chain_loss(emissions, starts[2] + transitions, each.labels.slot, each.mask) @ each.labels.weight / total

    with progress.task(f"Learning {student.shape.slot_types:,} slot types", PASSES, "passes at most") as task:
        parts = [partial(loss, each) for each in read]
        matrix, bias, transitions = solved(
            [torch.zeros_like(each) for each in starts], parts, [_SLOT_PRIOR] * 3, task=task
        )
    layer.weight.copy_(starts[0] + matrix / size)
    layer.bias.copy_(starts[1] + bias)
    student.transitions.copy_(starts[2] + transitions)


def _fit_begins(student: Student, read: Sequence[Features], progress: Progress) -> None:
    """Decides where slots begin, from what the base knows of it on: a lamp of grandma's is two slots to it."""
    layer, hidden = student.network.begins, student.network.middle.out_features
    size = scale(torch.cat([each.state[each.mask > 0] for each in read]), hidden)[:hidden]
    total = sum(float(each.labels.weight.sum()) for each in read)
    starts = [layer.weight.clone(), layer.bias.clone()]

    def loss(each: Features, matrix: Tensor, bias: Tensor) -> Tensor:
        odds = (each.state[..., :hidden] @ (starts[0] + matrix / size).T + starts[1] + bias).squeeze(-1)
        inside = each.mask * (each.labels.slot > 0)
        wrong = F.binary_cross_entropy_with_logits(odds, each.labels.begins, reduction="none")
        return (wrong * inside).sum(1) @ each.labels.weight / total

    with progress.task("Learning where slots begin", PASSES, "passes at most") as task:
        matrix, bias = solved([torch.zeros_like(each) for each in starts], [partial(loss, each) for each in read],
                              [_SLOT_PRIOR] * 2, task=task)  # fmt: skip
    layer.weight.copy_(starts[0] + matrix / size)
    layer.bias.copy_(starts[1] + bias)
