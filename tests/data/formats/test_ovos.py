"""Locale folders of OVOS and Mycroft skills."""

from __future__ import annotations

from typing import Any

import pytest

from kiloglot.errors import DataError

SKILL = {
    "locale/en-us/light.on.intent": "# a comment\nturn on the (light|lamp) [please]\n\nlights on in the {room}\n",
    "locale/en-us/room.entity": "kitchen\n(living|dining) room\n",
    "locale/en-us/play.intent": "play {song}\nplay :0 now\n",
    "locale/en-us/Volume.voc": "volume|loudness\nsound\n",
    "locale/en-us/amount.rx": "(?P<Amount>\\d+)\n",
    "locale/en-us/done.dialog": "Done.\n",
    "locale/de-de/vocab/light.on.intent": "mach das Licht an\n",
}


def test_every_file_of_a_skill(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree(SKILL))
    assert content.locales == ("de-DE", "en-US")
    assert sorted(sayings(content)) == [
        ("light.on", "lights on in the dining room", [("room", "dining room")]),
        ("light.on", "lights on in the kitchen", [("room", "kitchen")]),
        ("light.on", "lights on in the living room", [("room", "living room")]),
        ("light.on", "mach das Licht an", []),
        ("light.on", "turn on the lamp", []),
        ("light.on", "turn on the lamp please", []),
        ("light.on", "turn on the light", []),
        ("light.on", "turn on the light please", []),
    ]
    assert {(each.slot, each.locale): sorted(each.values) for each in content.lists} == {
        ("room", "en-US"): ["dining room", "kitchen", "living room"],
        ("Volume", "en-US"): ["loudness", "sound", "volume"],
    }
    assert [lost.intent for lost in content.lost] == ["play"]
    assert {left.reason.split(":")[0].split(",")[0].strip(): left.count for left in content.left} == {
        "vocabularies of Adapt": 1,
        "sentences with": 1,
        "regexes": 1,
        "dialogs": 1,
        "sentences whose list has no values (give them with --lists)": 1,
    }


def test_entities_may_come_from_outside(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree(SKILL), lists={"song": ("hey jude",)})
    assert ("play", "play hey jude", [("song", "hey jude")]) in sayings(content)


def test_brackets_may_lie_in_each_other(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree({"locale/en-us/a.intent": "(go [on]|(run|walk) now)\n"}))
    assert {text for _, text, _ in sayings(content)} == {"go", "go on", "run now", "walk now"}


@pytest.mark.parametrize("line", ["turn (on|off", "turn [on", "turn on)", "go {room", "{}", "(" * 30 + "a" + ")" * 30])
def test_a_broken_line_is_named(tree: Any, read: Any, line: str) -> None:
    folder = tree({"locale/en-us/a.intent": f"fine\n{line}\n"})
    with pytest.raises(DataError) as caught:
        read(folder)
    assert (caught.value.path, caught.value.line) == (folder / "locale/en-us/a.intent", 2)
    assert caught.value.remedy
