"""Where intents are lost, on data that is made so that the answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.meanings import measured, text
from kiloglot.data import load
from kiloglot.values import Dataset, Ontology, Utterance

TRAIN = [("play", "play some music"), ("stop", "stop it now"), ("wake", "wake me up")]


def _data(dev: dict[str, list[tuple[str, str, str]]]) -> Dataset:
    """Twenty times `TRAIN` in each locale, and `dev`: locale -> (id, intent, text)."""
    utterances = [
        Utterance(f"{at}.{intent}", locale, sentence, intent)
        for locale in dev
        for at in range(20)
        for intent, sentence in TRAIN
    ]
    for locale, rows in dev.items():
        utterances += [Utterance(id, locale, words, intent, partition="dev") for id, intent, words in rows]
    return Dataset(tuple(utterances), Ontology.of(utterances), "made", "0" * 12)


def test_other_languages_outvote_one_that_is_wrong() -> None:
    rows = [("a", "play", "play some music"), ("b", "stop", "stop it now")]
    wrong = [("a", "play", "stop it now"), ("b", "stop", "stop it now")]
    found = measured(_data({"de-DE": rows, "en-US": rows, "fr-FR": wrong}))
    assert [each.right.tolist() for each in found.locales] == [[True, True], [True, True], [False, True]]
    assert (found.meanings, found.voted) == (2, 1.0)
    assert "all 3 locales together: 100.0 % of 2 meanings right" in text(found)


def test_a_word_that_training_hardly_has_is_rare() -> None:
    rows = [("a", "play", "Play some MUSIC!"), ("b", "stop", "stop it tomorrow")]
    (found,) = measured(_data({"en-US": rows})).locales
    assert found.rare.tolist() == [False, True]


def test_real_sentences_are_read_in_every_locale(tiny_assistant: Path) -> None:
    data = load(tiny_assistant, partitions=("train", "dev"))
    found = measured(data)
    assert [each.locale for each in found.locales] == ["de-DE", "en-US", "ja-JP"]
    assert np.mean(np.concatenate([each.right for each in found.locales])) > 0.6
