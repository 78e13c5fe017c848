"""A small multilingual data set and one system's answers, half of them wrong in some way."""

from __future__ import annotations

import pytest

from kiloglot.scoring.evaluation import evaluate
from kiloglot.scoring.report import EvaluationReport
from kiloglot.values import Dataset, Ontology, Prediction, Slot, Utterance

_SENTENCES = {
    "de-DE": ("spiele <b>abba</b>", 7, 18),
    "ar-SA": ("شغل فيروز", 4, 9),
    "ja-JP": ("abcをかけて", 0, 3),
}


def _utterance(at: int, locale: str) -> Utterance:
    text, start, end = _SENTENCES[locale]
    slots = (Slot("artist_name", start, end),)
    return Utterance(str(at), locale, text, "play_music" if at % 3 else "play_radio", slots, "dev")


def _answer(utterance: Utterance, at: int) -> Prediction:
    return Prediction(
        utterance.id,
        utterance.locale,
        ("play_music", "play_radio", "")[at % 7 % 3],
        utterance.slots if at % 5 else (),
        confidence=(at * 37 % 100) / 100,
        guessed_locale=utterance.locale if at % 4 else "en-US",
        rejected="low_confidence" if at % 10 == 0 else None,
    )


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    """Sixty utterances in German, Arabic and Japanese."""
    utterances = tuple(_utterance(at, locale) for locale in _SENTENCES for at in range(20))
    return Dataset(utterances, Ontology(("play_music", "play_radio"), ("artist_name",)), "assistant", "0123456789ab")


@pytest.fixture(scope="session")
def answers(dataset: Dataset) -> tuple[Prediction, ...]:
    """One prediction for each utterance, with confidence, guessed locale and rejections."""
    return tuple(_answer(utterance, at) for at, utterance in enumerate(dataset.utterances))


@pytest.fixture(scope="session")
def report(dataset: Dataset, answers: tuple[Prediction, ...]) -> EvaluationReport:
    """The report of these answers."""
    return evaluate(dataset, answers, "dev", model="a system", resamples=50)
