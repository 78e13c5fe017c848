"""The load of the servers and the soak: what they print and draw, what they find, and one short run of each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import load, soak
from benchmarks.clients import WAYS, Told, expected
from benchmarks.load import Load, Loads
from benchmarks.machine import Machine
from benchmarks.soak import Soak, grown
from kiloglot.runtime import NLU

MB = 1 << 20
MACHINE = Machine("A processor", 2, "Linux", "3.11", {}, load=0.1)
BARE = Load("parse", 1, 1600.0, 0.61, 1.1, 8_000, 0, 0.0, 1.0)
LOADS = Loads(
    MACHINE,
    "massive 1",
    1000,
    (BARE, *(replace(BARE, way=way.name, clients=8, client_share=0.12) for way in WAYS)),
    70.0,
)
SOAK = Soak(
    MACHINE, "massive 1", 50.0, 60.0, 3000, 0, 0, (), 2.5, 9.0, tuple((float(at), 130 * MB) for at in range(60)), 0, 0
)


def test_the_table_stands_beside_the_bare_parse() -> None:
    shown = load.text(LOADS).splitlines()
    assert [line.split("  ")[0] for line in shown[3:]] == ["parse", *(way.name for way in WAYS)]
    assert "1,600" in shown[3]
    assert "12 %" in shown[4]


def test_the_pictures_are_pngs() -> None:
    assert load._picture(LOADS).startswith(b"\x89PNG")
    assert soak._picture(SOAK).startswith(b"\x89PNG")


@pytest.mark.parametrize("fault", [{"lost": 1}, {"wrong": 1}, {"errors": 1}, {"grown": 3 * MB}])
def test_a_soak_fails_of_one_fault(fault: dict[str, int]) -> None:
    assert SOAK.ok
    assert soak.text(SOAK).endswith("passed")
    failed = replace(SOAK, **fault)  # type: ignore[arg-type]
    assert not failed.ok
    assert soak.text(failed).endswith("FAILED")


def test_memory_that_grows_is_told_from_memory_that_settles() -> None:
    settles = [60 * MB, 120 * MB, *[130 * MB] * 98]
    leaks = [130 * MB + at * MB // 10 for at in range(100)]
    assert grown(settles) == 0
    assert grown(leaks) == pytest.approx(6 * MB, rel=0.1)
    assert grown([130 * MB]) == 0


def test_what_a_server_has_to_say_is_what_the_model_says(nlu: NLU) -> None:
    parse = nlu.parse("wake me up tomorrow at nine", "en-US")
    told = tuple((slot.type, slot.value(parse.text)) for slot in parse.slots)
    assert expected(replace(parse, rejected=None)) == Told(parse.intent, told)
    assert expected(replace(parse, rejected="low_confidence")) == Told(None, ())


@pytest.mark.slow
def test_a_load_is_measured(tiny_model: Path, tmp_path: Path) -> None:
    found = load.loaded(tmp_path / "load", model=str(tiny_model), seconds=0.3, counts=(1, 8))
    assert [(each.way, each.clients) for each in found.loads[1:]] == [(way.name, n) for way in WAYS for n in (1, 8)]
    assert all(each.faults == 0 < each.requests and 0 < each.client_share < 1 for each in found.loads[1:])
    assert json.loads((tmp_path / "load" / "bench-serve.json").read_text("utf-8"))["model"] == found.model
    assert (tmp_path / "load" / "bench-serve.png").is_file()


@pytest.mark.slow
def test_a_soak_of_twenty_seconds_passes(tiny_model: Path, tmp_path: Path) -> None:
    found = soak.soaked(tmp_path / "soak", model=str(tiny_model), seconds=20, rate=50)
    assert found.ok, soak.text(found)
    assert found.asked >= 950
    assert len(found.memory) >= 18
    assert json.loads((tmp_path / "soak" / "soak-serve.json").read_text("utf-8"))["ok"] is True
