"""`kiloglot evaluate` on files: what it writes, and that it writes nothing where it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiloglot.errors import ConfigError, DataError, OntologyError
from kiloglot.stages.evaluate import EvaluateConfig, run

_ROWS = [
    ("1", "de-DE", "stop", "halt", "halt"),
    ("2", "de-DE", "alarm_set", "weck mich um sechs", "weck mich [time : um sechs]"),
    ("1", "ja-JP", "stop", "止めて", "止めて"),
    ("2", "ja-JP", "alarm_set", "六時に起こして", "[time : 六時] に起こして"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four utterances of MASSIVE's shape in two files."""
    folder = tmp_path / "data"
    folder.mkdir()
    for locale in ("de-DE", "ja-JP"):
        rows = [
            {"id": i, "locale": loc, "partition": "dev", "scenario": "x", "intent": intent, "utt": u, "annot_utt": a}
            for i, loc, intent, u, a in _ROWS
            if loc == locale
        ]
        _lines(folder / f"{locale}.jsonl", rows)
    return folder


def _lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def _answers() -> list[dict[str, object]]:
    """All right but the German alarm, whose slot is one word short."""
    return [
        {"id": "1", "locale": "de-DE", "intent": "stop", "slots": [], "confidence": 0.9},
        {"id": "2", "locale": "de-DE", "intent": "alarm_set", "slots": [{"type": "time", "start": 13, "end": 18}]},
        {"id": "1", "locale": "ja-JP", "intent": "stop", "slots": [], "guessed_locale": "zh-CN"},
        {"id": "2", "locale": "ja-JP", "intent": "alarm_set", "slots": [{"type": "time", "start": 0, "end": 2}]},
    ]


def test_predictions_of_any_system_are_scored(data: Path, tmp_path: Path) -> None:
    predicted = _lines(tmp_path / "system.jsonl", _answers())
    report = run(EvaluateConfig(data, predicted, resamples=20))
    german, japanese = report.locales
    assert (german.official.intent_acc, german.official.slot_micro_f1, german.official.ex_match_acc) == (1.0, 0.0, 0.5)
    assert japanese.official.ex_match_acc == 1.0
    assert report.answers.locale_acc == 0.0
    assert report.signature.model.startswith("system@")


def test_the_report_is_written_whole(data: Path, tmp_path: Path) -> None:
    predicted, out = _lines(tmp_path / "system.jsonl", _answers()), tmp_path / "scores"
    report = run(EvaluateConfig(data, predicted, out=out, resamples=20))
    names = {"report.json", "report.html", "mistakes.jsonl", "locales.png", "confusion.png"}
    assert names < {path.name for path in out.iterdir()}
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == json.loads(report.to_json())
    (mistake,) = [json.loads(line) for line in (out / "mistakes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (mistake["id"], mistake["locale"]) == ("2", "de-DE")


def test_chosen_locales_need_only_their_own_predictions(data: Path, tmp_path: Path) -> None:
    predicted = _lines(tmp_path / "german.jsonl", _answers()[:2])
    report = run(EvaluateConfig(data, predicted, locales=("de-DE",), resamples=20))
    assert [each.locale for each in report.locales] == ["de-DE"]


@pytest.mark.parametrize(
    ("answers", "error", "message"),
    [
        (_answers()[:3], DataError, "1 of 4 utterances have no prediction"),
        ([*_answers(), {"id": "9", "locale": "de-DE", "intent": "stop", "slots": []}], DataError, r"jsonl:5: .*'9'"),
        ([{**_answers()[0], "intent": "turn_left"}, *_answers()[1:]], OntologyError, "jsonl:1: intent 'turn_left'"),
    ],
)
def test_predictions_that_do_not_fit_leave_nothing_behind(
    data: Path, tmp_path: Path, answers: list[dict[str, object]], error: type[DataError], message: str
) -> None:
    predicted, out = _lines(tmp_path / "system.jsonl", answers), tmp_path / "scores"
    with pytest.raises(error, match=message):
        run(EvaluateConfig(data, predicted, out=out))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "system.jsonl"]


def test_a_folder_that_holds_something_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    predicted = _lines(tmp_path / "system.jsonl", _answers())
    with pytest.raises(DataError, match="exists already"):
        run(EvaluateConfig(data, predicted, out=data))


def test_the_files_of_rasa_stand_beside_the_report(data: Path, tmp_path: Path) -> None:
    predicted = _lines(tmp_path / "system.jsonl", [row | {"confidence": 0.5} for row in _answers()])
    run(EvaluateConfig(data, predicted, out=tmp_path / "report", resamples=20, rasa=True))
    report = json.loads((tmp_path / "report" / "intent_report.json").read_text(encoding="utf-8"))
    assert (report["stop"]["support"], report["accuracy"]) == (2, 1.0)
    for name in ("intent_confusion_matrix.png", "intent_histogram.png"):
        assert (tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG")
    for name in ("intent_errors.json", "intent_successes.json", "DIETClassifier_errors.json"):
        assert json.loads((tmp_path / "report" / name).read_text(encoding="utf-8")) is not None


def test_files_of_rasa_need_a_folder(data: Path, tmp_path: Path) -> None:
    predicted = _lines(tmp_path / "system.jsonl", _answers())
    with pytest.raises(ConfigError, match="no folder"):
        run(EvaluateConfig(data, predicted, rasa=True))
