"""What lies at a path is read within bounds, whatever it is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from kiloglot.data import Files, format_of
from kiloglot.data.formats import files as bounds
from kiloglot.errors import DataError

NLU = "nlu:\n- intent: go\n  examples: |\n    - geh\n"
CONFIG = "language: de\n"


def test_what_is_nothing_lists_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("hello", encoding="utf-8")
    with pytest.raises(DataError, match="holds nothing that kiloglot reads") as caught:
        format_of(tmp_path)
    for name in ("assistant.toml", "MASSIVE", "Rasa", "OVOS", "Snips", "Dialogflow", "Home Assistant", ".csv"):
        assert name in caught.value.remedy
    with pytest.raises(DataError, match="does not exist"):
        format_of(tmp_path / "nowhere")


def test_a_link_out_of_the_folder_is_refused(tree: Any, read: Any, tmp_path: Path) -> None:
    folder = tree({"config.yml": CONFIG, "data/nlu.yml": NLU})
    (tmp_path / "secret.yml").write_text("nlu: []\n", encoding="utf-8")
    (folder / "data" / "more.yml").symlink_to(folder / "data" / "nlu.yml")
    assert len(read(folder).sentences) == 1
    (folder / "data" / "link.yml").symlink_to(tmp_path / "secret.yml")
    with pytest.raises(DataError, match="leads out of the folder") as caught:
        read(folder)
    assert caught.value.path == folder / "data" / "link.yml"


def test_links_to_folders_are_not_followed(tree: Any, read: Any) -> None:
    folder = tree({"config.yml": CONFIG, "data/nlu.yml": NLU})
    (folder / "data" / "loop").symlink_to(folder, target_is_directory=True)
    assert len(read(folder).sentences) == 1


def test_a_huge_file_is_refused(tree: Any, read: Any) -> None:
    folder = tree({"config.yml": CONFIG, "data/nlu.yml": NLU})
    with (folder / "data" / "nlu.yml").open("ab") as file:
        file.truncate(100_000_000)
    with pytest.raises(DataError, match="longer than 16,000,000 bytes") as caught:
        read(folder)
    assert caught.value.path == folder / "data" / "nlu.yml"


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_WIDE", 1_000_000)
    bomb = tmp_path / "bot.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"intents/{number}_usersays_en.json", " " * 100_000)
    assert bomb.stat().st_size < 10_000
    with pytest.raises(DataError, match="unpacks to more than 1 MB"):
        format_of(bomb)


@pytest.mark.parametrize("name", ["../agent.json", "/agent.json"])
def test_a_zip_that_leaves_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bot.zip", "w") as archive:
        archive.writestr(name, "{}")
    with pytest.raises(DataError, match="leaves its folder"):
        format_of(tmp_path / "bot.zip")


def test_a_file_of_other_bytes_has_its_line(tree: Any, read: Any) -> None:
    folder = tree({"config.yml": CONFIG})
    (folder / "nlu.yml").write_bytes(NLU.encode() + "    - räum auf\n".encode("latin-1"))
    with pytest.raises(DataError, match="not valid UTF-8") as caught:
        read(folder)
    assert caught.value.line == 5


def test_too_many_files_are_refused(tree: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "_MOST", 3)
    folder = tree({f"{number}.yml": NLU for number in range(5)})
    with pytest.raises(DataError, match="more than 3 files"):
        _ = Files(folder).names
