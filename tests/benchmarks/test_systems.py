"""One contract for every system: it is made, asked and measured; what it says is what it was taught."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.apart import apart
from benchmarks.corpus import Corpus
from benchmarks.sizes import missing
from benchmarks.systems import Answer, keys, svm_crf, system_of
from kiloglot.data import load, starter_path

_LONG = ("hassil_templates", "xlmr_shape", "svm_crf")  # more than a few seconds
_KEYS = [pytest.param(key, marks=[pytest.mark.slow] if key.startswith(_LONG) else []) for key in keys()]


@pytest.mark.parametrize("key", _KEYS)
def test_a_system_is_made_and_answers(key: str, corpus: Corpus, tiny_model: Path, tmp_path: Path) -> None:
    system = system_of(key)
    if absent := missing(system.packages):
        pytest.skip(f"not installed: {', '.join(absent)}")
    paths = {"folder": str(tmp_path / "model"), "questions": str(tmp_path / "questions.json")}
    argument = {"key": key, "corpus": str(corpus.folder), "model": str(tiny_model), "seconds": 0.01, **paths}
    made = apart("benchmarks.serving:made", argument)
    served = apart("benchmarks.serving:served", argument)
    assert made["learned"] > 100 or not made["learned"]
    assert 0 < served["latency"]["p50"] <= served["latency"]["p99"]
    assert 5e6 < served["memory"] < 2e9
    scores = [served[name] for name in ("intent", "slot_f1") if served[name] is not None]
    assert bool(scores) == (system.answer is not None)
    assert all(0.5 < score <= 1 for score in scores)  # A system that learned nothing is no yardstick for cost.


def test_systems_have_different_names() -> None:
    names = [system_of(key).name for key in keys()]
    assert len(set(names)) == len(names)


def test_our_model_comes_first() -> None:
    assert system_of(keys()[0]).name == "kiloglot"


def test_tags_of_the_crf_lead_back_to_the_slots() -> None:
    utterances = load(starter_path(), locales=("en-US", "ru-RU")).only("dev")
    assert len(utterances) > 50
    for utterance in utterances:
        tags = svm_crf.tags(utterance.text, utterance.slots)
        assert svm_crf.answer(utterance.text, ("stop", tags)) == Answer("stop", utterance.slots)
