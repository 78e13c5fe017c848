"""Snips NLU's data sets, JSON and YAML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kiloglot.errors import DataError

DATASET = {
    "language": "en",
    "intents": {
        "turnLightOn": {
            "utterances": [
                {"data": [{"text": "lights on in the "}, {"text": "lounge", "entity": "room", "slot_name": "where"}]},
                {
                    "data": [
                        {"text": "lights on "},
                        {"text": "tonight", "entity": "snips/datetime", "slot_name": "when"},
                    ]
                },
            ]
        },
        "silent": {"utterances": []},
    },
    "entities": {
        "room": {
            "automatically_extensible": True,
            "use_synonyms": True,
            "data": [{"value": "living room", "synonyms": ["lounge", "parlour"]}, {"value": "bedroom", "synonyms": []}],
            "matching_strictness": 1.0,
        },
        "snips/datetime": {},
    },
}
YAML = """\
# two documents
---
type: intent
name: turnLightOn
slots:
  - name: where
    entity: room
utterances:
  - lights on in the [where:room](lounge)
  - lights on [where](bedroom) please
---
type: entity
name: room
automatically_extensible: no
values:
  - bedroom
  - [living room, lounge]
"""


def test_a_data_set_in_json(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree({"dataset.json": json.dumps(DATASET)}))
    assert sayings(content) == [
        ("turnLightOn", "lights on in the lounge", [("where", "lounge")]),
        ("turnLightOn", "lights on tonight", [("when", "tonight")]),
    ]
    assert [(e.slot, e.values) for e in content.lists] == [("where", ("living room", "lounge", "parlour", "bedroom"))]
    assert {(s.slot, s.said, s.means) for s in content.synonyms} == {
        ("where", "lounge", "living room"), ("where", "parlour", "living room"),
    }  # fmt: skip
    assert [lost.intent for lost in content.lost] == ["silent"]
    assert {left.reason.split(":")[0]: left.count for left in content.left} == {
        "settings of entities": 3,
        "built-in entities of Snips": 1,
    }


def test_the_same_in_yaml(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree({"data.yaml": YAML}), locale="en-GB")
    assert sayings(content) == [
        ("turnLightOn", "lights on in the lounge", [("where", "lounge")]),
        ("turnLightOn", "lights on bedroom please", [("where", "bedroom")]),
    ]
    assert [(e.slot, e.locale, e.values) for e in content.lists] == [
        ("where", "en-GB", ("bedroom", "living room", "lounge"))
    ]
    assert [sentence.line for sentence in content.sentences] == [9, 10]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[where](bedroom)", "[where](bedroom", "does not close"),
        ("type: entity", "type: thing", "neither an intent nor an entity"),
        ("  - bedroom\n", "  - {synonyms: [x]}\n", "a value of room is missing"),
        ("name: room\nauto", "auto", "name is missing"),
    ],
)
def test_a_fault_in_yaml_is_named(tree: Any, read: Any, old: str, new: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read(tree({"data.yaml": YAML.replace(old, new)}), locale="en")
    assert caught.value.line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"language": ""}, "nothing of its language"),
        ({"intents": []}, "intents is not a mapping|holds nothing"),
        ({"entities": {"room": {"data": [{"synonyms": ["utterances"]}]}}}, "a value of room is missing"),
    ],
)
def test_a_fault_in_json_is_named(tree: Any, read: Any, change: dict[str, Any], words: str) -> None:
    folder = tree({"dataset.json": json.dumps(DATASET | change)})
    with pytest.raises(DataError, match=words):
        read(folder)


def test_json_that_is_cut_off_has_its_line(tree: Any, read: Any) -> None:
    text = json.dumps(DATASET, indent=1)
    with pytest.raises(DataError, match="not valid JSON") as caught:
        read(tree({"dataset.json": text[:-3]}))
    assert caught.value.line == text.count("\n") - 0
