"""`train`: from an assistant's folder to a model and a report, or one clear error and nothing changed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from kiloglot.data import load, scan_project
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.runtime import NLU
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import evaluate, export, init, predict, train
from kiloglot.stages.train import TrainConfig, TrainReport

SIZES = Sizes(unit_rows=3000, bag_rows=3000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=1)
FITTING = Fitting(epochs=2, budget=1500, warmup=2, row_rate=2e-2, rate=1e-2, device="cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainReport:
    """A small assistant with its model and report. Shared: read it, or copy it before changing it."""
    folder = init.run(init.InitConfig("home", tmp_path_factory.mktemp("train"), ("en-US",))).folder
    return train.run(TrainConfig(folder=folder, from_scratch=True, sizes=SIZES, fitting=FITTING))


def test_the_model_bears_the_labels_of_its_assistant(trained: TrainReport) -> None:
    manifest = NLU.load(trained.model).manifest
    assistant = scan_project(trained.model.parent).assistant
    assert assistant is not None
    assert (manifest.name, manifest.version, manifest.licence) == ("home", assistant.version, assistant.licence)
    assert assistant.licence == "CC0-1.0"


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without plots, which take most of their time."""
    monkeypatch.setattr(evaluate, "draw_plots", lambda _: {})


@pytest.fixture
def again(trained: TrainReport, tmp_path: Path) -> TrainConfig:
    """To train anew what has a model and a report."""
    folder = shutil.copytree(trained.model.parent, tmp_path / "home")
    return TrainConfig(folder=Path(folder), from_scratch=True, sizes=SIZES, fitting=FITTING)


@pytest.fixture
def config(again: TrainConfig) -> TrainConfig:
    """To train what has neither."""
    for place in ("model", "report"):
        shutil.rmtree(again.folder / place)
    return again


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_folder_becomes_a_model_and_a_report(trained: TrainReport) -> None:
    folder = trained.model.parent
    assert names(folder) == ["assistant.toml", "locales", "model", "report"]
    assert (trained.model, trained.report) == (folder / "model", folder / "report" / "report.html")
    assert {"report.html", "report.json", "mistakes.jsonl", "confusion.png"} <= {*names(folder / "report")}
    assert trained.exported.out == folder / "model"
    assert trained.scores.signature.partition == "test"
    assert trained.scores.signature.utterances == len(load(folder, partitions=["test"]).utterances)
    nlu = NLU.load(trained.model)
    assert nlu.manifest.name == "home"
    assert nlu.parse("stop", "en-US").intent in nlu.manifest.ontology.intents


@pytest.mark.usefixtures("no_pictures")
def test_a_second_run_replaces_model_and_report(again: TrainConfig) -> None:
    places = again.folder / "model", again.folder / "report"
    before = [contents(place) for place in places]
    train.run(replace(again, fitting=replace(FITTING, seed=1), name="other"))
    assert all(contents(place) != old for place, old in zip(places, before, strict=True))
    assert NLU.load(places[0]).manifest.name == "other"
    assert names(again.folder) == ["assistant.toml", "locales", "model", "report"]


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("stage", [export, predict, evaluate])
def test_a_failure_anywhere_leaves_the_old_model_and_report(
    again: TrainConfig, trained: TrainReport, monkeypatch: pytest.MonkeyPatch, stage: object
) -> None:
    places = again.folder / "model", again.folder / "report"
    before = [contents(place) for place in places]

    def failing(*_: object) -> None:
        raise DataError("no")

    with monkeypatch.context() as patch, pytest.raises(DataError):
        patch.setattr(stage, "run", failing)
        train.run(replace(again, fitting=replace(FITTING, seed=1)))
    assert [contents(place) for place in places] == before
    found = train.run(again)
    assert same(found, trained), "the next run is as if nothing had been"
    assert names(again.folder) == ["assistant.toml", "locales", "model", "report"]


def same(first: TrainReport, second: TrainReport) -> bool:
    """Whether two runs made the same model."""
    return first.exported == replace(second.exported, out=first.exported.out)


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("report", ["notes.md"]),
        ("report", ["report.json", "notes.md"]),
        ("report", ["plot.png"]),
        ("model", ["weights.bin"]),
        ("model", ["README.md"]),
        ("model", ["manifest.json", "diary.txt"]),
    ],
)
def test_files_of_the_owner_are_never_replaced(config: TrainConfig, place: str, content: list[str]) -> None:
    folder = config.folder / place
    folder.mkdir()
    for name in content:
        (folder / name).write_text("mine")
    with pytest.raises(ConfigError, match="Move it away"):
        train.run(config)
    assert contents(folder) == dict.fromkeys(content, b"mine")
    assert not [name for name in names(config.folder) if name.startswith(".")]


@pytest.mark.usefixtures("no_pictures")
def test_model_and_report_go_where_they_are_asked_to(config: TrainConfig, tmp_path: Path) -> None:
    before = names(config.folder)
    found = train.run(replace(config, out=tmp_path / "a" / "m", report=tmp_path / "b" / "r"))
    assert names(config.folder) == before
    assert (found.model, found.report) == (tmp_path / "a" / "m", tmp_path / "b" / "r" / "report.html")
    assert NLU.load(found.model).manifest.locales == ("en-US",)
    assert (names(tmp_path / "a"), names(tmp_path / "b")) == (["m"], ["r"])


def test_the_assistant_itself_is_no_place_for_the_model(config: TrainConfig) -> None:
    before = names(config.folder)
    with pytest.raises(ConfigError):
        train.run(replace(config, out=config.folder))
    assert names(config.folder) == before


def test_a_faulty_folder_is_refused_with_all_its_faults(lines: Any, config: TrainConfig) -> None:
    file = config.folder / "locales" / "en-US.yaml"
    text = file.read_text("utf-8").splitlines()
    text += ["  lights_onn:", "    train: [hello]", "  dance:", "    train: [dance]"]
    file.write_text("\n".join(text) + "\n", "utf-8")
    with pytest.raises(DataError, match=r"2 errors in the assistant.*kiloglot validate"):
        train.run(config, lines)
    for name, line in (("lights_onn", len(text) - 3), ("dance", len(text) - 1)):
        (said,) = (said for said in lines.said if f"'{name}'" in said)
        assert f"{file}:{line}: " in said
    assert names(config.folder) == ["assistant.toml", "locales"]


KILLED = """
import os, signal
from pathlib import Path
from kiloglot.settings import *
from kiloglot.stages import {stage}, train

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

{stage}.run = killed
train.run(train.TrainConfig(folder=Path({folder!r}), from_scratch=True, sizes={sizes!r}, fitting={fitting!r}))
"""


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
def test_a_killed_run_is_made_good_by_the_next(config: TrainConfig, trained: TrainReport) -> None:
    program = KILLED.format(stage="export", folder=str(config.folder), from_scratch=True, sizes=SIZES, fitting=FITTING)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (config.folder / "model").exists()
    assert not (config.folder / "report").exists()
    assert same(train.run(config), trained)
    assert names(config.folder) == ["assistant.toml", "locales", "model", "report"]


Row = tuple[str, str, str, list[tuple[str, int, int]]]


def small(folder: Path, train_rows: list[Row], dev_rows: list[Row]) -> TrainConfig:
    """Data of a few rows (locale, text, intent, slots) in a folder of their own."""
    folder.mkdir()
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        for partition, rows in (("train", train_rows), ("dev", dev_rows)):
            for number, (locale, text, intent, slots) in enumerate(rows):
                row = {"id": f"{partition}{number}", "locale": locale, "text": text, "intent": intent}
                spans = [{"type": kind, "start": start, "end": end} for kind, start, end in slots]
                file.write(json.dumps({**row, "slots": spans, "partition": partition}, ensure_ascii=False) + "\n")
    return TrainConfig(folder=folder, from_scratch=True, sizes=SIZES, fitting=FITTING)


STOP: Row = ("en-US", "stop", "stop", [])
SMALL: dict[str, tuple[list[Row], list[Row]]] = {
    "one utterance": ([STOP], [STOP]),
    "one intent": (
        [("en-US", "wake me at six", "alarm", [("time", 11, 14)]), ("en-US", "alarm for ten", "alarm", [])],
        [("en-US", "wake me at ten", "alarm", [("time", 11, 14)])],
    ),
    "no slots": (
        [STOP, ("en-US", "go on", "go", []), ("de-DE", "halt", "stop", []), ("de-DE", "weiter", "go", [])],
        [STOP, ("de-DE", "weiter bitte", "go", [])],
    ),
    "Han alone": (
        [("zh-TW", "明天早上七點叫我", "alarm", [("time", 4, 6)]), ("zh-TW", "停", "stop", [])],
        [("zh-TW", "八點叫我", "alarm", [("time", 0, 2)]), ("zh-TW", "停", "stop", [])],
    ),
    "without words": ([STOP, ("en-US", "?", "help", [])], [STOP, ("en-US", "!?", "help", [])]),
}


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("name", sorted(SMALL))
def test_the_smallest_data_give_a_model(name: str, tmp_path: Path) -> None:
    config = small(tmp_path / "data", *SMALL[name])
    found = train.run(config)
    assert found.scores.signature.partition == "dev"
    nlu = NLU.load(found.model)
    for locale, text, _, _ in SMALL[name][0]:
        for told in (locale, None):
            parse = nlu.parse(text, told, explain=True)
            assert parse.intent in ("", *nlu.manifest.ontology.intents)
            assert 0 <= parse.confidence <= 1
            assert all(slot.type in nlu.manifest.ontology.slot_types for slot in parse.slots)


def test_data_without_dev_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no utterance in dev"):
        train.run(small(tmp_path / "data", [STOP], []))
    assert not (tmp_path / "data" / "model").exists()


def test_a_file_of_data_needs_places_for_model_and_report(tmp_path: Path) -> None:
    small(tmp_path / "data", [STOP], [STOP])
    with pytest.raises(ConfigError, match="--out and --report"):
        train.run(TrainConfig(folder=tmp_path / "data" / "rows.jsonl"))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises((DataError, ConfigError), match="absent"):
        train.run(TrainConfig(folder=tmp_path / "absent"))
    assert not list(tmp_path.iterdir())


WITHOUT = """
import sys

class Without:
    # Another finder, blind to one package.

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] == {absent!r} else self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Without, sys.meta_path)
from pathlib import Path
from kiloglot.errors import MissingExtraError
from kiloglot.stages import export, finetune, train

here = Path({folder!r})
for stage, config in (
    (train, train.TrainConfig(folder=here)),
    (finetune, finetune.FinetuneConfig(data=here, out=here / "student")),
    (export, export.ExportConfig(student=here / "student", data=here, out=here / "model")),
):
    try:
        stage.run(config)
    except MissingExtraError as error:
        print(error)
"""


def test_without_torch_the_install_command_is_told(tiny_assistant: Path) -> None:
    program = WITHOUT.format(absent="torch", folder=str(tiny_assistant))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.rpartition(". ")[2] for line in done.stdout.splitlines()] == [
        "Run: pip install 'kiloglot[train,report]'",
        "Run: pip install 'kiloglot[train]'",
        "Run: pip install 'kiloglot[train]'",
    ]


def test_several_processes_are_for_finetune(config: TrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match="kiloglot finetune"):
        train.run(config)


@pytest.mark.parametrize("absent", ["matplotlib", "onnx", "accelerate"])
def test_an_absent_package_is_told_before_the_work(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, absent: str
) -> None:
    monkeypatch.setattr(train, "find_spec", lambda name: None if name == absent else find_spec(name))
    with pytest.raises(MissingExtraError):
        train.run(config)
    assert names(config.folder) == ["assistant.toml", "locales"]
