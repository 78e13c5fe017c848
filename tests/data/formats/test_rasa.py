"""Rasa's training data: the constructs of its documentation, and what is wrong with files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.rasa_notation import annotate_rasa, parse_rasa
from kiloglot.data.formats.rasa_writing import write_rasa
from kiloglot.data.formats.uttering import Said
from kiloglot.errors import DataError
from kiloglot.values import Slot

CONFIG = "recipe: default.v1\nlanguage: de\npipeline:\n"
NLU = """\
version: "3.1"
nlu:
- intent: fly
  metadata:
    sentiment: neutral
  examples: |
    - fliege von [Berlin](city) nach [SF]{"entity": "city", "role": "to", "value": "San Francisco"}
    - nach [Rom](city:roma)
    # a comment
    - bring mich nach   [Athen]{"entity": "city", "group": "1"}
- intent: faq/ask_price
  examples:
  - text: |
      - was kostet das
    metadata: {tone: polite}
  - text: |
      wie teuer ist es
- synonym: San Francisco
  examples: |
    - Frisco
- lookup: city
  examples: |
    - Wien
    - Graz
- regex: zip
  examples: |
    - \\d{5}
- intent: empty
  examples: |
    -
"""
DOMAIN = """\
version: "3.1"
intents:
- fly
- faq
- thank: {use_entities: []}
entities: [city]
responses:
  utter_faq/ask_price:
  - text: viel
"""


def test_every_construct_of_the_documentation(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree({"config.yml": CONFIG, "data/nlu.yml": NLU, "domain.yml": DOMAIN}))
    assert content.locales == ("de",)
    assert sayings(content) == [
        ("fly", "fliege von Berlin nach SF", [("city", "Berlin"), ("city.to", "SF")]),
        ("fly", "nach Rom", [("city", "Rom")]),
        ("fly", "bring mich nach Athen", [("city.1", "Athen")]),
        ("faq/ask_price", "was kostet das", []),
        ("faq/ask_price", "wie teuer ist es", []),
    ]
    assert {(s.slot, s.said, s.means) for s in content.synonyms} == {
        ("city.to", "SF", "San Francisco"),
        ("city", "Rom", "roma"),
        ("", "Frisco", "San Francisco"),
    }
    assert [(each.slot, each.values) for each in content.lists] == [("city", ("Wien", "Graz"))]
    assert {left.reason.split(":")[0]: left.count for left in content.left} == {
        "metadata of intents": 1,
        "roles of entities": 1,
        "groups of entities": 1,
        "metadata of examples": 1,
        "regexes": 1,
        "examples without text": 1,
        "sections of Rasa's dialogue": 1,
    }
    assert {lost.intent for lost in content.lost} == {"empty", "thank"}
    assert content.sentences[3].scenario == "faq"


def test_lines_are_those_of_the_file(tree: Any, read: Any) -> None:
    content = read(tree({"config.yml": CONFIG, "nlu.yml": NLU}))
    assert [sentence.line for sentence in content.sentences] == [7, 8, 10, 14, 17]


def test_an_intent_may_stand_in_several_files_and_parts(tree: Any, read: Any) -> None:
    nlu = "nlu:\n- intent: {}\n  examples: |\n    - {}\n"
    files = {"data/a.yml": nlu.format("go", "geh"), "data/b.yml": nlu.format("go", "los"), "config.yml": CONFIG}
    files |= {"test/nlu.yml": nlu.format("go", "lauf"), "train_test_split/test_data.yml": nlu.format("go", "renn")}
    files |= {"data/c.yml": nlu.format("go", "geh")}
    content = read(tree(files))
    assert [(s.source, s.partition) for s in content.sentences] == [
        ("geh", "train"), ("los", "train"), ("lauf", "test"), ("renn", "test"),
    ]  # fmt: skip
    assert [(left.reason, left.count) for left in content.left] == [("sentences that stand in their intent already", 1)]


def test_a_locale_may_be_given_or_made_more_exact(tree: Any, read: Any) -> None:
    nlu = "nlu:\n- intent: go\n  examples: |\n    - geh\n"
    bare = tree({"data/nlu.yml": nlu})
    with pytest.raises(DataError, match="nothing of its language"):
        read(bare)
    assert read(bare, locale="de-DE").locales == ("de-DE",)
    assert read(tree({"config.yml": CONFIG}), locale="de-AT").locales == ("de-AT",)
    assert read(bare, locale="fr-FR").locales == ("de",)


FAULTS = [
    ("- fliege nach [Berlin](city", "does not close", 5),
    ("- fliege nach [Berlin(city) heute", "does not close", 5),
    ('- fliege nach [Berlin]{"entity": city}', "is no JSON", 5),
    ('- fliege nach [Berlin]{"role": "to"}', "names no entity", 5),
    ("fliege nach Berlin", "has no dash", 5),
]


@pytest.mark.parametrize(("example", "words", "line"), FAULTS)
def test_a_broken_example_is_named(tree: Any, read: Any, example: str, words: str, line: int) -> None:
    folder = tree(
        {"config.yml": CONFIG, "data/nlu.yml": f"nlu:\n- intent: fly\n  examples: |\n    - gut\n    {example}"}
    )
    with pytest.raises(DataError, match=words) as caught:
        read(folder)
    assert (caught.value.path, caught.value.line) == (folder / "data/nlu.yml", line)
    assert caught.value.remedy


BROKEN = [
    ("nlu:\n- intent: [a\n", "not valid YAML", 3),
    ("nlu:\n- intent: a\n  intent: b\n", "stands here twice", 3),
    ("nlu:\n- intent: a\n  words: b\n", "'words' in intent a", 3),
    ("nlu: &x\n- intent: a\n  examples: *x\n", "not valid YAML|alias", None),
    ("nlu:\n- story: a\n", "an entry with story", 2),
    ('version: "1.0"\nnlu:\n- intent: a\n', "version 1.0", 1),
    ("nlu:\n  intent: a\n", "nlu is not a list", 2),
]


@pytest.mark.parametrize(("text", "words", "line"), BROKEN)
def test_a_broken_file_is_named(tree: Any, read: Any, text: str, words: str, line: int | None) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read(tree({"config.yml": CONFIG, "data/nlu.yml": text}))
    assert caught.value.line == line or line is None
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("name", "text"),
    [("nlu.md", "## intent:go\n- geh\n"), ("nlu.json", '{"rasa_nlu_data": {"common_examples": []}}')],
)
def test_data_of_rasa_1_is_told_the_way(tree: Any, read: Any, name: str, text: str) -> None:
    with pytest.raises(DataError, match=r"Rasa 1") as caught:
        read(tree({name: text}))
    assert "rasa data convert nlu" in caught.value.remedy


def assert_fits_schema(text: str) -> None:
    """The rules of rasa/shared/nlu/training_data/schemas/nlu.yml, and of how Rasa reads a block of examples."""
    content = yaml.safe_load(text)
    assert set(content) == {"version", "nlu"}
    assert content["version"] == "3.1"
    for entry in content["nlu"]:
        [kind] = set(entry) - {"examples"}
        assert kind in ("intent", "synonym", "lookup", "regex")
        assert isinstance(entry[kind], str) and entry[kind]
        assert isinstance(entry["examples"], str)
        for example in entry["examples"].splitlines():
            assert example.startswith("-")
            assert example[1:].strip("\n\r ")


def test_what_is_written_fits_rasas_own_schema(tree: Any, read: Any, tmp_path: Path) -> None:
    content = read(tree({"config.yml": CONFIG, "data/nlu.yml": NLU, "domain.yml": DOMAIN}))
    write_rasa(content, tmp_path / "out", Said(), Notes())
    assert_fits_schema((tmp_path / "out/data/nlu.yml").read_text(encoding="utf-8"))
    domain = yaml.safe_load((tmp_path / "out/domain.yml").read_text(encoding="utf-8"))
    assert (domain["intents"], domain["entities"]) == (["fly", "faq"], ["city", "city.1", "city.to"])
    assert yaml.safe_load((tmp_path / "out/config.yml").read_text(encoding="utf-8"))["language"] == "de"


def test_what_rasas_brackets_cannot_write_is_none() -> None:
    assert annotate_rasa("fly to rome", [Slot("city", 7, 11)]) == "fly to [rome](city)"
    assert annotate_rasa("to rome", [Slot("city(old)", 3, 7)]) == 'to [rome]{"entity": "city(old)"}'
    assert annotate_rasa("a [b](c) d", []) is None
    assert annotate_rasa("x ]y", [Slot("a", 2, 4)]) is None
    assert parse_rasa("a [b] c", lambda name, part: name) == ("a [b] c", [], [])
