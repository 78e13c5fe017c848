"""The stages through the command line: what is shown, what is JSON, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiloglot.cli.jsons import plain
from kiloglot.values import Ontology


def test_init_validate_and_a_fault(tmp_path: Path, kiloglot: Any) -> None:
    begun = kiloglot("init", "house", "--folder", tmp_path, "--locales", "en-US,de-DE", "--quiet")
    assert (begun.exit_code, begun.stderr) == (0, "")
    assert f"kiloglot train {tmp_path / 'house'}" in begun.stdout
    sound = kiloglot("validate", tmp_path / "house")
    assert (sound.exit_code, sound.stdout.split(",")[0]) == (0, "0 errors")

    file = tmp_path / "house" / "locales" / "en-US.yaml"
    broken = file.read_text(encoding="utf-8").replace("for [duration]", "for [duratoin]", 1)
    file.write_text(broken, encoding="utf-8")
    done = kiloglot("validate", tmp_path / "house")
    assert done.exit_code == 1
    assert f"{file}:" in done.stdout
    content = json.loads(kiloglot("validate", tmp_path / "house", "--json").stdout)
    assert content["ok"] is False
    assert content["errors"] == sum(fault["severity"] == "error" for fault in content["faults"]) > 0


def test_predict_and_evaluate(assistant: Path, model: Path, tmp_path: Path, kiloglot: Any) -> None:
    out = tmp_path / "said.jsonl"
    predicted = kiloglot("predict", "--data", assistant, "--out", out, "--model", model, "--locales", "de-DE", "--json")
    assert json.loads(predicted.stdout)["utterances"] == len(out.read_text(encoding="utf-8").splitlines())

    args = ("evaluate", "--data", assistant, "--predicted", out, "--locales", "de-DE", "--resamples", 20)
    shown = kiloglot(*args)
    content = json.loads(kiloglot(*args, "--json").stdout)
    intent = content["mean"]["official"]["intent_acc"]
    assert shown.exit_code == 0
    assert f"{100 * intent:.1f}" in shown.stdout
    assert content["signature_line"] in shown.stdout


def test_what_was_predicted_is_shown_with_the_next_step(
    assistant: Path, model: Path, tmp_path: Path, kiloglot: Any
) -> None:
    out = tmp_path / "said.jsonl"
    done = kiloglot("predict", "--data", assistant, "--out", out, "--model", model, "--partition", "test")
    assert f"kiloglot evaluate --data {assistant} --partition test --predicted {out}" in done.stdout


def test_run_does_what_is_left(assistant: Path, model: Path, tmp_path: Path, kiloglot: Any) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text(
        f"""
[recipe.inputs]
partition = "the part to predict"
[recipe.defaults]
work = "{tmp_path / "work"}"
[[stage]]
run = "predict"
data = "{assistant}"
model = "{model}"
partition = "${{partition}}"
out = "${{work}}/said.jsonl"
""",
        encoding="utf-8",
    )
    (tmp_path / "work").mkdir()
    first = json.loads(kiloglot("run", recipe, "--set", "partition=dev", "--json").stdout)
    again = json.loads(kiloglot("run", recipe, "--set", "partition=dev", "--json").stdout)
    assert (first["done"], again["done"], again["skipped"]) == (["predict"], [], ["predict"])


@pytest.mark.slow
def test_train_shows_the_scores_and_the_way_on(tmp_path: Path, kiloglot: Any) -> None:
    kiloglot("init", "house", "--folder", tmp_path, "--locales", "en-US")
    done = kiloglot("train", tmp_path / "house", "--epochs", 4)
    assert done.exit_code == 0
    assert "mean of 1" in done.stdout
    assert f"kiloglot parse --model {tmp_path / 'house' / 'model'}" in done.stdout
    assert f"Reading {tmp_path}" in done.stderr


def test_json_holds_fields_and_properties() -> None:
    ontology = Ontology(("a",), ())
    assert plain({"x": (Path("p"), ontology)}) == {
        "x": ["p", {"intents": ["a"], "slot_types": [], "version": ontology.version}]
    }
