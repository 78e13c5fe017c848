"""How commands end: one line and the right code, whatever goes wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kiloglot.cli import faults
from kiloglot.cli.faults import ending
from kiloglot.errors import ArtifactError, ConfigError, DataError, GateError, KiloglotError, MissingExtraError

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-c", "from kiloglot.cli import main; main()"]


def parsing(model: Path, *flags: str) -> subprocess.Popen[bytes]:
    """`kiloglot parse` in a process of its own, waiting for lines."""
    pipe = subprocess.PIPE
    command = [*COMMAND, "parse", "--model", str(model), *flags]
    # A shell that starts the tests in the background has Ctrl-C ignored, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("kind", [KiloglotError, ConfigError, DataError, ArtifactError, GateError])
def test_an_error_is_one_line_with_place_and_remedy(
    kind: type[KiloglotError], capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        raise kind("is\nbroken", remedy="Mend it", path="a.jsonl", line=3)

    assert ending(work) == kind.exit_code
    assert capsys.readouterr().err == "kiloglot: a.jsonl:3: is broken. Mend it\n"


def test_a_missing_extra_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise MissingExtraError("training", "train")

    assert ending(work) == 6
    assert "pip install 'kiloglot[train]'" in capsys.readouterr().err


def test_a_fault_of_ours_is_shown_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        raise ZeroDivisionError("oh")

    assert ending(work) == faults.UNEXPECTED
    *shown, last = capsys.readouterr().err.splitlines()
    assert shown[0].startswith("Traceback")
    assert "report" in last


def test_a_refusal_of_the_system_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(lambda: Path("/nowhere/at/all").read_bytes()) == 1
    assert capsys.readouterr().err == "kiloglot: /nowhere/at/all: No such file or directory\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["trian"], "Did you mean 'train'?"),
        (["train"], "FOLDER"),
        (["train", "x", "--bogus"], "--bogus"),
        (["finetune", "--data", "x", "--out", "y", "--epochs", "many"], "--epochs"),
        (["predict", "--data", "x", "--out", "y", "--partition", "exam"], "train, dev, test"),
        (["parse", "--top-k", "x", "hello"], "--top-k"),
    ],
)
def test_what_does_not_exist_is_one_line_too(args: list[str], said: str, kiloglot: Any) -> None:
    done = kiloglot(*args)
    assert (done.exit_code, done.stdout) == (faults.USAGE, "")
    assert done.stderr.startswith("kiloglot: ")
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_closed_pipe_is_quiet(flags: tuple[str, ...], model: Path) -> None:
    with parsing(model, *flags) as work:
        assert work.stdin and work.stdout and work.stderr
        work.stdin.write(b"hello\n")
        work.stdin.flush()
        work.stdout.readline()
        work.stdout.close()
        with suppress(BrokenPipeError):
            work.stdin.write(b"hello\n" * 10)
            work.stdin.close()
        assert (work.wait(), work.stderr.read()) == (faults.CLOSED_PIPE, b"")


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is no signal there")
def test_ctrl_c_ends_quietly(model: Path) -> None:
    with parsing(model) as work:
        assert work.stdin and work.stdout
        work.stdin.write(b"hello\n")
        work.stdin.flush()
        work.stdout.readline()
        work.send_signal(signal.SIGINT)
        _, said = work.communicate()
        assert (work.returncode, said) == (faults.INTERRUPTED, b"")


def test_the_page_lists_every_ending() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    listed = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| ([a-z ]+) \|", page, flags=re.MULTILINE)}
    assert listed == {
        "success": 0,
        "failed check": faults.FAILED_CHECK,
        "usage": faults.USAGE,
        "unexpected": faults.UNEXPECTED,
        "interrupted": faults.INTERRUPTED,
        "closed pipe": faults.CLOSED_PIPE,
    }
