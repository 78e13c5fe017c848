"""Home Assistant's templates as utterances: held apart whole, labelled with all that they say, in the user's names."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloglot.data import Area, Device, Household, Notes
from kiloglot.data.home import home_locale, home_templates, home_utterances, templates_path
from kiloglot.data.home_massive import of_the_home
from kiloglot.errors import DataError
from kiloglot.values import OUTSIDE, Slot, Utterance

TEMPLATES = """\
language: de
intents:
  HassTurnOn:
    data:
      - sentences: ["<an> [das] licht [in] {area}", "licht in {area} <an>", "mach in {area} licht", "licht {area}"]
        slots: {domain: light}
      - sentences: ["<an> {name}"]
  HassLightSet:
    data:
      - sentences: ["{area} auf {brightness} prozent"]
lists:
  brightness: {range: {from: 1, to: 100}}
expansion_rules:
  an: "(schalte|mach) [bitte]"
"""


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "de.yaml"
    path.write_text(TEMPLATES, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("language", "locale"), [("de", "de-DE"), ("nb", "nb-NO"), ("zh-CN", "zh-CN"), ("de-CH", "de-CH"), ("kw", "kw")]
)
def test_languages_have_the_locales_that_massive_has(language: str, locale: str) -> None:
    assert home_locale(language) == locale


def test_fixed_slots_stand_in_the_intent_and_spoken_ones_in_the_utterance(german: Path) -> None:
    content = home_templates(german, Household())
    assert {each.intent for each in content.sentences} == {"HassTurnOn/domain=light", "HassTurnOn", "HassLightSet"}
    utterances = home_utterances(content, 0, Notes())
    assert {u.locale for u in utterances} == {"de-DE"}
    for u in utterances:
        (slot, *more) = u.slots
        assert [each.type for each in more] == (["brightness"] if u.intent == "HassLightSet" else [])
        assert slot.type == ("name" if u.intent == "HassTurnOn" else "area")
        assert slot.value(u.text).strip()


def test_locking_is_told_from_opening(german: Path) -> None:
    locks = """      - sentences: ["schließ {name} zu", "verriegle {name}"]
        requires_context: {domain: lock}
"""
    german.write_text(TEMPLATES.replace("  HassLightSet:", f"{locks}  HassLightSet:"), encoding="utf-8")
    intents = {each.source: each.intent for each in home_templates(german, Household()).sentences}
    assert intents["verriegle {name}"] == "HassTurnOn/for=lock"
    assert intents["<an> {name}"] == "HassTurnOn"


def test_locks_have_names_of_their_own(german: Path) -> None:
    """Else "öffne {name}" would be to turn a lock off here, to turn anything on there, and nobody could tell which."""
    locks = """      - sentences: ["öffne {name}"]
        requires_context: {domain: lock}
      - sentences: ["öffne {name}"]
        requires_context: {domain: cover}
"""
    german.write_text(TEMPLATES.replace("  HassLightSet:", f"{locks}  HassLightSet:"), encoding="utf-8")
    household = Household((Device("Gartenpforte", "lock"), Device("Markise", "cover")))
    said: dict[bool, set[str]] = {True: set(), False: set()}
    for u in home_utterances(home_templates(german, household), 0, Notes()):
        said[u.intent.endswith("/for=lock")] |= {slot.value(u.text) for slot in u.slots if slot.type == "name"}
    assert len(said[True]) > 5
    assert not said[True] & said[False]
    assert "Gartenpforte" in said[True]
    assert "Markise" in said[False]


def test_a_template_lies_in_one_partition_whole(german: Path) -> None:
    content = home_templates(german, Household())
    where: dict[str, set[str]] = {}
    for each in content.sentences:
        where.setdefault(each.source, set()).add(each.partition)
    assert all(len(parts) == 1 for parts in where.values())
    assert {part for parts in where.values() for part in parts} == {"train", "dev", "test"}


def test_names_of_the_home_are_said_in_train_and_strange_ones_elsewhere(german: Path) -> None:
    household = Household((Device("Stehlampe 💡", aliases=("Ohrensessellicht",)),), (Area("Kemenate"),))
    content = home_templates(german, household)
    lists = {(each.slot, each.partition): set(each.values) for each in content.lists}
    assert {"Stehlampe 💡", "Ohrensessellicht"} <= lists["name", "train"]
    assert "Kemenate" in lists["area", "train"]
    for slot in ("name", "area"):
        assert not lists[slot, "train"] & (lists[slot, "dev"] | lists[slot, "test"])
        assert not lists[slot, "dev"] & lists[slot, "test"]


def test_a_floor_is_never_called_as_a_room() -> None:
    """Else one sentence would be labelled with a floor here and an area there, and nobody could tell which."""
    content = home_templates(templates_path(), Household(), ("de-DE", "sr-Latn", "zh-TW"))
    for locale in content.locales:
        said = {slot: {value for each in content.lists if (each.slot, each.locale) == (slot, locale)
                       for value in each.values} for slot in ("area", "floor")}  # fmt: skip
        assert len(said["floor"]) >= 6
        assert not said["floor"] & said["area"]


def test_what_the_templates_say_by_themselves_is_no_name(german: Path) -> None:
    def names() -> set[str]:
        content = home_templates(german, Household())
        return {value for each in content.lists if each.slot == "name" for value in each.values}

    assert {"lampe", "alle lichter"} <= names()
    fixed = """      - sentences: ["<an> (alle|die) (lampe|lichter)"]
        slots: {domain: light}
"""
    german.write_text(TEMPLATES.replace("  HassLightSet:", f"{fixed}  HassLightSet:"), encoding="utf-8")
    assert not {"lampe", "alle lichter"} & names()
    assert "staubsauger" in names()


def test_a_template_that_is_held_out_is_said_in_several_ways(german: Path) -> None:
    utterances = home_utterances(home_templates(german, Household()), 0, Notes())
    for partition in ("dev", "test"):
        said = {u.text for u in utterances if u.partition == partition}  # Of one template.
        assert 3 <= len(said) <= 12


def test_the_same_seed_draws_the_same_and_nothing_held_out_is_said_in_train(german: Path) -> None:
    content = home_templates(german, Household())
    first, again, other = (home_utterances(content, seed, Notes()) for seed in (0, 0, 1))
    assert first == again != other
    trained = {u.text for u in first if u.partition == "train"}
    assert not trained & {u.text for u in first if u.partition != "train"}
    assert len({(u.locale, u.id) for u in first}) == len(first)


@pytest.mark.parametrize(
    ("broken", "line", "problem"),
    [
        ('"<an> {name}"', 7, "a bracket"),
        ('"<an> {name}"', 7, "no list"),
        ('"(schalte|mach) [bitte]"', 5, "inside itself"),
    ],
)
def test_a_broken_template_is_named_with_its_line(german: Path, broken: str, line: int, problem: str) -> None:
    worse = {"a bracket": '"(an {name}"', "no list": '"an {nirgends}"', "inside itself": '"(schalte|<an>)"'}[problem]
    german.write_text(TEMPLATES.replace(broken, worse), encoding="utf-8")
    with pytest.raises(DataError, match=problem) as caught:
        home_templates(german, Household())
    assert (caught.value.path, caught.value.line) == (german, line)


def test_the_package_has_the_languages_that_the_documents_promise() -> None:
    files = sorted(templates_path().glob("*.json"))
    assert len(files) >= 60
    assert {"de", "en", "sr-Latn", "zh-HK"} <= {file.stem for file in files}


def massive(intent: str, text: str = "mach das licht rot", slots: tuple[Slot, ...] = (), id: str = "1") -> Utterance:
    return Utterance(id, "de-DE", text, intent, slots, "train", "iot", 1.0)


def test_massive_is_seen_as_the_home_sees_it() -> None:
    said = [
        massive("iot_hue_lightchange", slots=(Slot("color_type", 15, 18),), id="1"),
        massive("iot_hue_lightchange", slots=(Slot("date", 5, 8),), id="2"),  # The home knows no dates.
        massive("iot_hue_lightup", id="3"),  # Brighter, by what?
        massive("qa_maths", slots=(Slot("number", 5, 8),), id="4"),
        massive("weather_query", id="5"),
        massive("weather_query", slots=(Slot("date", 5, 8),), id="6"),
    ]
    seen = {u.id: (u.intent, [slot.type for slot in u.slots]) for u in of_the_home(said, 0)}
    assert seen == {
        "massive/de-DE/1": ("HassLightSet/domain=light", ["color"]),
        "massive/de-DE/4": (OUTSIDE, []),
        "massive/de-DE/5": ("HassGetWeather", []),
    }


def test_a_locale_without_plain_text_has_more_of_what_massive_says_outside() -> None:
    said = [massive("qa_maths", id=str(at)) for at in range(3000)]
    counts = [len(list(of_the_home(said, 0, {"de-DE": written}))) for written in (0, 1000, 5000)]
    assert counts[0] > counts[1] > counts[2] > 1000
    assert counts[0] - counts[1] == 1000
