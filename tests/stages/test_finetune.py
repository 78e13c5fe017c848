"""`finetune`: a student or one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kiloglot.data import load
from kiloglot.errors import ConfigError, DataError, KiloglotError
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import finetune
from kiloglot.stages.finetune import FinetuneConfig
from kiloglot.stages.record import UNFINISHED
from kiloglot.training import Taught

SIZES = Sizes(unit_rows=2000, bag_rows=2000, unit_width=4, bag_width=4, hidden=8, embedding=4, min_count=1)
FITTING = Fitting(epochs=2, budget=2000, warmup=2, row_rate=2e-2, rate=1e-2, device="cpu")


@pytest.fixture
def config(tiny_assistant: Path, tmp_path: Path) -> FinetuneConfig:
    return FinetuneConfig(
        data=tiny_assistant, out=tmp_path / "student", locales=("en-US",), sizes=SIZES, fitting=FITTING
    )


class Lines:
    """Keeps what is said; counts steps of training."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps = 0.0

    def task(self, name: str, total: float | None = None, unit: str = "") -> Lines:
        return self if name == "Training" else Lines()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def advance(self, amount: float = 1.0, note: str = "") -> None:
        self.steps += amount if note else 0

    def say(self, line: str) -> None:
        self.said.append(line)


def test_it_writes_a_student_and_how_it_came_about(tiny_student: Path, tiny_assistant: Path) -> None:
    assert sorted(path.name for path in tiny_student.iterdir()) == [
        "stage.json",
        "student.json",
        "student.pt",
        "vocabularies.npz",
    ]
    taught = Taught.read(tiny_student)
    data = load(tiny_assistant, partitions=("train", "dev"))
    assert (taught.ontology, taught.locales) == (data.ontology, data.locales)
    record = json.loads((tiny_student / "stage.json").read_text("utf-8"))
    figures = record["figures"]
    assert record["inputs"] == {"data": data.signature}
    assert figures["utterances"] == len(data.only("train"))
    assert len(figures["curve"]) == figures["steps"]
    best = max(exact for _, exact in figures["dev"])
    assert figures["exact"] == best == figures["dev"][figures["best_epoch"] - 1][1]


def test_only_the_locales_that_are_asked_for_are_learnt(config: FinetuneConfig) -> None:
    report = finetune.run(config)
    assert Taught.read(report.out).locales == ("en-US",)


def test_a_student_that_exists_is_kept_unless_overwritten(config: FinetuneConfig) -> None:
    finetune.run(config)
    before = (config.out / "student.pt").read_bytes()
    other = replace(config, fitting=replace(FITTING, seed=7))
    with pytest.raises(ConfigError, match="exists already"):
        finetune.run(other)
    assert (config.out / "student.pt").read_bytes() == before
    finetune.run(replace(other, overwrite=True))
    assert (config.out / "student.pt").read_bytes() != before
    assert [path.name for path in config.out.parent.iterdir()] == ["student"]


def interrupted(config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trains to the end and is stopped before anything is written."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Taught, "write", stopped)
        finetune.run(config)
    assert not config.out.exists()


def test_a_run_that_was_stopped_after_training_is_not_trained_again(
    config: FinetuneConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(config, monkeypatch)
    lines = Lines()
    # Where and how often it writes makes no other student.
    report = finetune.run(replace(config, fitting=replace(FITTING, save_seconds=7.0, device="auto")), lines)
    assert lines.steps == 0
    assert any("Going on after step" in line for line in lines.said)
    assert report.exact == finetune.run(replace(config, out=config.out.with_name("again"))).exact
    assert not (config.out / UNFINISHED).exists()


@pytest.mark.parametrize("change", ["data", "settings"])
def test_a_checkpoint_of_other_data_or_settings_is_not_gone_on_from(
    config: FinetuneConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    interrupted(config, monkeypatch)
    if change == "data":
        changed = replace(config, locales=("de-DE",))
    else:
        changed = replace(config, fitting=replace(FITTING, rate=5e-3))
    lines = Lines()
    report = finetune.run(changed, lines)
    assert any("starting afresh" in line for line in lines.said)
    assert lines.steps == report.steps
    fresh = finetune.run(replace(changed, out=tmp_path / "fresh"))
    assert (report.exact, report.steps) == (fresh.exact, fresh.steps)


def test_impossible_settings_are_told_before_the_data_are_read(tmp_path: Path) -> None:
    config = FinetuneConfig(data=tmp_path / "absent", out=tmp_path / "out", fitting=Fitting(epochs=0))
    with pytest.raises(ConfigError, match="epochs is 0"):
        finetune.run(config)
    assert not list(tmp_path.iterdir())


def test_data_without_dev_is_one_clear_error(tmp_path: Path) -> None:
    row = {"id": "1", "locale": "en-US", "text": "stop", "intent": "stop", "slots": [], "partition": "train"}
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(row) + "\n", "utf-8")
    with pytest.raises(DataError, match="no utterance in dev"):
        finetune.run(FinetuneConfig(data=path, out=tmp_path / "out", sizes=SIZES, fitting=FITTING))
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told_before_training(config: FinetuneConfig, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    lines = Lines()
    with pytest.raises(KiloglotError, match="cannot be written"):
        finetune.run(replace(config, out=tmp_path / "file" / "student"), lines)
    assert lines.steps == 0


@pytest.fixture
def small_disk() -> Iterator[Callable[[], None]]:
    """Until called, no file may grow beyond a few kilobytes, which programs meet as they meet a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_one_clear_error_and_nothing_half(
    config: FinetuneConfig, small_disk: Callable[[], None]
) -> None:
    with pytest.raises(KiloglotError, match=r"cannot be written.*Make room"):
        finetune.run(config)
    assert not config.out.exists()
    assert not [path for path in config.out.parent.rglob("*") if path.suffix in (".pt", ".half")]
    small_disk()
    assert finetune.run(config).out.exists(), "with room again, the same command does it"
