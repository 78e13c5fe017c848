"""What a student makes of sentences: all that its heads are decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from kiloglot.nn import Student, directions
from kiloglot.nn.batch import Labels
from kiloglot.training.batches import Batcher
from kiloglot.training.ragged import Index

__all__ = ["ENOUGH", "READ", "Features", "chosen_in", "features"]

READ = 4096
"""Units that are read at a time."""
ENOUGH = 30
"""Sentences an intent in the mean, from which on all of a student can learn: heads need no more."""
_MOST = 1500  # sentences that heads learn from all the same, however few intents there are


@dataclass(frozen=True, slots=True)
class Features:
    """What the student makes of a batch."""

    about: Tensor
    """[B, bag + unit width] directions."""
    likely: Tensor
    """[B, known] what the base takes each for."""
    state: Tensor
    """[B, T, hidden + unit width]."""
    mask: Tensor
    """[B, T]."""
    labels: Labels
    """What is right."""


def chosen_in(train: Batcher) -> list[Index]:
    """The utterances that heads learn from, in batches of like length. Where there are too many, every intent has its
    turn, again and again.
    """
    intent = train.examples.intent
    order = np.random.default_rng(train.seed).permutation(len(intent))
    order = order[np.argsort(intent[order], kind="stable")]
    count = np.bincount(intent)
    turn = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)  # of each among those of its intent
    chosen = order[np.argsort(turn, kind="stable")][: max(_MOST, ENOUGH * len(count))]
    parts = (part[np.isin(part, chosen)] for part in replace(train, budget=READ).in_order())
    return [part for part in parts if len(part)]


def features(student: Student, reader: Batcher, plan: Sequence[Index], draw: int = 0) -> list[Features]:
    """The features of each batch of `plan`; `draw` seeds what is hidden, if anything is."""
    return [_of_batch(student, reader, chosen, draw, place) for place, chosen in enumerate(plan)]


def _of_batch(student: Student, reader: Batcher, chosen: Index, draw: int, place: int) -> Features:
    batch, network, states = reader.make(chosen, draw, place), student.network, list[Tensor]()
    hook = network.slot.register_forward_pre_hook(lambda _, given: states.append(given[0]))
    try:
        student(batch)
    finally:
        hook.remove()
    bag, mask = student.bag(batch.bag), batch.mask.unsqueeze(-1)
    units = states[0][..., network.middle.out_features :]
    mean = (units * mask).sum(1) / mask.sum(1).clamp_min(1.0)
    guessed, _ = network.guess(bag, student.read(batch))
    return Features(directions(bag, mean), torch.softmax(guessed, dim=-1), states[0], batch.mask, batch.labels)
