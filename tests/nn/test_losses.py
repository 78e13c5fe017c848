"""What is minimised: shares, masks and weights."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from kiloglot.nn import Bags, Batch, Labels, Losses, Output, Student, StudentShape, losses
from kiloglot.settings import LossWeights

SHAPE = StudentShape(4, 3, 2, 5, 30, 30, unit_width=4, bag_width=4, hidden=8, embedding=4, bits=8)
INTENT_ALONE = LossWeights(slot_weight=0, begins_weight=0, locale_weight=0, meaning_weight=0, smoothing=0)


def student() -> Student:
    torch.manual_seed(0)
    return Student(SHAPE, dropout=0.0, unit_dropout=0.0)


def batch(weights: list[float]) -> Batch:
    """Utterances of 3, 0 and 2 units, as many as there are weights."""
    size, mask = len(weights), torch.tensor([[1.0, 1, 1], [0, 0, 0], [1, 1, 0]])[: len(weights)]
    rows = Bags(torch.arange(3), torch.arange(3), torch.arange(3))
    labels = Labels(
        intent=torch.tensor([1, 0, 3])[:size],
        slot=torch.tensor([[0, 2, 2], [0, 0, 0], [1, 3, 0]])[:size],
        begins=torch.tensor([[0.0, 1, 0], [0, 0, 0], [1, 1, 0]])[:size],
        locale=torch.tensor([1, 2, 2])[:size],
        meaning=torch.tensor([0, 4, 2])[:size],
        weight=torch.tensor(weights),
    )
    bag = Bags(rows.rows, rows.member[:size], rows.offset[:size])
    where = torch.tensor([[0, 1, 2]] * size)
    return Batch(rows, bag, bag, where, mask, torch.zeros(size, dtype=torch.int64), labels)


def found(weights: LossWeights, of: Batch) -> Losses:
    model = student()
    return losses(model, model(of), of, weights)


def test_intent_alone_is_cross_entropy() -> None:
    of, model = batch([1.0, 1.0, 1.0]), student()
    wanted = F.cross_entropy(model(of).intent, of.labels.intent)
    assert found(INTENT_ALONE, of).total.item() == pytest.approx(wanted.item(), abs=1e-6)


def test_an_utterance_counts_by_its_weight() -> None:
    alone = found(LossWeights(meaning_weight=0), batch([1.0])).total
    heavy = found(LossWeights(meaning_weight=0), batch([1e6, 1.0, 1.0])).total
    assert heavy.item() == pytest.approx(alone.item(), rel=1e-4)


def test_an_utterance_without_units_costs_no_slots() -> None:
    model, of = student(), batch([1e-9, 1.0, 1e-9])
    result = losses(model, model(of), of, LossWeights(locale_weight=0, meaning_weight=0))
    assert result.slot.item() == pytest.approx(0.0, abs=1e-6)
    assert result.total.item() == pytest.approx(result.intent.item(), abs=1e-6)


def test_padding_has_no_gradient() -> None:
    model, of = student(), batch([1.0, 1.0, 1.0])
    output = model(of)
    output.slot.retain_grad()
    output.begins.retain_grad()
    losses(model, output, of, LossWeights()).total.backward()  # type: ignore[no-untyped-call]
    outside = of.mask == 0
    assert output.slot.grad is not None and output.begins.grad is not None
    assert not output.slot.grad[outside].any()
    assert not output.begins.grad[outside].any()


def test_meanings_that_are_said_are_told_apart() -> None:
    model, of = student(), batch([1.0, 1.0, 1.0])
    output = model(of)
    plain, contrast = (losses(model, output, of, LossWeights(meaning_weight=weight)).total for weight in (0, 1))
    anchors = F.normalize(model.meanings(of.labels.meaning), dim=-1)
    # Temperature 0.07, as in CLIP (Radford et al. 2021); the batch holds three meanings, each its own class.
    wanted = F.cross_entropy(output.embedding @ anchors.T / 0.07, torch.arange(3))
    assert (contrast - plain).item() == pytest.approx(wanted.item(), abs=1e-5)


def test_half_precision_outputs_are_scored_in_full() -> None:
    model, of = student(), batch([1.0, 1.0, 1.0])
    output = model(of)
    half = Output(*(getattr(output, name).bfloat16() for name in Output.__slots__))
    result = losses(model, half, of, LossWeights())
    assert result.total.dtype == torch.float32
    assert result.total.item() == pytest.approx(losses(model, output, of, LossWeights()).total.item(), rel=0.02)


def test_smoothing_spreads_the_target() -> None:
    of, model = batch([1.0, 1.0, 1.0]), student()
    logits = model(of).intent
    smooth = replace(INTENT_ALONE, smoothing=0.2)
    wanted = 0.8 * F.cross_entropy(logits, of.labels.intent) - 0.2 * logits.log_softmax(-1).mean()
    assert found(smooth, of).total.item() == pytest.approx(wanted.item(), abs=1e-6)
