"""`kiloglot demo`: a model of the starter assistant, and answers in many languages."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from kiloglot.errors import DataError
from kiloglot.progress import Progress
from kiloglot.stages import train
from kiloglot.stages.demo import UTTERANCES, DemoConfig, run
from kiloglot.text import canonical_locale


def test_the_utterances_are_many_and_each_of_another_locale() -> None:
    locales = [locale for locale, _ in UTTERANCES]
    assert len(set(locales)) == len(locales) >= 24
    assert [canonical_locale(locale) for locale in locales] == locales
    assert len({text for _, text in UTTERANCES}) == len(locales)


def test_a_demo_trains_and_answers_in_every_language(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    report = run(DemoConfig(out, locales=("en-US",), epochs=3, model=str(out / "starter" / "model")))
    assert report.ok
    assert report.trained.report.read_text(encoding="utf-8").startswith("<!")
    assert [(answer.locale, answer.parse.text) for answer in report.answers] == list(UTTERANCES)
    assert all(answer.milliseconds > 0 and answer.parse.locale == answer.locale for answer in report.answers)


def test_a_demo_replaces_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "run", _trained)
    config = DemoConfig(tmp_path / "demo", locales=("en-US",), model="nowhere")
    run(config)
    (tmp_path / "demo" / "starter" / "note.txt").write_text("from the first demo", encoding="utf-8")
    run(config)
    assert {path.name for path in (tmp_path / "demo" / "starter").iterdir()} == {"assistant.toml", "locales"}


def test_a_model_that_is_not_there_is_trouble_and_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "run", _trained)
    report = run(DemoConfig(tmp_path / "demo", locales=("en-US",), model="nowhere"))
    assert not report.ok
    assert report.answers == ()
    assert "no model 'nowhere'" in report.trouble


def _trained(config: train.TrainConfig, progress: Progress) -> SimpleNamespace:
    """Stands for a training, which takes its time."""
    return SimpleNamespace(exported=SimpleNamespace(exact=0.5))


def test_the_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(DataError, match="no demo's folder"):
        run(DemoConfig(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "dear"
