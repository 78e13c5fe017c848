"""The commands as a whole: what is listed, how fast, and that each stage is one."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from typing import Any

import pytest

import kiloglot as package
from kiloglot.cli.verbs import VERBS
from kiloglot.stages import STAGES, stage
from kiloglot.stages.configuring import options

PROGRAM = "from kiloglot.cli import main; main()"
HEAVY = ("torch", "matplotlib", "numpy", "onnxruntime", "kiloglot.stages.train")


def program(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})})


def test_every_stage_is_a_command() -> None:
    assert set(VERBS) == set(STAGES)


def test_help_lists_every_command_under_its_heading(kiloglot: Any) -> None:
    done = kiloglot("--help")
    assert done.exit_code == 0
    places = [done.stdout.index(f" {heading} ") for heading in ("Use", "Your assistant", "Make a model", "Prove")]
    assert places == sorted(places)
    for name in (*VERBS, "parse", "shell", "models"):
        assert f"│ {name} " in done.stdout


def test_no_arguments_show_the_help(kiloglot: Any) -> None:
    done = kiloglot()
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Your assistant" in done.stdout


@pytest.mark.parametrize("verb", STAGES)
def test_the_help_of_a_stage_shows_every_setting(verb: str, kiloglot: Any) -> None:
    done = kiloglot(verb, "--help")
    assert done.exit_code == 0
    for option in options(stage(verb).config):
        flag = f"--{option.name.rstrip('_').replace('_', '-')}"
        assert (option.name.upper() if option.name in VERBS[verb].arguments else flag) in done.stdout


def test_the_settings_of_a_group_stand_together(kiloglot: Any) -> None:
    shown = kiloglot("finetune", "--help").stdout
    assert shown.index("─ Sizes ─") < shown.index("--unit-rows") < shown.index("─ Noise ─") < shown.index("--dropout")


def test_listing_the_commands_loads_nothing_heavy() -> None:
    program = (
        "import sys\nfrom kiloglot.cli import main\n"
        f"try: main()\nfinally: print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_listing_the_commands_is_fast() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) < 0.4


def test_version(kiloglot: Any) -> None:
    assert kiloglot("--version").stdout == f"kiloglot {package.__version__}\n"


def test_version_as_json_holds_what_a_bug_report_needs(kiloglot: Any) -> None:
    content = json.loads(kiloglot("--version", "--json").stdout)
    assert content["kiloglot"] == package.__version__
    assert {"python", "platform", "numpy", "onnxruntime", "models"} <= set(content)
    assert all(len(model["sha256"]) == 64 for model in content["models"])


def test_models_as_json(kiloglot: Any) -> None:
    done = kiloglot("models", "--json")
    assert done.exit_code == 0
    assert all(model["bytes"] > 0 and model["locales"] for model in json.loads(done.stdout))


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", {"COMP_WORDS": "kiloglot {}", "COMP_CWORD": "1"}),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "kiloglot {}"}),
        ("fish", {"_TYPER_COMPLETE_ARGS": "kiloglot {}", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}),
    ],
)
def test_shells_complete_commands(shell: str, words: dict[str, str]) -> None:
    env = {name: value.format("pre") for name, value in words.items()}
    done = program(env={**env, "_KILOGLOT_COMPLETE": f"complete_{shell}"})
    assert "prepare" in done.stdout
    assert "predict" in done.stdout
    assert "export" not in done.stdout


def test_bash_completes_flags_and_their_values() -> None:
    env = {"_KILOGLOT_COMPLETE": "complete_bash", "COMP_WORDS": "kiloglot predict --partition ", "COMP_CWORD": "3"}
    assert program(env=env).stdout.split() == ["train", "dev", "test"]
    env |= {"COMP_WORDS": "kiloglot train --epo", "COMP_CWORD": "2"}
    assert program(env=env).stdout.split() == ["--epochs"]
