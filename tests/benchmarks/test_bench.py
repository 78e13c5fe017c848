"""The whole benchmark: what it prints, draws and writes."""

from __future__ import annotations

import json
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from benchmarks.bench import measured
from benchmarks.machine import Machine, this_machine
from benchmarks.memory import Memory
from benchmarks.own_costs import BATCHES, LENGTHS
from benchmarks.picture import picture
from benchmarks.readme import SHOWN, rows
from benchmarks.results import LeftOut, Length, Outcome, Results, Sizes, Throughput
from benchmarks.start import Start, measured_start
from benchmarks.tables import text
from benchmarks.timing import Latency
from kiloglot.errors import ArtifactError, ConfigError

README = Path(__file__).resolve().parents[2] / "README.md"
_OURS = Outcome(
    name="kiloglot", scope="all", learned=0, make_seconds=0.1, load_seconds=0.2, start_seconds=0.3,
    latency=Latency(0.61, 0.7, 1.25, 900), model_bytes=24_000_000, memory=90_000_000, installed_bytes=180_000_000,
    intent=0.84, slot_f1=0.735, scored=2_080, note="",
)  # fmt: skip
_OTHER = replace(_OURS, name="other", latency=Latency(12.2, 13.0, 14.6, 90), intent=None, slot_f1=None, note="a note")
_RESULTS = Results(
    machine=Machine("A processor", 2, "Linux", "3.11", {"numpy": "2.0"}, load=0.1),
    model="massive 1",
    corpus="massive-1.1@0123456789ab",
    locales=52,
    systems=(_OURS, _OTHER),
    left_out=(LeftOut("absent", "not installed: absent", failed=False),),
    throughput=(Throughput(1, 0.5, 2000.0), Throughput(8, 2.0, 4000.0)),
    lengths=(Length(1, 0.3, 0.4), Length(1000, 20.0, 25.0)),
    parts={"network": 200.0, "rest": 100.0, "whole": 300.0},
    start=Start(0.02, 0.04, 0.2, 0.4, 0.5),
    memory=Memory(loaded=84_000_000, after=85_000_000, peak=86_000_000, one=82_000_000, each=40_000_000),
    sizes=Sizes(24_000_000, None, {"onnxruntime": 80_000_000}),
    seconds=200.0,
)


def test_the_tables_say_what_was_measured_and_what_was_not() -> None:
    shown = text(_RESULTS)
    assert "0.61       1  0.70  1.25    900" in shown
    assert "12.2      20  13.0  14.6" in shown
    assert "84.0   73.5" in shown
    assert "absent: left out, not installed: absent" in shown
    assert "other: a note" in shown
    assert "300 (network 200, rest 100)" in shown
    assert "wheel could not be built here" in shown
    assert "84.0 MB after one parse, 85.0 MB after 10,000 more" in shown
    assert "82.0 MB where one process runs, 40.0 MB each where 10 run" in shown


def test_nothing_is_compared_with_ours_where_ours_was_not_measured() -> None:
    alone = text(replace(_RESULTS, systems=(_OTHER,)))
    assert "other  " in alone
    assert " 20  13.0" not in alone
    assert rows(replace(_RESULTS, systems=(_OTHER,))) == []


def test_rows_are_those_of_the_readme_with_new_times_and_sizes() -> None:
    names = list(dict.fromkeys(SHOWN.values()))
    encoder = "XLM-R Base's shape, int8"
    systems = [replace(_OTHER if name == encoder else _OURS, name=name) for name in names]
    printed = rows(replace(_RESULTS, systems=tuple(systems)))
    table = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[:-2] for row in printed] == [
        line.split(" | ")[:-2] for line in table if line.removeprefix("| ").split(" | ")[0] in SHOWN
    ]
    endings = dict(zip(names, [row.split(" | ")[-2:] for row in printed], strict=True))
    assert endings["kiloglot"] == ["24.0 MB", "0.61 ms |"]
    assert endings[encoder] == ["270M weights", "12.2 ms, an encoder of its shape in int8 |"]
    assert endings["LinearSVC, one locale"] == ["24.0 MB a locale", "0.61 ms |"]


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
    assert all(seconds > 0 for seconds in astuple(start))


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
        "kiloglot", "kiloglot, the same again", "LinearSVC, one locale", "LinearSVC, all locales",
    ]  # fmt: skip
    assert [each["batch"] for each in found["throughput"]] == list(BATCHES)
    assert [each["units"] for each in found["lengths"]] == list(LENGTHS)
    assert found["left_out"] == []
