"""Several commands in one utterance, and the things of a household that they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloglot.assistant import Answer, Registry, answers
from kiloglot.assistant.commands import MOST_CUTS
from kiloglot.assistant.cuts import cuts
from kiloglot.data import Area, Device, Floor, Household, NamedList
from kiloglot.errors import DataError
from kiloglot.runtime import NLU

HOUSEHOLD = Household(
    devices=(
        Device("Ceiling Lamp", "light", "Küche", "light.kitchen"),
        Device("Ceiling Lamp", "light", "Garage"),
        Device("Robot vacuum", "vacuum"),
    ),
    areas=(Area("Küche", "Ground floor", ("Kitchen",)), Area("Garage"), Area("Bed and Breakfast")),
    floors=(Floor("Ground floor"),),
    lists=(NamedList("Groceries"),),
)


@pytest.fixture(scope="module")
def massive() -> NLU:
    return NLU.load()


def answer(nlu: NLU, text: str, household: Household | None = HOUSEHOLD, locale: str | None = None) -> Answer:
    (found,) = answers(nlu, [text], locale, registry=Registry(household) if household else None)
    return found


def intents(found: Answer) -> list[str]:
    return [command.parse.intent for command in found.commands]


def values(found: Answer) -> list[tuple[str, str]]:
    return [(slot.type, command.value(slot)) for command in found.commands for slot in command.parse.slots]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("turn off the lights and set an alarm for six", ["iot_hue_lightoff", "alarm_set"]),
        ("mach das licht in der küche aus und weck mich morgen um neun", ["iot_hue_lightoff", "alarm_set"]),
        ("play jazz, then turn off the lights and wake me up at nine", ["play_music", "iot_hue_lightoff", "alarm_set"]),
        ("éteins la lumière et réveille-moi à sept heures", ["iot_hue_lightoff", "alarm_set"]),
        ("выключи свет и разбуди меня в семь утра", ["iot_hue_lightoff", "alarm_set"]),
        ("turn off the lights und weck mich morgen um neun", ["iot_hue_lightoff", "alarm_set"]),
        ("spiele musik von queen and wake me up at nine", ["play_music", "alarm_set"]),
        ("add milk and eggs to the grocery list", ["lists_createoradd"]),
        ("listen to rock and roll music", ["play_music"]),
        ("turn off the lights in the bed and breakfast", ["iot_hue_lightoff"]),
        ("", [""]),
        ("and", None),
    ],
)
def test_an_utterance_is_cut_into_its_commands(massive: NLU, text: str, wanted: list[str] | None) -> None:
    found = answer(massive, text)
    assert len(found.commands) == 1 if wanted is None else intents(found) == wanted
    for command in found.commands:
        assert text[command.start :].startswith(command.parse.text)


def test_a_name_with_an_and_in_it_keeps_the_utterance_whole(massive: NLU) -> None:
    text = "turn off the lights and wake me up at nine"
    assert len(answer(massive, text).commands) == 2
    named = Household(devices=(Device("Lights and Wake"),))
    assert len(answer(massive, text, named).commands) == 1


def test_many_utterances_are_answered_as_one_by_one(massive: NLU) -> None:
    texts = ["turn off the lights and set an alarm for six", "", "what's the weather"]
    together = answers(massive, texts, "en-US", registry=Registry(HOUSEHOLD))
    singly = [answer(massive, text, locale="en-US") for text in texts]
    assert [intents(each) for each in together] == [intents(each) for each in singly]
    assert [values(each) for each in together] == [values(each) for each in singly]
    with pytest.raises(DataError):
        answers(massive, texts, "no locale")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("turn off the ceiling lamp in the garage", [("device_type", "Ceiling Lamp"), ("house_place", "Garage")]),
        ("schalte den robot vakuum ein", [("device_type", "Robot vacuum")]),
        ("выключи свет в гараже", [("house_place", "Garage")]),
        ("turn off the lights in the kitchens", [("house_place", "Küche")]),
        ("licht in der kitchen aus", [("house_place", "Küche")]),
        ("add milk to the grocery list", [("list_name", "Groceries")]),
        ("turn off the lights in the wintergarten", [("house_place", "wintergarten")]),
    ],
)
def test_a_slot_has_the_exact_name_of_the_thing_that_it_means(
    massive: NLU, text: str, wanted: list[tuple[str, str]]
) -> None:
    found = answer(massive, text)
    assert values(found) == wanted
    assert found.rejected is None


def test_two_of_one_name_are_asked_about_unless_their_area_is_said(massive: NLU) -> None:
    unsure = answer(massive, "turn on the ceiling lamp", locale="en-US")
    assert unsure.rejected == "ambiguous"
    assert unsure.commands[0].question == "Ceiling Lamp (Küche) or Ceiling Lamp (Garage)?"
    german = answer(massive, "schalte die ceiling lamp ein", locale="de-DE")
    assert german.commands[0].question == "Ceiling Lamp (Küche) oder Ceiling Lamp (Garage)?"
    sure = answer(massive, "turn on the ceiling lamp in the kitchen")
    (thing,) = sure.commands[0].meanings[0].things
    assert (thing.id, thing.area, sure.rejected) == ("light.kitchen", "Küche", None)


def test_what_the_model_rejects_is_rejected_for_its_reason(massive: NLU) -> None:
    assert answer(massive, "?!").rejected == "empty"
    assert answer(massive, "lamp " * 2000).rejected == "too_long"
    assert answer(massive, "clicke auf start und wähle die einstellungen aus").rejected == "low_confidence"


def test_what_is_surely_none_of_its_business_costs_one_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    home = NLU.load("home")
    tried: list[str] = []
    parse_batch = home.parse_batch
    monkeypatch.setattr(
        home, "parse_batch", lambda texts, *rest, **more: tried.extend(texts) or parse_batch(texts, *rest, **more)
    )
    story = answer(home, "he was a famous painter, and then he wrote books about the war and his childhood")
    assert (story.rejected, len(story.commands), tried) == ("outside", 1, [])
    assert len(answer(home, "turn off the lights in the kitchen and close the blinds").commands) == 2
    assert tried


@pytest.mark.parametrize("text", ["lights on, " * 30, "and " * 60, "lights on and " * 500, "," * 5000])
def test_what_one_utterance_may_cost_is_bounded(massive: NLU, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    parse_batch = massive.parse_batch
    monkeypatch.setattr(
        massive, "parse_batch", lambda texts, *rest, **more: tried.extend(texts) or parse_batch(texts, *rest, **more)
    )
    assert answer(massive, text).commands
    assert len(tried) <= 2 * MOST_CUTS


@pytest.mark.parametrize("text", ["halte dem vacuum an", "licht an", "turn the", "he was a famous painter"])
def test_how_many_intents_are_listed_decides_nothing(text: str) -> None:
    home = NLU.load("home")
    one, many = (answers(home, [text], "de-DE", top_k=count)[0].whole for count in (1, 30))
    assert (one.intent, one.rejected) == (many.intent, many.rejected)
    assert (len(one.parse.alternatives), len(many.parse.alternatives) > 10) == (1, True)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "a and then b", [("a", "b")]),
        ("en", "a, and b", [("a", "b")]),
        ("en", "sandy band 1,000", []),
        ("ar", "اطفئ النور واضبط المنبه", [("اطفئ النور", "اضبط المنبه")]),
        ("zh", "关灯然后放音乐", [("关灯", "放音乐")]),
        ("th", "ปิดไฟและเปิดเพลง", [("ปิดไฟ", "เปิดเพลง")]),
        ("ko", "불 꺼 줘 그리고 음악 틀어 줘", [("불 꺼 줘", "음악 틀어 줘")]),
        ("en", "licht aus und musik an", [("licht aus", "musik an")]),
        ("xx", "a and b", [("a", "b")]),
        ("en", "and b", []),
    ],
)
def test_what_joins_two_commands_is_left_out(language: str, text: str, wanted: list[tuple[str, str]]) -> None:
    assert [(text[: cut.end], text[cut.start :]) for cut in cuts(text, language)] == wanted


def test_ten_thousand_things_are_looked_up(massive: NLU, tmp_path: Path) -> None:
    household = Household(devices=tuple(Device(f"Lamp {number} 🛋️") for number in range(10_000)))
    registry = Registry(household)
    assert registry.size == 10_000
    (found,) = answers(massive, ["turn on lamp 4711"], "en-US", registry=registry)
    assert len(found.commands) == 1
