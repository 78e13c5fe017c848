"""How good the student is on dev, quickly: exact match as the official metric has it, counted on units instead of
tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from kiloglot.nn import Student, likeliest
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
def assess(student: Student, dev: Batcher, device: torch.device) -> Assessment:
    """Reads all of `dev`."""
    was_training = student.training
    student.eval()
    right = np.zeros((len(dev.examples), 2), np.bool_)
    plan = dev.in_order()
    for chosen, batch in zip(plan, dev.stream(plan), strict=True):
        moved = batch.to(device)
        output = student(moved)
        types = likeliest(output.slot, student.transitions, moved.mask)
        intent = output.intent.argmax(-1) == moved.labels.intent
        slots = ((types == moved.labels.slot) | (moved.mask == 0)).all(dim=1)
        right[chosen] = torch.stack([intent, intent & slots], dim=1).cpu().numpy()
    student.train(was_training)
    locale = dev.examples.locale
    means = np.stack([right[locale == which].mean(0) for which in np.unique(locale)])
    intent_mean, exact_mean = means.mean(0)
    return Assessment(float(intent_mean), float(exact_mean))
