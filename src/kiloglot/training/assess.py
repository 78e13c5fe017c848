"""How good the student is on dev, quickly: exact match as the official metric has it, counted on units instead of
tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from accelerate import Accelerator

from kiloglot.nn import Student
from kiloglot.training.batches import Batcher

__all__ = ["Assessment", "assess"]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Means over locales, in [0, 1]."""

    intent: float
    """Intent accuracy."""
    exact: float
    """Share of utterances whose intent and every unit's slot type are right."""


@torch.no_grad()
def assess(student: Student, dev: Batcher, accelerator: Accelerator) -> Assessment:
    """Reads all of `dev`, each process its share; all of them get the same figures, to the last bit."""
    was_training = student.training
    student.eval()
    locale = dev.examples.locale
    counts = np.zeros((int(locale.max()) + 1, 3), np.int64)
    plan = dev.in_order()[accelerator.process_index :: accelerator.num_processes]
    for chosen, batch in zip(plan, dev.stream(plan), strict=True):
        moved = batch.to(accelerator.device)
        output = student(moved)
        logits, types = student.decided(output, moved.mask)
        intent = logits.argmax(-1) == moved.labels.intent
        slots = ((types == moved.labels.slot) | (moved.mask == 0)).all(dim=1)
        found = torch.stack([torch.ones_like(intent), intent, intent & slots], dim=1)
        np.add.at(counts, locale[chosen], found.cpu().numpy())
    student.train(was_training)
    total = accelerator.reduce(torch.from_numpy(counts).to(accelerator.device), "sum").cpu().numpy()
    read = total[total[:, 0] > 0]
    intent_mean, exact_mean = (read[:, 1:] / read[:, :1]).mean(0)
    return Assessment(float(intent_mean), float(exact_mean))
