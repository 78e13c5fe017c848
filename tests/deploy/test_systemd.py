"""The systemd unit: verified by systemd, and what it starts, started."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from wyoming.intent import Intent

from tests.deploy.conftest import BIN, Start, free_port, understood

UNIT = (Path(__file__).resolve().parents[2] / "deploy" / "kiloglot.service").read_text(encoding="utf-8")

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with kiloglot where it lies here."""
    path = tmp_path / "kiloglot.service"
    path.write_text(UNIT.replace("/opt/kiloglot/bin", str(BIN)))
    return path


def analysed(*arguments: str | Path) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@analyze
def test_systemd_finds_nothing_wrong_with_it(unit: Path) -> None:
    told = analysed("verify", "--man=no", unit).splitlines()
    assert [line for line in told if unit.name in line] == []  # What it says of other units is not ours.


@analyze
def test_systemd_calls_it_well_protected(unit: Path) -> None:
    (exposure,) = re.findall(r"exposure level for \S+: ([\d.]+)", analysed("security", "--offline=true", unit))
    assert float(exposure) <= 1.5  # Of 10; below 2 is what systemd calls OK.


def test_what_it_starts_answers(start: Start) -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", UNIT, flags=re.MULTILINE)
    port = free_port()
    moved = line.replace("/opt/kiloglot/bin", str(BIN)).replace(":10500", f":{port}").replace(":5005", ":0")
    start(shlex.split(moved))
    answer = understood(f"tcp://127.0.0.1:{port}", "mach das licht in der küche aus")
    assert Intent.from_event(answer).name == "iot_hue_lightoff"
