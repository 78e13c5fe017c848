"""`make massive-dev` on the tiny model: what it writes, and what it refuses."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from benchmarks.archive import unpacked
from benchmarks.massive_dev import scored, text
from kiloglot.errors import ConfigError, DataError


@pytest.fixture(scope="module")
def out(tiny_assistant: Path, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work") / "massive-dev"
    scores = scored(tiny_assistant, folder, str(tiny_model))
    (folder.parent / "text").write_text(text(scores), encoding="utf-8")
    return folder


def test_reports_and_predictions_of_both_ways_of_asking_are_there(out: Path) -> None:
    names = {"report.html", "report.json", "told.jsonl", "untold.jsonl", "untold/report.html", "massive-dev.json"}
    assert {name for name in names if (out / name).stat().st_size > 0} == names
    assert not [path for path in out.parent.iterdir() if path.name.startswith(".")]


def test_the_summary_repeats_the_report(out: Path) -> None:
    summary = json.loads((out / "massive-dev.json").read_text(encoding="utf-8"))
    for name, report in (("told", "report.json"), ("untold", "untold/report.json")):
        full = json.loads((out / report).read_text(encoding="utf-8"))
        assert summary[name]["mean"] == full["mean"]
        assert summary[name]["signature"] == full["signature_line"]
        assert summary[name]["locales"].keys() == {"de-DE", "en-US", "ja-JP"}


def test_locales_are_only_guessed_where_none_is_told(out: Path) -> None:
    summary = json.loads((out / "massive-dev.json").read_text(encoding="utf-8"))
    assert summary["told"]["answers"]["locale_acc"] is None
    wrong = sum(pair["utterances"] for pair in summary["confused_locales"])
    utterances = len((out / "untold.jsonl").read_text(encoding="utf-8").splitlines())
    assert summary["untold"]["answers"]["locale_acc"] == pytest.approx(1 - wrong / utterances)


def test_floors_are_for_massive_alone(out: Path) -> None:
    assert json.loads((out / "massive-dev.json").read_text(encoding="utf-8"))["floors"] is None
    assert "LinearSVC" not in (out.parent / "text").read_text(encoding="utf-8")


def test_an_earlier_report_is_replaced_and_nothing_else(
    out: Path, tiny_assistant: Path, tiny_model: Path, tmp_path: Path
) -> None:
    before = json.loads((out / "report.json").read_text(encoding="utf-8"))["mean"]
    scored(tiny_assistant, out, str(tiny_model))
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["mean"] == before
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ConfigError):
        scored(tiny_assistant, tmp_path, str(tiny_model))


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert unpacked(tmp_path, tmp_path / "work") == tmp_path
    assert not (tmp_path / "work").exists()


def test_an_archive_is_unpacked_once(tmp_path: Path) -> None:
    archive = _archive(tmp_path, "utterances")
    folder = unpacked(archive, tmp_path / "work")
    (folder / "mark").touch()
    assert (folder / "1.1" / "data" / "en-US.jsonl").read_text(encoding="utf-8") == "utterances"
    assert unpacked(archive, tmp_path / "work") == folder
    assert (folder / "mark").exists()


def test_another_archive_of_the_same_name_is_not_taken_for_it(tmp_path: Path) -> None:
    first = unpacked(_archive(tmp_path, "utterances"), tmp_path / "work")
    second = unpacked(_archive(tmp_path, "others"), tmp_path / "work")
    assert first != second
    assert (second / "1.1" / "data" / "en-US.jsonl").read_text(encoding="utf-8") == "others"


def test_an_absent_archive_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.tar\.xz.*make massive-dev DATA="):
        unpacked(tmp_path / "nowhere.tar.xz", tmp_path)


def test_a_damaged_archive_leaves_nothing(tmp_path: Path) -> None:
    archive = _archive(tmp_path, "utterances" * 1000)
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(DataError, match="damaged"):
        unpacked(archive, tmp_path / "work")
    assert not list((tmp_path / "work").iterdir())


def _archive(folder: Path, content: str) -> Path:
    file = folder / "en-US.jsonl"
    file.write_text(content, encoding="utf-8")
    path = folder / "massive.tar.xz"
    with tarfile.open(path, "w:xz") as tar:
        tar.add(file, "1.1/data/en-US.jsonl")
    return path
