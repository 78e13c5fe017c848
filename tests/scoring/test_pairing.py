"""Predictions that do not fit the data are refused, with the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloglot.errors import DataError, OntologyError
from kiloglot.scoring.pairing import pair
from kiloglot.values import Ontology, Prediction, Slot, Utterance

_GOLD = [Utterance("1", "de-DE", "wie spät", "time_query"), Utterance("2", "de-DE", "halt", "stop")]
_FIRST, _SECOND = Prediction("1", "de-DE", "time_query"), Prediction("2", "de-DE", "stop")
_ONTOLOGY = Ontology(("stop", "time_query"), ("time",))


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """A file of three predictions with a blank line after the first."""
    path = tmp_path / "answers.jsonl"
    path.write_text("{}\n\n{}\n{}\n", encoding="utf-8")
    return path


def test_predictions_are_put_in_the_order_of_the_data() -> None:
    assert pair(_GOLD, [_SECOND, _FIRST], _ONTOLOGY) == [_FIRST, _SECOND]


def test_an_empty_intent_is_an_answer() -> None:
    nothing = Prediction("1", "de-DE", "", rejected="empty")
    assert pair(_GOLD, [nothing, _SECOND], _ONTOLOGY)[0] is nothing


@pytest.mark.parametrize(
    ("predictions", "line", "message"),
    [
        ([_FIRST], None, "1 of 2 utterances have no prediction, the first is id '2' in de-DE"),
        ([_FIRST, _SECOND, _FIRST], 4, "second prediction for id '1'"),
        ([_FIRST, Prediction("3", "de-DE", "stop")], 3, "no utterance has id '3' in de-DE"),
        ([_FIRST, Prediction("2", "en-US", "stop")], 3, "no utterance has id '2' in en-US"),
        ([Prediction("1", "de-DE", "time_query", (Slot("time", 4, 9),)), _SECOND], 1, "an utterance of 8 code points"),
        ([Prediction("1", "de-DE", "stop", (Slot("time", 4, 4),)), _SECOND], 1, r"\[4, 4\)"),
        ([Prediction("1", "de-DE", "stop", (Slot("time", 2, 5), Slot("time", 1, 2))), _SECOND], 1, "out of order"),
    ],
)
def test_what_does_not_fit_is_refused(
    predictions: list[Prediction], line: int | None, message: str, answers: Path
) -> None:
    with pytest.raises(DataError, match=message) as refused:
        pair(_GOLD, predictions, _ONTOLOGY, answers)
    assert (refused.value.path, refused.value.line) == (answers, line)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("prediction", "message"),
    [
        (Prediction("1", "de-DE", "play_music"), "intent 'play_music' is none of the 2 intents"),
        (Prediction("1", "de-DE", "stop", (Slot("song", 0, 3),)), "slot type 'song' is none of the 1 slot types"),
    ],
)
def test_another_ontology_is_refused(prediction: Prediction, message: str, answers: Path) -> None:
    with pytest.raises(OntologyError, match=message) as refused:
        pair(_GOLD, [_SECOND, prediction], _ONTOLOGY, answers)
    assert refused.value.line == 3


def test_data_with_an_id_twice_in_a_locale_is_refused() -> None:
    with pytest.raises(DataError, match="two utterances with id '1' in de-DE"):
        pair([*_GOLD, _GOLD[0]], [_FIRST, _SECOND], _ONTOLOGY)


def test_nothing_to_score_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to score"):
        pair([], [], _ONTOLOGY)
