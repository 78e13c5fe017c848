"""A CRF of one locale, on data that is made so that the answer is known."""

from __future__ import annotations

import pytest

from benchmarks.slot_floors import slot_f1, slots, tags
from kiloglot.data import load, starter_path
from kiloglot.text import segment
from kiloglot.values import Ontology, Slot, Utterance

_PLACES = ("paris", "rome", "oslo", "lima", "cairo", "quito", "bern", "riga")


def _said(partition: str, places: tuple[str, ...]) -> list[Utterance]:
    made = []
    for at, place in enumerate(places):
        text = f"weather in {place} today"
        end = 11 + len(place)
        found = (Slot("place", 11, end), Slot("date", end + 1, len(text)))
        made.append(Utterance(f"{partition}{at}", "en-US", text, "weather", found, partition))  # type: ignore[arg-type]
    return made


def test_types_of_units_lead_back_to_the_slots() -> None:
    utterances = load(starter_path(), locales=("en-US", "ja-JP", "ru-RU")).only("dev")
    assert len(utterances) > 50
    for utterance in utterances:
        units = segment(utterance.text)
        assert tuple(slots(units, tags(utterance, units))) == utterance.slots


def test_what_stands_where_a_place_stands_is_one() -> None:
    pytest.importorskip("sklearn_crfsuite")
    train, dev = _said("train", _PLACES * 4), _said("dev", ("delhi", "minsk"))
    train = [Utterance(f"{at}", u.locale, u.text, u.intent, u.slots) for at, u in enumerate(train)]
    assert slot_f1(train, dev, Ontology.of([*train, *dev])) == 1.0
