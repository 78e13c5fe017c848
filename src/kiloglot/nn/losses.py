"""What the student is trained to say, in one number, with its parts beside it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from kiloglot.nn.batch import Batch, Labels, Output
from kiloglot.nn.chain import chain_loss
from kiloglot.nn.student import Student
from kiloglot.settings import LossWeights

__all__ = ["Losses", "losses"]

_TEMPERATURE = 0.07  # of the contrast between meanings, as in Radford et al. (2021)


@dataclass(frozen=True, slots=True)
class Losses:
    """The loss of a batch and its parts, means over utterances."""

    total: Tensor
    """What is minimised."""
    intent: Tensor
    """Cross-entropy of the intent, in nats."""
    slot: Tensor
    """Negative log-likelihood of the slots' chain, in nats an utterance."""


def losses(student: Student, output: Output, batch: Batch, weights: LossWeights) -> Losses:
    """Losses of what `student` said about `batch`, in full precision."""
    output = output.float()
    labels, share = batch.labels, batch.labels.weight / batch.labels.weight.sum()
    intent = _of_intents(student, output, labels, weights.smoothing)
    slot = chain_loss(output.slot, student.transitions, labels.slot, batch.mask)
    inside = batch.mask * (labels.slot > 0)
    begins = F.binary_cross_entropy_with_logits(output.begins, labels.begins, reduction="none")
    locale = F.cross_entropy(output.locale, labels.locale, reduction="none")
    each = intent + (
        weights.slot_weight * slot + weights.begins_weight * (begins * inside).sum(1) + weights.locale_weight * locale
    )
    if weights.meaning_weight:
        each = each + weights.meaning_weight * _meaning_contrast(student, output, labels)
    return Losses((each * share).sum(), (intent * share).sum().detach(), (slot * share).sum().detach())


def _of_intents(student: Student, output: Output, labels: Labels, smoothing: float) -> Tensor:
    """Cross-entropy [B] of the intent: the mean of both opinions', each as if it stood alone, where there are two."""

    def missed(logits: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels.intent, reduction="none", label_smoothing=smoothing)

    if student.words is None or student.shape.known:
        return missed(output.intent)
    return (missed(output.intent - output.by_words) + missed(output.by_words)) / 2


def _meaning_contrast(student: Student, output: Output, labels: Labels) -> Tensor:
    """Cross-entropy [B] of finding each utterance's meaning among those of the batch."""
    present, place = torch.unique(labels.meaning, return_inverse=True)
    anchors = F.normalize(student.meanings(present), dim=-1)
    return F.cross_entropy(output.embedding @ anchors.T / _TEMPERATURE, place, reduction="none")
