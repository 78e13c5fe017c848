"""What is said of Home Assistant's intents is what its package says."""

from __future__ import annotations

import json

from kiloglot.data.home import templates_path
from kiloglot.data.home_intents import NEEDED, OPPOSITES, complete, contrary, opposite


def test_the_slots_that_an_intent_needs_are_those_of_the_package() -> None:
    described = json.loads((templates_path().parent / "intents.json").read_text(encoding="utf-8"))
    places = {"area": "name", "floor": "name"}
    for intent, about in described.items():
        sets = {
            frozenset(places.get(slot, slot) for slot in each["slots"]) for each in about["slot_combinations"].values()
        }
        least = {each for each in sets if not any(other < each for other in sets)}
        assert {frozenset(each.split()) for each in NEEDED[intent]} == least, intent
    assert NEEDED.keys() == described.keys()


def test_what_a_label_fixes_counts_and_what_it_is_for_does_not() -> None:
    assert complete("HassTurnOn/domain=light", ())
    assert complete("HassTurnOn/for=lock", ["area"])
    assert not complete("HassTurnOn/for=lock", ())
    assert complete("HassClimateSetTemperature", ["floor", "temperature"])
    assert not complete("HassClimateSetTemperature", ["floor"])


def test_opposites_fix_the_same() -> None:
    assert opposite("HassTurnOn/domain=cover") == "HassTurnOff/domain=cover"
    assert opposite("HassSetVolumeRelative/volume_step=up") == "HassSetVolumeRelative/volume_step=down"
    assert all(opposite(opposite(intent)) == intent for intent in OPPOSITES)


def test_what_shuts_a_door_is_contrary_to_what_opens_it_however_it_is_shut() -> None:
    shut, opened = (
        ("HassTurnOn/for=lock", "HassTurnOff/domain=cover"),
        ("HassTurnOff/for=lock", "HassTurnOn/domain=cover"),
    )
    assert all(contrary(one, other) and contrary(other, one) for one in shut for other in opened)
    assert not any(contrary(one, other) for side in (shut, opened) for one in side for other in side)
    assert contrary("HassTurnOn", "HassTurnOff/domain=light")
    assert not contrary("HassTurnOn", "HassTurnOn/domain=light")
    assert not contrary("HassGetState", "HassTurnOff")
