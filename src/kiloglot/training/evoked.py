"""What the slots of an utterance say of its intent."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kiloglot.training.examples import Examples

__all__ = ["evoked"]

_TRUST = 0.15  # of the log-likelihood counts: the n-grams that tell the intent tell the slots, too


def evoked(examples: Examples, intents: int, slot_types: int) -> Tensor:
    """[1 + slot types, intents] what is added to intent logits: row 0, and the row of each slot type that is found.

    A naive Bayes classifier by which slot types an utterance has and which it lacks (the Bernoulli model of McCallum
    and Nigam 1998, with half an utterance added to each count), as far as it is trusted.
    """
    total = np.bincount(examples.intent, minlength=intents)
    owner = np.repeat(examples.intent, np.diff(examples.unit_at))
    utterance = np.repeat(np.arange(len(examples)), np.diff(examples.unit_at))
    _, first = np.unique(utterance * (1 + slot_types) + examples.slot, return_index=True)
    count = np.zeros((1 + slot_types, intents))
    np.add.at(count, (examples.slot[first], owner[first]), 1)
    has = (count[1:] + 0.5) / (total + 1)
    rows = np.concatenate([np.log1p(-has).sum(axis=0, keepdims=True), np.log(has) - np.log1p(-has)])
    rows[0] -= rows[0].mean()
    return torch.from_numpy((_TRUST * rows).astype(np.float32))
