"""Exports of Dialogflow ES."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kiloglot.errors import DataError


def phrase(*data: dict[str, Any], template: bool = False) -> dict[str, Any]:
    return {"id": "x", "data": list(data), "isTemplate": template, "count": 0, "updated": 0}


def intent(name: str, **more: Any) -> str:
    described = {"id": "x", "name": name, "auto": True, "contexts": [], "responses": [{"messages": []}], "events": []}
    return json.dumps(described | more)


EXPORT: dict[str, str] = {
    "package.json": '{"version": "1.0.0"}',
    "agent.json": '{"description": "", "language": "en", "supportedLanguages": ["de"]}',
    "intents/Book flight.json": intent("Book flight", webhookUsed=True, contexts=["trip"]),
    "intents/Book flight_usersays_en.json": json.dumps(
        [
            phrase(
                {"text": "fly to ", "userDefined": False},
                {"text": "Rome", "alias": "to", "meta": "@city", "userDefined": True},
                {"text": " on "},
                {"text": "friday", "alias": "date", "meta": "@sys.date"},
                {"text": " please", "meta": "@sys.ignore", "alias": "x"},
            ),
            phrase({"text": "go to @city:to"}, template=True),
        ]
    ),
    "intents/Book flight_usersays_de.json": json.dumps([phrase({"text": "fliege los"})]),
    "intents/Default Fallback Intent.json": intent("Default Fallback Intent", fallbackIntent=True),
    "intents/Welcome.json": intent("Welcome", events=[{"name": "WELCOME"}]),
    "entities/city.json": '{"id": "x", "name": "city", "automatedExpansion": true}',
    "entities/city_entries_en.json": '[{"value": "Rome", "synonyms": ["Rome", "eternal city"]}]',
}


def check(content: Any, sayings: Any) -> None:
    assert content.locales == ("de", "en")
    assert sorted(sayings(content)) == [
        ("Book_flight", "fliege los", []),
        ("Book_flight", "fly to Rome on friday please", [("to", "Rome"), ("date", "friday")]),
        ("Book_flight", "go to Rome", [("to", "Rome")]),
        ("Book_flight", "go to eternal city", [("to", "eternal city")]),
    ]
    assert [(s.slot, s.said, s.means) for s in content.synonyms] == [("to", "eternal city", "Rome")]
    assert {lost.intent: lost.reason.split(":")[0] for lost in content.lost} == {
        "Default_Fallback_Intent": "a fallback",
        "Welcome": "it is raised by an event, not by words",
    }
    assert {left.reason.split(":")[0]: left.count for left in content.left} == {
        "settings of entities": 1,
        "names of intents, changed": 2,
        "contexts of intents": 1,
        "webhooks": 1,
        "system entities": 1,
        "events of intents": 1,
    }


def test_an_export_as_folder_and_as_zip(tree: Any, read: Any, sayings: Any, tmp_path: Path) -> None:
    folder = tree(EXPORT)
    check(read(folder), sayings)
    with zipfile.ZipFile(tmp_path / "bot.zip", "w") as archive:
        for name, text in EXPORT.items():
            archive.writestr(name, text)
    check(read(tmp_path / "bot.zip"), sayings)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("agent.json", '{"defaultLanguageCode": "en", "startFlow": "x"}', "Dialogflow CX"),
        ("package.json", '{"version": "2.0.0"}', "version 2.0.0"),
        ("intents/Book flight_usersays_en.json", "{}", "is not a list"),
        ("intents/Book flight_usersays_en.json", "[{}", "not valid JSON"),
        ("entities/city_entries_en.json", '[{"synonyms": []}]', "a value of city is missing"),
    ],
)
def test_a_fault_is_named_with_its_file(tree: Any, read: Any, name: str, text: str, words: str) -> None:
    folder = tree(EXPORT | {name: text})
    with pytest.raises(DataError, match=words) as caught:
        read(folder)
    assert caught.value.path == folder / name
    assert caught.value.remedy
