"""The report counts what the predictions say, and says what its figures are about."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from kiloglot.scoring.evaluation import evaluate
from kiloglot.scoring.report import EvaluationReport
from kiloglot.values import Dataset, Prediction


def test_the_mean_is_that_of_the_locales(report: EvaluationReport) -> None:
    shares = [each.official.intent_acc for each in report.locales]
    assert report.mean.official.intent_acc == pytest.approx(sum(shares) / 3)
    assert report.mean.locales == 3
    assert report.mean_1_0 is None


def test_what_the_predictions_say_beside_intents_is_counted(
    report: EvaluationReport, dataset: Dataset, answers: tuple[Prediction, ...]
) -> None:
    accepted = [(u, p) for u, p in zip(dataset.utterances, answers, strict=True) if p.rejected is None]
    assert report.answers.rejected == pytest.approx(1 - len(accepted) / 60)
    right = sum(u.intent == p.intent for u, p in accepted)
    assert report.answers.accepted_intent_acc == pytest.approx(right / len(accepted))
    assert report.answers.locale_acc == pytest.approx(0.75)
    assert report.calibration is not None
    assert report.answers.ece == report.calibration.ece
    assert sum(sum(pair) for pair in report.confidence_counts) == 60


def test_predictions_that_say_nothing_more_leave_it_out(dataset: Dataset) -> None:
    plain = [Prediction(u.id, u.locale, u.intent, u.slots) for u in dataset.utterances]
    report = evaluate(dataset, plain, "dev", model="gold", resamples=10)
    assert (report.answers.rejected, report.answers.locale_acc, report.answers.ece) == (None, None, None)
    assert (report.calibration, report.confidence_counts) == (None, ())
    assert report.mean.corrected.ex_match_acc == 1.0


def test_only_the_character_locales_differ_between_the_conversions(report: EvaluationReport) -> None:
    differing = {each.locale for each in report.locales if each.official != each.corrected}
    assert differing == {"ja-JP"}


def test_the_signature_changes_with_the_data_and_the_resampling(report: EvaluationReport) -> None:
    line = str(report.signature)
    assert "data:assistant@0123456789ab|part:dev" in line
    assert line != str(replace(report.signature, data_signature="ba9876543210"))
    assert line != str(replace(report.signature, seed=1))


def test_json_holds_every_figure(report: EvaluationReport) -> None:
    content = json.loads(report.to_json())
    assert content["mean"]["official"]["slot_micro_f1"] == report.mean.official.slot_micro_f1
    assert [each["locale"] for each in content["locales"]] == ["ar-SA", "de-DE", "ja-JP"]
    assert content["mistakes"] == len(report.mistakes)
    assert content["signature_line"] == str(report.signature)


def test_the_terminal_table_has_a_line_for_each_mean_and_locale(report: EvaluationReport) -> None:
    lines = report.to_text().splitlines()
    first_words = [line.split()[0] for line in lines]
    assert first_words[:5] == ["locale", "mean", "ar-SA", "de-DE", "ja-JP"]
    assert f"{100 * report.locales[1].official.ex_match_acc:.1f}" in lines[3]
    assert lines[-1] == str(report.signature)


def test_the_terminal_table_is_silent_about_the_fault_where_there_is_none(dataset: Dataset) -> None:
    german = replace(dataset, utterances=tuple(u for u in dataset.utterances if u.locale == "de-DE"))
    plain = [Prediction(u.id, u.locale, u.intent, u.slots) for u in german.utterances]
    assert "corrected" not in evaluate(german, plain, "dev", model="gold", resamples=10).to_text()
