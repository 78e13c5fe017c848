"""The card as a hub reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from kiloglot.runtime import Calibration, Manifest
from kiloglot.stages.card import model_card
from kiloglot.values import Ontology

MANIFEST = Manifest(
    name="no: 'quotes' \"here\"",
    version="1",
    ontology=Ontology(("lights_on", "stop"), ("room",)),
    locales=("en-GB", "en-US", "nb-NO", "zh-CN"),
    hashing="ngrams.v2",
    bits=4,
    calibration=Calibration(1.5, 0.25, 0.98, 0.09, 0.03),
    licence="CC-BY-4.0",
    trained_on="Ayşe's home: küche@0123456789ab",
    files=(),
)


def head_and_body(card: str) -> tuple[dict[str, Any], str]:
    """The metadata block and the Markdown, split as huggingface_hub splits them (REGEX_YAML_BLOCK)."""
    found = re.match(r"(\s*---[\r\n]+)([\S\s]*?)([\r\n]+---(\r\n|\n))", card)
    assert found
    return yaml.safe_load(found.group(2)), card[found.end() :]


def test_metadata_are_what_the_hub_asks_for() -> None:
    head, body = head_and_body(model_card(MANIFEST, 0.8771, 0.6544, ""))
    assert head["license"] == "cc-by-4.0"
    assert head["language"] == ["en", "nb", "zh"]
    (model,) = head["model-index"]
    assert model["name"] == MANIFEST.name
    (result,) = model["results"]
    assert result["task"]["type"]
    assert result["dataset"]["name"] == MANIFEST.trained_on
    assert re.fullmatch(r"[\w.-]+", result["dataset"]["type"], re.ASCII)
    assert {metric["type"]: metric["value"] for metric in result["metrics"]} == {
        "accuracy": 87.71,
        "exact_match": 65.44,
    }
    assert body.strip().startswith(f"# {MANIFEST.name} 1")


def test_a_reader_learns_what_it_knows_and_how_well() -> None:
    _, body = head_and_body(model_card(MANIFEST, 0.8771, 0.6544, "## Notes\n\nTrained by hand.\n"))
    for words in ("4 locales", "2 intents", "1 slot types", "87.7", "65.4", "0.090", "0.030", "98.0 %", "0.250"):
        assert words in body, words
    assert "Trained by hand." in body
    assert '"lights_on"' in body and '"room"' in body


@pytest.mark.parametrize("trained_on", ["@0", "日本@0", "a/b@0"])
def test_any_name_of_data_makes_a_type(trained_on: str) -> None:
    head, _ = head_and_body(model_card(replace(MANIFEST, trained_on=trained_on), 0.5, 0.5, ""))
    kind = head["model-index"][0]["results"][0]["dataset"]["type"]
    assert re.fullmatch(r"[\w.-]+", kind, re.ASCII)
