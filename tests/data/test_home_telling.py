"""Words that tell a command from its opposite are found by counting, and found again in what is said."""

from __future__ import annotations

import pytest

from kiloglot.data.home import home_locale, templates_path
from kiloglot.data.home_telling import clues, telling, told
from kiloglot.text import parse_annotated
from kiloglot.values import Partition, Utterance


def said(intent: str, way: str, number: int, partition: Partition = "train") -> list[Utterance]:
    """So many commands, each with a room of its own."""
    text, slots = parse_annotated(way)
    return [Utterance(f"{way}/{at}", "en-US", text, intent, slots, partition, "", 1.0) for at in range(number)]


def test_clues_are_words_and_their_edges_and_runs_of_characters() -> None:
    assert clues("Schalte ein!") == {"schalte", "sch…", "…lte", "ein", "ein."}
    assert clues("เปิดไฟ") >= {"เปิดไฟ", "เปิ…", "เปิด", "ปิด", "ดไฟ"}
    assert clues("开灯 on") == {"开", "灯", "开灯", "on", "on."}
    assert clues("?!") == frozenset()


def test_words_that_only_one_side_says_tell() -> None:
    on, off = "HassTurnOn/domain=light", "HassTurnOff/domain=light"
    found = telling(
        [
            *said(on, "switch on in the [area : off room]", 20),
            *said(off, "switch off in the [area : off room]", 20),
            *said(on, "activate everything", 2),  # Too few.
            *said(on, "enable everything", 20, "dev"),  # Not to be known.
        ]
    )
    assert found == {"en-US": {"HassTurnOff": ["off"], "HassTurnOn": ["on"]}}


def test_a_word_that_tells_nothing_but_where_it_comes_last_tells_there() -> None:
    unlock, lock = "HassTurnOff/for=lock", "HassTurnOn/for=lock"
    ways = {unlock: ("sperr die tür auf", "sperr auf dem hof auf"), lock: ("sperr zu", "sperr auf dem hof zu")}
    found = telling([each for intent, own in ways.items() for way in own for each in said(intent, way, 20)])["en-US"]
    assert ("auf" in found[unlock], "auf." in found[unlock]) == (False, True)
    assert ("zu" in found[lock], "zu." in found[lock]) == (True, False)  # No need to say it twice.


def test_words_that_both_sides_of_another_pair_say_do_not_tell() -> None:
    covers = [
        *said("HassTurnOn/domain=cover", "open downstairs", 8),
        *said("HassTurnOn/domain=cover", "open", 42),
        *said("HassTurnOff/domain=cover", "close", 50),
    ]
    assert "downstairs" in telling(covers)["en-US"]["HassTurnOn/domain=cover"]
    lights = [*said("HassTurnOn", "on downstairs", 20), *said("HassTurnOff", "off downstairs", 20)]
    assert telling([*covers, *lights])["en-US"] == {
        "HassTurnOff": ["off"],
        "HassTurnOff/domain=cover": ["close", "clo…", "…ose"],
        "HassTurnOn": ["on"],
        "HassTurnOn/domain=cover": ["open", "ope…", "…pen"],
    }


def test_a_language_without_opposites_tells_nothing() -> None:
    assert telling(said("HassTurnOn", "on", 20)) == {"en-US": {}}


@pytest.mark.parametrize(
    ("text", "locale", "intent", "sign"),
    [
        ("lights off", "en-US", "HassTurnOff/domain=light", 1),
        ("lights off", "en-US", "HassTurnOn/domain=light", -1),
        ("lights off", "en-AU", "HassTurnOff", 1),
        ("the lights", "en-US", "HassTurnOn", 0),
        ("licht ausschaltne", "de-DE", "HassTurnOff", 1),
        ("开灯", "zh-CN", "HassTurnOn", 1),
        ("关灯", "zh-CN", "HassTurnOn", -1),
        ("งั้นปิดไฟ", "th-TH", "HassTurnOff/domain=light", 1),
        ("lights on", "en-US", "HassTurnOn/domain=light", 1),
        ("louder", "en-US", "HassSetVolumeRelative/volume_step=up", 1),
    ],
)
def test_what_is_said_is_told(text: str, locale: str, intent: str, sign: int) -> None:
    found = told(text, locale, intent)
    assert found is not None
    assert (found > 0) - (found < 0) == sign


def test_what_the_language_does_not_tell_is_not_known() -> None:
    assert told("lights on", "tlh", "HassTurnOn") is None


def test_every_language_of_home_assistant_has_words_that_tell_on_from_off() -> None:
    locales = {home_locale(file.stem) for file in templates_path().glob("*.json")}
    assert len(locales) >= 60
    assert {locale for locale in locales if told("", locale, "HassTurnOn") is None} == set()
