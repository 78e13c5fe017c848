"""Curves as TensorBoard itself reads them."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import finetune

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]


def test_curves_can_be_read_back(tiny_assistant: Path, tmp_path: Path) -> None:
    sizes = Sizes(unit_rows=2000, bag_rows=2000, unit_width=4, bag_width=4, hidden=8, embedding=4, min_count=1)
    asked = finetune.FinetuneConfig(
        data=tiny_assistant,
        out=tmp_path / "student",
        locales=("en-US",),
        tensorboard=tmp_path / "curves",
        sizes=sizes,
        fitting=Fitting(epochs=2, budget=400, device="cpu"),
    )
    report = finetune.run(asked)
    events = EventAccumulator(str(tmp_path / "curves"))
    events.Reload()
    assert [event.step for event in events.Scalars("train/loss")] == list(range(report.steps))
    assert len(events.Scalars("train/rate")) == report.steps
    exact = [event.value for event in events.Scalars("dev/exact_match")]
    assert len(exact) == 2
    assert max(exact) == pytest.approx(report.exact)
    intent = [event.value for event in events.Scalars("dev/intent_accuracy")]
    assert intent[report.best_epoch - 1] == pytest.approx(report.intent)
