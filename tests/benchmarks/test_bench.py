"""The whole benchmark: what it prints, draws and writes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.bench import measured
from benchmarks.machine import Machine, this_machine
from benchmarks.own_costs import BATCHES, LENGTHS
from benchmarks.picture import picture
from benchmarks.results import LeftOut, Length, Outcome, Results, Sizes, Throughput
from benchmarks.start import Start, measured_start
from benchmarks.tables import text
from benchmarks.timing import Latency
from kiloglot.errors import ArtifactError, ConfigError

_OURS = Outcome(
    name="kiloglot", scope="all", learned=0, make_seconds=0.1, load_seconds=0.2, latency=Latency(0.61, 0.7, 1.25, 900),
    model_bytes=24_000_000, memory=90_000_000, installed_bytes=180_000_000, intent=0.84, slot_f1=0.735, scored=2_080,
    note="",
)  # fmt: skip
_RESULTS = Results(
    machine=Machine("A processor", 2, "Linux", "3.11", {"numpy": "2.0"}, load=0.1),
    model="massive 1",
    corpus="massive-1.1@0123456789ab",
    locales=52,
    systems=(_OURS, replace(_OURS, name="other", intent=None, slot_f1=None, note="a note")),
    left_out=(LeftOut("absent", "not installed: absent", failed=False),),
    throughput=(Throughput(1, 0.5, 2000.0), Throughput(8, 2.0, 4000.0)),
    lengths=(Length(1, 0.3, 0.4), Length(1000, 20.0, 25.0)),
    parts={"network": 200.0, "rest": 100.0, "whole": 300.0},
    start=Start(0.02, 0.04, 0.2, 0.4, 0.5, 76_000_000),
    sizes=Sizes(24_000_000, None, {"onnxruntime": 80_000_000}),
    seconds=200.0,
)


def test_the_tables_say_what_was_measured_and_what_was_not() -> None:
    shown = text(_RESULTS)
    assert "0.61  0.70  1.25    900" in shown
    assert "84.0   73.5" in shown
    assert "absent: left out, not installed: absent" in shown
    assert "other: a note" in shown
    assert "300 (network 200, rest 100)" in shown
    assert "wheel could not be built here" in shown


def test_a_busy_machine_is_said_to_be_one() -> None:
    assert "Other work" not in text(_RESULTS)
    assert "take ratios" in text(replace(_RESULTS, machine=replace(_RESULTS.machine, load=3.0)))


def test_the_picture_is_a_png_of_some_size() -> None:
    drawn = picture(_RESULTS)
    assert drawn.startswith(b"\x89PNG")
    assert int.from_bytes(drawn[16:20]) > 1000  # its width


def test_this_machine_has_a_name_and_cores() -> None:
    machine = this_machine(["numpy", "no-such-package"])
    assert machine.processor
    assert machine.cores >= 1
    assert machine.packages.keys() == {"numpy"}


def test_every_kind_of_start_is_measured(tiny_model: Path) -> None:
    start = measured_start(str(tiny_model), times=1)
    assert min(start.interpreter, start.imports, start.imports_runtime, start.first_answer, start.command) > 0
    assert 2e7 < start.memory < 1e9


def test_foreign_folders_and_absent_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError):
        measured(tmp_path / "bench", model="no-such-model")
    (tmp_path / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(ConfigError):
        measured(tmp_path)


@pytest.mark.slow
def test_a_run_writes_all_figures(tiny_assistant: Path, tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "work" / "bench"
    for _ in range(2):  # The second run replaces the first.
        measured(out, data=tiny_assistant, model=str(tiny_model), modules=("kiloglot_nlu", "linear_svc"), seconds=0.02)
    assert {path.name for path in out.parent.rglob("*")} == {"bench", "bench.json", "bench.png"}
    found = json.loads((out / "bench.json").read_text(encoding="utf-8"))
    assert [system["name"] for system in found["systems"]] == [
        "kiloglot", "LinearSVC, one locale", "LinearSVC, all locales",
    ]  # fmt: skip
    assert [each["batch"] for each in found["throughput"]] == list(BATCHES)
    assert [each["units"] for each in found["lengths"]] == list(LENGTHS)
    assert found["left_out"] == []
