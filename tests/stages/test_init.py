"""`init` writes an assistant that is the user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kiloglot.data import load, starter_path
from kiloglot.errors import ConfigError, DataError
from kiloglot.stages.init import InitConfig, run


def test_the_new_assistant_is_the_starter_under_its_own_name(tmp_path: Path) -> None:
    report = run(InitConfig("küche 2", tmp_path))
    assert report.folder == tmp_path / "küche 2"
    assert {path for path in report.folder.rglob("*") if path.is_file()} == set(report.written)
    written = tomllib.loads((report.folder / "assistant.toml").read_text(encoding="utf-8"))
    starter = tomllib.loads((starter_path() / "assistant.toml").read_text(encoding="utf-8"))
    assert written["assistant"]["name"] == "küche 2"
    assert written["intents"] == starter["intents"]
    assert set(written["assistant"]["locales"]) == set(report.locales)


def test_chosen_locales_alone_are_taken(tmp_path: Path) -> None:
    report = run(InitConfig("a", tmp_path, locales=("de_de", "en-US")))
    assert report.locales == ("de-DE", "en-US")
    data = load(report.folder)
    assert data.locales == ("de-DE", "en-US")
    assert data.name == "a"


def test_an_empty_folder_is_filled_and_a_full_one_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    run(InitConfig("a", tmp_path))
    before = (tmp_path / "a" / "assistant.toml").stat().st_mtime_ns
    with pytest.raises(DataError, match="exists already"):
        run(InitConfig("a", tmp_path))
    assert (tmp_path / "a" / "assistant.toml").stat().st_mtime_ns == before


@pytest.mark.parametrize("name", ["", "../a", "/a", "a/b", ".a", "a\n", 'a"', "a "])
def test_names_that_are_none_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name"):
        run(InitConfig(name, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_locale_that_the_starter_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not speak xx-XX"):
        run(InitConfig("a", tmp_path, locales=("xx-XX",)))
    assert list(tmp_path.iterdir()) == []
