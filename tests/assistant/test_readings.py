"""An intent of Home Assistant that lacks a slot which it needs is not what was meant."""

from __future__ import annotations

import pytest

from kiloglot.assistant.readings import fitting
from kiloglot.values import OUTSIDE, Alternative, Parse, Slot

BARE = ("HassLightSet/domain=light", 0.6)  # Without a brightness, a colour or a temperature.


def parse(*likely: tuple[str, float], types: tuple[str, ...] = (), rejected: str | None = None) -> Parse:
    alternatives = tuple(Alternative(intent, share) for intent, share in likely)
    slots = tuple(Slot(kind, at, at + 1) for at, kind in enumerate(types))
    return Parse("licht an", "de-DE", *likely[0], slots, alternatives, rejected, "home 1")


@pytest.mark.parametrize(
    ("likely", "types", "intent", "rejected"),
    [
        ((BARE, ("HassTurnOn/domain=light", 0.3)), (), "HassTurnOn/domain=light", None),
        ((BARE, ("HassTurnOn/domain=light", 0.3)), ("brightness",), "HassLightSet/domain=light", None),
        ((BARE, ("HassTurnOn", 0.2), ("HassTurnOn/domain=light", 0.1)), ("area",), "HassTurnOn", None),
        (
            (BARE, ("HassTurnOn", 0.2), ("HassTurnOn/domain=light", 0.08)),
            (),
            "HassTurnOn/domain=light",
            "low_confidence",
        ),
        ((BARE, (OUTSIDE, 0.3)), (), OUTSIDE, OUTSIDE),
        ((BARE, ("HassTurnOn", 0.3)), (), "HassLightSet/domain=light", "incomplete"),
        ((("HassLightSet", 0.95), ("HassGetWeather", 0.05)), (), "HassLightSet", "incomplete"),
        ((("HassTurnOff", 0.9),), ("device_class",), "HassTurnOff", "incomplete"),
        ((("HassTurnOff/for=lock", 0.9),), ("area",), "HassTurnOff/for=lock", None),
        ((("HassSetVolumeRelative", 0.9),), (), "HassSetVolumeRelative", "incomplete"),
        ((("HassSetVolumeRelative/volume_step=up", 0.9),), (), "HassSetVolumeRelative/volume_step=up", None),
        ((("HassTurnOn/domain=light", 0.53),), (), "HassTurnOn/domain=light", None),  # "mach das licht an"
        ((("HassTurnOn/domain=light", 0.6), (OUTSIDE, 0.2)), (), "HassTurnOn/domain=light", None),
        ((("HassTurnOn/domain=light", 0.6), (OUTSIDE, 0.22)), (), "HassTurnOn/domain=light", "low_confidence"),
        ((("HassTurnOn", 0.6), (OUTSIDE, 0.22)), ("area",), "HassTurnOn", None),
        ((("HassMediaNext", 0.65),), (), "HassMediaNext", "low_confidence"),
        ((("HassMediaNext", 0.75),), (), "HassMediaNext", None),
        ((("HassMediaNext", 0.4),), ("area",), "HassMediaNext", None),
        ((("alarm_set", 0.4),), (), "alarm_set", None),
    ],
)
def test_what_lacks_a_slot_is_read_as_the_likeliest_that_does_not(
    likely: tuple[tuple[str, float], ...], types: tuple[str, ...], intent: str, rejected: str | None
) -> None:
    found = fitting(parse(*likely, types=types))
    assert (found.intent, found.rejected) == (intent, rejected)


def test_what_is_left_is_as_likely_as_before_to_each_other() -> None:
    found = fitting(parse(BARE, ("HassTurnOn/domain=light", 0.3), ("HassGetWeather", 0.1)))
    assert [round(each.confidence, 6) for each in found.alternatives] == [0.75, 0.25]
    assert found.confidence == found.alternatives[0].confidence


def test_what_is_rejected_stays_so() -> None:
    said = parse(BARE, ("HassTurnOn/domain=light", 0.3), rejected="too_long")
    assert fitting(said) == said


@pytest.mark.parametrize(
    ("likely", "types", "intent", "rejected"),
    [
        (((OUTSIDE, 0.5), ("HassTurnOn/domain=light", 0.4)), (), "HassTurnOn/domain=light", None),  # 0.4 of 0.5625
        (((OUTSIDE, 0.7), ("HassTurnOn", 0.2)), ("name",), "HassTurnOn", None),  # 0.2 of 0.3875
        (((OUTSIDE, 0.7), ("HassTurnOn", 0.13)), ("name",), OUTSIDE, OUTSIDE),
        (((OUTSIDE, 0.5), ("HassTurnOn/domain=light", 0.25)), (), "HassTurnOn/domain=light", "low_confidence"),
        (((OUTSIDE, 0.5), ("HassTurnOn", 0.4)), (), OUTSIDE, OUTSIDE),
        (((OUTSIDE, 0.5), ("alarm_set", 0.4)), (), OUTSIDE, OUTSIDE),
    ],
)
def test_what_is_outside_may_be_a_command_after_all(
    likely: tuple[tuple[str, float], ...], types: tuple[str, ...], intent: str, rejected: str | None
) -> None:
    found = fitting(parse(*likely, types=types, rejected=OUTSIDE))
    assert (found.intent, found.rejected) == (intent, rejected)
    assert found.confidence == max(each.confidence for each in found.alternatives)


def test_what_is_rejected_in_doubt_is_no_command_after_all() -> None:
    said = parse(("HassTurnOn/domain=light", 0.6), (OUTSIDE, 0.3), rejected=OUTSIDE)
    assert fitting(said) == said
