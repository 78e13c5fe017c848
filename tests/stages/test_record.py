"""Folders that are whole or not there, and what is never replaced."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiloglot.errors import ConfigError, KiloglotError
from kiloglot.progress import SILENT, Task
from kiloglot.stages.record import (
    RECORD,
    UNFINISHED,
    StageRecord,
    named_folder,
    refuse_foreign,
    resumable_folder,
)

OURS = (RECORD, "*.pt", UNFINISHED)
ASKED: dict[str, Any] = {"seed": 1, "data": "abc"}


class Lines:
    """Keeps what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextmanager
    def task(self, name: str, total: float | None = None, unit: str = "") -> Iterator[Task]:
        with SILENT.task(name) as task:
            yield task

    def say(self, line: str) -> None:
        self.said.append(line)


def finished(out: Path, asked: dict[str, Any] = ASKED, *, overwrite: bool = False) -> None:
    """Work that ends well."""
    with resumable_folder(out, asked, ours=OURS, overwrite=overwrite) as folder:
        (folder / UNFINISHED / "state.pt").write_text("state")
        (folder / "student.pt").write_text(str(asked["seed"]))
        (folder / RECORD).write_text("{}")


def interrupted(out: Path, asked: dict[str, Any] = ASKED) -> None:
    """Work that ends after its first half."""
    with pytest.raises(KeyboardInterrupt), resumable_folder(out, asked, ours=OURS) as folder:
        (folder / UNFINISHED / "state.pt").write_text("half")
        raise KeyboardInterrupt


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "student"
    with resumable_folder(out, ASKED, ours=OURS) as folder:
        (folder / RECORD).write_text("{}")
        assert not out.exists()
    assert names(out) == [RECORD]
    assert names(out.parent) == ["student"]


def test_interrupted_work_leaves_no_folder_and_goes_on(tmp_path: Path) -> None:
    out, lines = tmp_path / "student", Lines()
    interrupted(out)
    assert not out.exists()
    with resumable_folder(out, ASKED, ours=OURS, progress=lines) as folder:
        assert (folder / UNFINISHED / "state.pt").read_text() == "half"
        (folder / RECORD).write_text("{}")
    assert names(out) == [RECORD]
    assert not lines.said


def test_what_was_begun_otherwise_is_begun_afresh_and_said(tmp_path: Path) -> None:
    out, lines = tmp_path / "student", Lines()
    interrupted(out)
    with resumable_folder(out, {**ASKED, "data": "xyz"}, ours=OURS, progress=lines) as folder:
        assert names(folder / UNFINISHED) == ["asked.json"]
        (folder / RECORD).write_text("{}")
    assert len(lines.said) == 1
    assert "starting afresh" in lines.said[0]


def test_a_folder_that_exists_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "student"
    finished(out)
    with pytest.raises(ConfigError, match="exists already"):
        finished(out, {"seed": 2})
    assert (out / "student.pt").read_text() == "1"
    finished(out, {"seed": 2}, overwrite=True)
    assert (out / "student.pt").read_text() == "2"
    assert names(tmp_path) == ["student"]


def test_a_failure_while_overwriting_keeps_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "student"
    finished(out)
    with pytest.raises(ZeroDivisionError), resumable_folder(out, ASKED, ours=OURS, overwrite=True):
        raise ZeroDivisionError
    assert (out / "student.pt").read_text() == "1"


@pytest.mark.parametrize("content", [["notes.md"], [RECORD, "notes.md"], ["student.pt"]])
def test_files_of_others_are_never_overwritten(tmp_path: Path, content: list[str]) -> None:
    out = tmp_path / "student"
    out.mkdir()
    for name in content:
        (out / name).write_text("mine")
    with pytest.raises(ConfigError, match="Move it away"):
        finished(out, overwrite=True)
    assert names(out) == sorted(content)


@pytest.mark.parametrize("out", [".", "..", "/", "a/.."])
def test_a_path_without_a_name_is_refused(tmp_path: Path, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    monkeypatch.chdir(tmp_path / "inner")
    with pytest.raises(ConfigError):
        finished(Path(out), overwrite=True)
    assert names(tmp_path) == ["inner"]


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KiloglotError, match=r"file/student: cannot be written \(Not a directory\)"):
        finished(tmp_path / "file" / "student")


def test_a_file_in_the_place_of_a_folder_is_kept(tmp_path: Path) -> None:
    (tmp_path / "student").write_text("mine")
    with pytest.raises(ConfigError):
        finished(tmp_path / "student", overwrite=True)
    assert (tmp_path / "student").read_text() == "mine"


def test_an_empty_or_absent_folder_is_nobodys(tmp_path: Path) -> None:
    refuse_foreign(tmp_path, OURS)
    refuse_foreign(tmp_path / "absent", OURS)


def test_a_renamed_folder_replaces_the_old_one_whole(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(name)
    named_folder(tmp_path / "new", tmp_path / "old")
    assert names(tmp_path) == ["old"]
    assert names(tmp_path / "old") == ["new.txt"]


class Second:
    """Any process but the first."""

    is_main_process = False

    def __init__(self) -> None:
        self.waits = 0

    def wait_for_everyone(self) -> None:
        self.waits += 1


def test_only_the_first_process_touches_the_folders(tmp_path: Path) -> None:
    second, out = Second(), tmp_path / "student"
    with resumable_folder(out, ASKED, ours=OURS, processes=second) as folder:
        assert folder == tmp_path / ".student.part"
    assert names(tmp_path) == []
    assert second.waits == 3


def test_the_record_says_how_it_came_about(tmp_path: Path) -> None:
    record = StageRecord("finetune", {"out": Path("a")}, {"data": "abc"}, {"exact": 0.5}, 1.5)
    record.write(tmp_path)
    content = json.loads((tmp_path / RECORD).read_text("utf-8"))
    assert content["config"] == {"out": "a"}
    assert (content["stage"], content["inputs"], content["figures"]) == ("finetune", {"data": "abc"}, {"exact": 0.5})
    assert {"python", "numpy", "torch", "platform"} <= content["versions"].keys()
