"""`kiloglot demo`: a model of the starter assistant, and answers in many languages."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from kiloglot.errors import DataError
from kiloglot.stages import demo, train
from kiloglot.stages.demo import UTTERANCES, DemoConfig, run
from kiloglot.text import canonical_locale


def test_the_utterances_are_many_and_each_of_another_locale() -> None:
    locales = [locale for locale, _ in UTTERANCES]
    assert len(set(locales)) == len(locales) >= 24
    assert [canonical_locale(locale) for locale in locales] == locales
    assert len({text for _, text in UTTERANCES}) == len(locales)


def test_a_demo_can_be_shown_twice(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    config = DemoConfig(out, locales=("en-US",), epochs=1, model=str(out / "starter" / "model"))
    for _ in range(2):
        report = run(config)
        assert report.ok
        assert report.trained.report.read_text(encoding="utf-8").startswith("<!")
        assert [(answer.locale, answer.parse.text) for answer in report.answers] == list(UTTERANCES)
        assert all(answer.milliseconds > 0 and answer.parse.locale == answer.locale for answer in report.answers)


def test_a_model_that_is_not_there_is_trouble_and_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = SimpleNamespace(exported=SimpleNamespace(exact=0.5))
    monkeypatch.setattr(train, "run", lambda config, progress: trained)
    report = run(DemoConfig(tmp_path / "demo", locales=("en-US",), model="nowhere"))
    assert (report.ok, report.answers, report.trained) == (False, (), trained)
    assert "no model 'nowhere'" in report.trouble


def test_the_folder_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo.init, "run", pytest.fail)
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(DataError, match="no demo's folder"):
        run(DemoConfig(tmp_path))
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "dear"
