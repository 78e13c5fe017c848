"""`make size-curve` on the tiny student: two sizes, scored as `evaluate` scores them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.size_curve import Curve, measured, text
from kiloglot.errors import ConfigError
from kiloglot.stages import evaluate, predict


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work") / "size-curve"


@pytest.fixture(scope="module")
def curve(tiny_student: Path, tiny_assistant: Path, out: Path) -> Curve:
    return measured(tiny_student, tiny_assistant, out, budgets=("60000", "25MB"), seconds=0.02, tolerance=0.05)


def test_points_keep_their_budgets_and_lie_in_the_order_of_their_rows(curve: Curve) -> None:
    small, whole = curve.points
    assert 58_000 < small.bytes <= 60_000 < whole.bytes
    assert sum(small.rows) < sum(whole.rows) == 16_000
    assert small.exact < whole.exact, "what is pruned is missed"
    assert min(point.latency.p50 for point in curve.points) > 0


def test_the_point_of_all_rows_has_the_scores_of_the_model(
    curve: Curve, tiny_model: Path, tiny_assistant: Path, tmp_path: Path
) -> None:
    predicted = tmp_path / "dev.jsonl"
    predict.run(predict.PredictConfig(data=tiny_assistant, out=predicted, model=str(tiny_model)))
    report = evaluate.run(evaluate.EvaluateConfig(data=tiny_assistant, predicted=predicted, resamples=50))
    official, whole = report.mean.official, curve.points[-1]
    assert (whole.intent, whole.exact) == (official.intent_acc, official.ex_match_acc)


def test_a_second_run_keeps_models_and_scores_and_takes_the_times_anew(
    curve: Curve, tiny_student: Path, tiny_assistant: Path, out: Path
) -> None:
    model = out.with_name("size-curve.models") / "60000" / "manifest.json"
    before = model.stat().st_mtime_ns
    again = measured(tiny_student, tiny_assistant, out, budgets=("60000", "25MB"), seconds=0.02, tolerance=0.05)
    assert model.stat().st_mtime_ns == before
    assert [replace(p, latency=None) for p in again.points] == [replace(p, latency=None) for p in curve.points]  # type: ignore[arg-type]
    assert again.points[0].latency != curve.points[0].latency
    assert again.data == curve.data


def test_figures_picture_and_table_are_there_and_nothing_else(curve: Curve, out: Path) -> None:
    assert {path.name for path in out.rglob("*")} == {"size-curve.json", "size-curve.png"}
    found = json.loads((out / "size-curve.json").read_text(encoding="utf-8"))
    assert [point["budget"] for point in found["points"]] == ["60000", "25MB"]
    assert (out / "size-curve.png").read_bytes().startswith(b"\x89PNG")
    assert f"{100 * curve.points[0].exact:.1f}" in text(curve)


def test_files_of_others_are_not_replaced(tiny_student: Path, tiny_assistant: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ConfigError):
        measured(tiny_student, tiny_assistant, tmp_path)
