"""Nobody acts on a command whose opposite is almost as likely, and what an intent fixes is told apart from its name."""

from __future__ import annotations

import pytest

from kiloglot.assistant import Registry
from kiloglot.assistant.answers import Command
from kiloglot.assistant.opposites import opposed
from kiloglot.data import Area, Device, Household
from kiloglot.data.home_intents import OPPOSITES, opposite
from kiloglot.values import Alternative, Parse, Slot


def parse(
    *likely: tuple[str, float], slots: tuple[Slot, ...] = (), text: str = "lock the front door", locale: str = "en-US"
) -> Parse:
    alternatives = tuple(Alternative(intent, share) for intent, share in likely)
    return Parse(text, locale, likely[0][0], likely[0][1], slots, alternatives, None, "home 1")


@pytest.mark.parametrize(
    ("likely", "expected"),
    [
        ((("HassTurnOn/for=lock", 0.6), ("HassTurnOff/for=lock", 0.09)), True),
        ((("HassTurnOn/for=lock", 0.6), ("HassTurnOff/for=lock", 0.08)), False),
        ((("HassTurnOn/for=lock", 0.6), ("HassTurnOn/domain=cover", 0.06), ("HassTurnOff/for=lock", 0.03)), True),
        ((("HassTurnOn/for=lock", 0.6), ("HassTurnOff/domain=cover", 0.3), ("HassTurnOff/for=lock", 0.03)), False),
        ((("HassTurnOn/for=lock", 0.3), ("HassTurnOn", 0.3), ("HassTurnOff", 0.08)), False),
        ((("HassTurnOn/for=lock", 0.3), ("HassTurnOn", 0.3), ("HassTurnOff", 0.1)), True),
        ((("HassSetVolumeRelative/volume_step=up", 0.5), ("HassSetVolumeRelative/volume_step=down", 0.4)), True),
        ((("HassSetVolumeRelative", 0.5), ("HassSetVolumeRelative/volume_step=down", 0.4)), False),
        ((("HassGetState", 0.5), ("HassTurnOff", 0.4)), False),
        ((("alarm_set", 0.5), ("alarm_remove", 0.4)), False),
    ],
)
def test_an_opposite_that_is_half_as_likely_or_a_seventh_of_doors_is_too_likely(
    likely: tuple[tuple[str, float], ...], expected: bool
) -> None:
    assert opposed(parse(*likely)) is expected
    assert Command(0, parse(*likely)).rejected == ("opposite" if expected else None)


@pytest.mark.parametrize(
    ("text", "locale", "intent", "most"),
    [
        ("lock the front door", "en-US", "HassTurnOn/for=lock", 0.15),
        ("front door lock please", "en-US", "HassTurnOn/for=lock", 0.15),
        ("the front door", "en-US", "HassTurnOn/for=lock", 0.03),
        ("unlock the front door", "en-US", "HassTurnOn/for=lock", 0.02),
        ("verriegle die tür", "de-AT", "HassTurnOn/for=lock", 0.15),
        ("sperr die haustüre auf", "de-DE", "HassTurnOff/for=lock", 0.15),
        ("sperr die haustüre auf", "de-DE", "HassTurnOn/for=lock", 0.02),
        ("open the garage door", "en-US", "HassTurnOn/domain=cover", 0.15),
        ("lock the front door", "tlh", "HassTurnOn/for=lock", 0.15),
        ("turn on the light", "en-US", "HassTurnOn/domain=light", 0.5),
        ("the light", "en-US", "HassTurnOn/domain=light", 0.07),
        ("turn off the light", "en-US", "HassTurnOn/domain=light", 0.02),
        ("turn on the light", "tlh", "HassTurnOn/domain=light", 0.3),
    ],
)
def test_it_may_be_the_less_likely_the_less_the_words_speak_against_it(
    text: str, locale: str, intent: str, most: float
) -> None:
    for share, expected in ((most, True), (0.9 * most, False)):
        assert opposed(parse((intent, 1.0), (opposite(intent), share), text=text, locale=locale)) is expected


def test_opposites_are_mutual() -> None:
    assert all(OPPOSITES[OPPOSITES[intent]] == intent != OPPOSITES[intent] for intent in OPPOSITES)


@pytest.mark.parametrize(
    ("label", "intent", "fixed"),
    [
        ("HassTurnOn/domain=light", "HassTurnOn", (("domain", "light"),)),
        ("HassSetVolumeRelative/volume_step=up", "HassSetVolumeRelative", (("volume_step", "up"),)),
        ("HassTurnOn/for=lock", "HassTurnOn", (("for", "lock"),)),
        ("faq/opening_hours", "faq/opening_hours", ()),
    ],
)
def test_what_an_intent_fixes_is_told_apart(label: str, intent: str, fixed: tuple[tuple[str, str], ...]) -> None:
    command = Command(0, parse((label, 0.9)))
    assert (command.intent, command.fixed) == (intent, fixed)


def test_a_lock_is_meant_where_something_is_locked() -> None:
    household = Household((Device("Front door", "binary_sensor"), Device("Front door", "lock", id="lock.front")))
    slot = Slot("name", 9, 19)
    locked, asked = (
        Command(0, parse((label, 0.9), slots=(slot,))) for label in ("HassTurnOn/for=lock", "HassGetState")
    )
    registry = Registry(household)
    assert [thing.id for thing in registry.resolved(locked).things(slot)] == ["lock.front"]
    assert len(registry.resolved(asked).things(slot)) == 2


@pytest.mark.parametrize(
    ("domain", "intent", "rejected"),
    [("cover", "HassTurnOn", None), ("lock", "HassTurnOff/for=lock", None), ("", "HassTurnOff/for=lock", "opposite")],
)
@pytest.mark.parametrize("first", [0, 1])
def test_what_is_opened_decides_whether_it_is_unlocked(
    domain: str, intent: str, rejected: str | None, first: int
) -> None:
    likely = (("HassTurnOff/for=lock", 0.45 - 0.1 * first), ("HassTurnOn", 0.4), ("HassTurnOff", 0.02))
    said = parse(*sorted(likely, key=lambda each: -each[1]), slots=(Slot("name", 6, 9),), text="öffne Tor")
    found = Registry(Household((Device("Tor", domain),))).resolved(Command(0, said))
    if domain:
        assert found.parse.intent == intent
        assert 0.6 < found.parse.confidence < 0.8
    assert found.rejected == rejected


def test_what_no_lock_decides_is_as_it_was() -> None:
    said = parse(("HassGetWeather", 0.5), ("HassTurnOff/for=lock", 0.4), slots=(Slot("name", 6, 9),), text="öffne Tor")
    assert Registry(Household((Device("Tor", "cover"),))).resolved(Command(0, said)).parse == said


def test_what_is_no_lock_is_not_unlocked() -> None:
    said = parse(
        ("HassTurnOff/for=lock", 0.97), ("HassTurnOn", 0.02), slots=(Slot("name", 10, 13),), text="entriegle Tor"
    )
    cover, lock = (Registry(Household((Device("Tor", d),))).resolved(Command(0, said)) for d in ("cover", "lock"))
    assert (cover.rejected, lock.rejected) == ("opposite", None)


@pytest.mark.parametrize(
    ("likely", "intent", "rejected"),
    [
        ((("HassTurnOn/domain=cover", 0.7), ("HassTurnOff/for=lock", 0.2)), "HassTurnOff/for=lock", None),
        ((("HassTurnOn/domain=cover", 0.97), ("HassTurnOff/for=lock", 0.02)), "HassTurnOn/domain=cover", "opposite"),
        ((("HassGetState", 0.97),), "HassGetState", None),
    ],
)
@pytest.mark.parametrize("type_", ["name", "device_class"])
def test_a_lock_is_not_opened_as_a_cover_is(
    likely: tuple[tuple[str, float], ...], intent: str, rejected: str | None, type_: str
) -> None:
    said = parse(*likely, slots=(Slot(type_, 6, 9),), text="öffne Tor")
    found = Registry(Household((Device("Tor", "lock"),))).resolved(Command(0, said))
    assert (found.parse.intent, found.rejected) == (intent, rejected)
    assert [found.type(slot) for slot in found.parse.slots] == ["name"]


def test_a_kind_of_cover_stays_one_where_no_lock_is_called_so() -> None:
    said = parse(("HassTurnOn/domain=cover", 0.9), slots=(Slot("device_class", 6, 9),), text="öffne Tor")
    for devices in ((Device("Tor", "cover"),), (Device("Haustür", "lock"),)):
        assert Registry(Household(devices)).resolved(Command(0, said)).parse == said


def test_a_device_is_meant_where_its_name_is_taken_for_a_room() -> None:
    household = Household((Device("Küchenlampe", "light"), Device("Haustür", "lock")), (Area("Küche"), Area("Flur")))
    registry = Registry(household)
    for text, slot, name, type_ in (
        ("mach die küchenlampen an", Slot("area", 9, 21), "Küchenlampe", "name"),
        ("sperr die haustüre auf", Slot("area", 10, 18), "Haustür", "name"),
        ("licht in der küche an", Slot("area", 13, 18), "Küche", "area"),
        ("licht im flur an", Slot("name", 9, 13), "Flur", "area"),
    ):
        command = registry.resolved(Command(0, parse(("HassTurnOn", 0.9), slots=(slot,), text=text)))
        assert (command.value(command.parse.slots[0]), command.type(command.parse.slots[0])) == (name, type_)
