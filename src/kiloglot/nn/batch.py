"""What the student reads and says, as tensors. B utterances of at most T units; D distinct units among them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

__all__ = ["Bags", "Batch", "Labels", "Output", "Words"]


@dataclass(frozen=True, slots=True)
class Bags:
    """Sets of table rows, each to be averaged. Every row that is used stands once in `rows`."""

    rows: Tensor
    """[K] int64, distinct rows of a table."""
    member: Tensor
    """[M] int64, places in `rows`, set after set."""
    offset: Tensor
    """[sets] int64, where each set begins in `member`."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words and parts of words that have a row of their own: K distinct ones, at most S in an utterance."""

    rows: Bags
    """K sets of one row each; a single one where there is none."""
    where: Tensor
    """[B, S] int64, which of the sets stands at each place; anything where `mask` is 0."""
    mask: Tensor
    """[B, S] float, 1 where there is one."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the student should say."""

    intent: Tensor
    """[B] int64."""
    slot: Tensor
    """[B, T] int64, 0 where there is no slot, else 1 + the slot type's place in the ontology."""
    begins: Tensor
    """[B, T] float, 1 at the first unit of a slot."""
    locale: Tensor
    """[B] int64, 1 + the locale's place; 0 is never a label."""
    meaning: Tensor
    """[B] int64; equal for utterances that say the same, as translations do."""
    weight: Tensor
    """[B] float, share in the losses."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Utterances as the student reads them."""

    units: Bags
    """D sets: the n-grams of each distinct unit."""
    bag: Bags
    """B sets: the n-grams of each utterance."""
    words: Words
    """What is known of its words; nothing where the student was told no words."""
    where: Tensor
    """[B, T] int64, the distinct unit at each place; anything where `mask` is 0."""
    mask: Tensor
    """[B, T] float, 1 where there is a unit."""
    locale: Tensor
    """[B] int64, 1 + the locale's place, or 0 where the student is not told."""
    labels: Labels
    """What it should say."""

    def to(self, device: torch.device) -> Batch:
        """The same batch on `device`."""
        moved: Batch = _moved(self, device)
        return moved


@dataclass(frozen=True, slots=True)
class Output:
    """What the student says, before any decoding."""

    intent: Tensor
    """[B, intents] logits."""
    slot: Tensor
    """[B, T, 1 + slot types] emissions of the chain over slot types; 0 is no slot."""
    begins: Tensor
    """[B, T] logits: does a new slot begin at this unit?"""
    locale: Tensor
    """[B, 1 + locales] logits; 0 is never right."""
    embedding: Tensor
    """[B, embedding width] unit vectors: utterances that say the same lie close together."""
    by_words: Tensor
    """[B, intents] the part of `intent` that the words alone give; zeros where the student was told no words."""

    def float(self) -> Output:
        """The same in full precision, whatever the network ran in."""
        return Output(*(getattr(self, field.name).float() for field in fields(self)))


def _moved(value: Any, device: torch.device) -> Any:
    moved = {}
    for field in fields(value):
        part = getattr(value, field.name)
        moved[field.name] = part.to(device, non_blocking=True) if isinstance(part, Tensor) else _moved(part, device)
    return type(value)(**moved)
