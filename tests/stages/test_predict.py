"""`predict`: one line for every utterance, that `evaluate` can read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kiloglot.data import load, read_predictions
from kiloglot.errors import ArtifactError, DataError
from kiloglot.runtime import NLU
from kiloglot.stages import evaluate, predict
from kiloglot.stages.predict import PredictConfig


@pytest.fixture
def config(tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> PredictConfig:
    return PredictConfig(data=tiny_assistant, out=tmp_path / "predicted.jsonl", model=str(tiny_model))


@pytest.mark.parametrize("tell", [True, False])
def test_predictions_are_the_parses_of_the_model(config: PredictConfig, tell: bool) -> None:
    report = predict.run(replace(config, tell_locale=tell))
    data, nlu = load(config.data, partitions=["dev"]), NLU.load(config.model)
    found = {(p.locale, p.id): p for p in read_predictions(config.out)}
    assert report.utterances == len(found) == len(data.utterances)
    for utterance in data.utterances[::7]:
        parse = nlu.parse(utterance.text, utterance.locale if tell else None)
        prediction = found[utterance.locale, utterance.id]
        assert (prediction.intent, prediction.slots) == (parse.intent, parse.slots)
        assert prediction.confidence == pytest.approx(parse.confidence, abs=1e-3)
        assert prediction.guessed_locale == (None if tell else parse.locale)
        assert prediction.rejected == parse.rejected
    assert report.rejected == sum(p.rejected is not None for p in found.values())


def test_they_are_scored_as_the_exporter_counted(config: PredictConfig, tmp_path: Path) -> None:
    predict.run(config)
    scores = evaluate.run(evaluate.EvaluateConfig(data=config.data, predicted=config.out, resamples=50))
    assert scores.signature.utterances == len(load(config.data, partitions=["dev"]).utterances)


def test_a_part_of_the_data(config: PredictConfig) -> None:
    report = predict.run(replace(config, partition="test", locales=("ja-JP",)))
    test = load(config.data, partitions=["test"], locales=["ja-JP"])
    assert {(p.locale, p.id) for p in read_predictions(config.out)} == {(u.locale, u.id) for u in test.utterances}
    assert report.utterances == len(test.utterances)


def test_many_chunks_are_one_prediction_each(config: PredictConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    predict.run(config)
    whole = read_predictions(config.out)
    monkeypatch.setattr(predict, "_CHUNK", 5)
    predict.run(replace(config, out=config.out.with_name("again.jsonl")))
    again = read_predictions(config.out.with_name("again.jsonl"))
    assert [(p.id, p.intent, p.slots) for p in again] == [(p.id, p.intent, p.slots) for p in whole]


def test_no_model_no_file(config: PredictConfig) -> None:
    with pytest.raises(ArtifactError, match="no model 'absent'"):
        predict.run(replace(config, model="absent"))
    assert not config.out.exists()


def test_no_data_no_file(config: PredictConfig, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        predict.run(replace(config, data=tmp_path / "absent"))
    assert not config.out.exists()
