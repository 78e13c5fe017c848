"""The file of telling words is what counting the home's utterances gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import telling
from kiloglot.data import write_utterances
from kiloglot.values import Utterance


def test_it_writes_a_line_a_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for locale, on, off in (("de-DE", "licht an", "licht aus"), ("en-US", "light on", "light off")):
        said = [("HassTurnOn", on)] * 20 + [("HassTurnOff", off)] * 20
        write_utterances(
            home / f"{locale}.jsonl",
            [Utterance(str(at), locale, text, intent, (), "train", "", 1.0) for at, (intent, text) in enumerate(said)],
        )
    out = tmp_path / "telling.json"
    monkeypatch.setattr("sys.argv", ["telling", "--home", str(home), "--out", str(out)])
    assert telling.main() == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert json.loads("".join(lines)) == {
        "de-DE": {"HassTurnOff": "aus", "HassTurnOn": "an"},
        "en-US": {"HassTurnOff": "off", "HassTurnOn": "on"},
    }
