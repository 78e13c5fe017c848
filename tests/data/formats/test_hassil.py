"""hassil's templates: its notation by examples, checked against hassil's own sampler and recogniser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import hassil
import home_assistant_intents
import pytest
import yaml
from hassil.sample import sample_intents

from kiloglot.data import Asked, Files
from kiloglot.data.formats import Said, uttered
from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.hassil import read_hassil
from kiloglot.errors import DataError

YAML = """\
language: en
intents:
  LightOn:
    data:
      - sentences:
          - "<turn> on [all] [the] light[s] in [the] {area}"
          - "(light;[please]) now"
        requires_context: {domain: light}
        slots: {domain: light}
        response: ok
      - sentences: ["dim it to {brightness} (percent|%)", "wait {half:seconds}"]
  Note:
    data:
      - sentences: ["note {text}"]
expansion_rules:
  turn: "(turn|switch)"
lists:
  area:
    values: ["kitchen", {in: "living[ ]room", out: lounge}]
  brightness:
    range: {from: 0, to: 100, step: 50}
  half:
    values: [{in: half a minute, out: 30}]
  text: {wildcard: true}
skip_words: [please]
"""


def test_every_construct(tree: Any, read: Any, sayings: Any) -> None:
    content = read(tree({"custom_sentences/en/home.yaml": YAML}))
    found = sayings(content)
    assert ("LightOn", "switch on the lights in kitchen", [("area", "kitchen")]) in found
    assert ("LightOn", "now", []) not in found
    assert {text for _, text, _ in found if text.endswith("now")} == {
        "light now",
        "light please now",
        "please light now",
    }
    assert ("LightOn", "dim it to 50 %", [("brightness", "50")]) in found
    assert ("LightOn", "wait half a minute", [("seconds", "half a minute")]) in found
    lists = {each.slot: each.values for each in content.lists}
    assert lists == {"area": ("kitchen", "living room", "livingroom"), "brightness": ("0", "50", "100")}
    assert ("area", "livingroom", "lounge") in {(s.slot, s.said, s.means) for s in content.synonyms}
    reasons = {left.reason.split(":")[0]: left.count for left in content.left}
    assert reasons == {
        "skipped words": 1,
        "required context": 1,
        "fixed slots": 1,
        "responses": 1,
        "sentences whose list has no values (give them with --lists)": 1,
    }
    assert [lost.intent for lost in content.lost] == ["Note"]
    outside = read(tree({}), lists={"text": ("buy milk",)})
    assert ("Note", "note buy milk", [("text", "buy milk")]) in sayings(outside)


def test_sentences_are_those_of_hassils_own_sampler(tree: Any, read: Any, sayings: Any) -> None:
    plain = YAML.replace('          - "(light;[please]) now"\n', "").replace('"note {text}"', '"note that"')
    content = read(tree({"en.yaml": plain}))
    ours = {(intent, text) for intent, text, _ in sayings(content)}
    intents = hassil.Intents.from_dict(yaml.safe_load(plain))
    digits = {(intent, " ".join(text.split())) for intent, text in sample_intents(intents, language="en")}
    assert {pair for pair in digits if not any(word in pair[1] for word in ("zero", "fifty", "hundred"))} == ours


def real_languages() -> list[Path]:
    folder = Path(home_assistant_intents.__file__).parent / "data"
    return sorted(folder.glob("*.json"))


HOME = {"name": ("lamp", "fan"), "area": ("kitchen",), "floor": ("attic",)}


@pytest.mark.parametrize("tag", ["en", "he", "hi", "zh-CN"])
def test_home_assistants_own_sentences_are_what_hassil_recognises(tag: str) -> None:
    """Whatever room one stands in: what a sentence asks of its context is not in its words."""
    path = next(path for path in real_languages() if path.stem == tag)
    whole = json.loads(path.read_text(encoding="utf-8"))
    content = read_hassil(Files(path), Asked(lists=HOME))
    named = {sentence.intent for sentence in content.sentences} | {lost.intent for lost in content.lost}
    assert named == set(whole["intents"])
    for block in (block for intent in whole["intents"].values() for block in intent["data"]):
        block.pop("requires_context", None)
    intents = hassil.Intents.from_dict(whole)
    lists = {name: hassil.intents.TextSlotList.from_strings(values, name=name) for name, values in HOME.items()}
    said = [utterance for utterance, _ in uttered(content, Said(expand=1), Notes())][::40]
    for utterance in said:
        found = hassil.recognize_all(utterance.text, intents, slot_lists=lists)
        assert utterance.intent in {result.intent.name for result in found}, utterance.text


@pytest.mark.slow
def test_all_languages_of_home_assistant_are_read() -> None:
    for path in real_languages():
        whole = json.loads(path.read_text(encoding="utf-8"))
        content = read_hassil(Files(path), Asked(lists=HOME))
        named = {sentence.intent for sentence in content.sentences} | {lost.intent for lost in content.lost}
        assert named == set(whole["intents"]), path.name


SENTENCE = 'language: en\nintents:\n  Go:\n    data:\n      - sentences:\n          - "{}"\n'
RULES = "expansion_rules:\n  a: '<b>'\n  b: '[x] <a>'\n"
FAULTS = [
    (SENTENCE.format("go {nowhere}"), "there is no list {nowhere}", 6),
    (SENTENCE.format("go <nowhere>"), "there is no rule <nowhere>", 6),
    (SENTENCE.format("go <a>") + RULES, "a rule inside itself: <a> in <b> in <a>", 6),
    (SENTENCE.format("go (one|two"), "does not parse", 6),
    (SENTENCE.format("go " + "[" * 60 + "x" + "]" * 60), "60 brackets deep", 6),
    (SENTENCE.format(";".join(f"w{n}" for n in range(12))), "more than 200,000 parts", 6),
    (SENTENCE.format("go") + "lists:\n  x: {from: 1}\n", "neither values nor a range", 8),
    (SENTENCE.format("go") + "lists:\n  x: {range: {from: a, to: 2}}\n", "is no range", 8),
    ("language: en\nintents:\n  Go: [a]\n", "intent Go is not a mapping", 3),
    ("language: not a tag\nintents: {}\n", "not a locale tag", 1),
]


@pytest.mark.parametrize(("text", "words", "line"), FAULTS)
def test_a_fault_is_named_with_its_line(tree: Any, read: Any, text: str, words: str, line: int) -> None:
    with pytest.raises(DataError) as caught:
        read(tree({"en.yaml": text}))
    assert words in caught.value.problem
    assert caught.value.line == line
    assert caught.value.remedy


def test_a_template_that_explodes_costs_little(tree: Any, read: Any, sayings: Any) -> None:
    """2^40 sentences: the draw is bounded; 10^15 of them are too many to draw from and are counted."""
    notes = Notes()
    content = read(tree({"en.yaml": SENTENCE.format(" ".join(["(a|b)"] * 39))}))
    assert len(uttered(content, Said(), notes)) == 12
    content = read(tree({"en.yaml": SENTENCE.format(" ".join(["(a|b)"] * 50))}))
    assert uttered(content, Said(), notes) == ()
    assert notes.why == {"Go": "templates that stand for too many sentences to draw from"}
