"""A small model that was really trained, and the command line in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest
from typer.testing import CliRunner

from kiloglot.cli.app import app
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import export, finetune, init

SMALL = Sizes(unit_rows=3000, bag_rows=3000, unit_width=16, bag_width=16, hidden=16, embedding=8, bits=8, min_count=2)
SHORT = Fitting(epochs=2, warmup=5, row_rate=2e-2, rate=1e-2, budget=1024, device="cpu")


class Kiloglot(Protocol):
    """Runs a command line and returns its outcome: `exit_code`, `stdout`, `stderr`."""

    def __call__(self, *args: object, said: str | bytes | None = None) -> Any: ...


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter assistant in two locales, with a model of it in `model`."""
    folder = init.run(init.InitConfig("home", tmp_path_factory.mktemp("cli"), ("en-US", "de-DE"))).folder
    student = folder.parent / "student"
    finetune.run(finetune.FinetuneConfig(folder, student, sizes=SMALL, fitting=SHORT))
    export.run(export.ExportConfig(student, folder, folder / "model", name="home", tolerance=0.1))
    return folder


@pytest.fixture(scope="session")
def model(assistant: Path) -> Path:
    """The folder of the model."""
    return assistant / "model"


@pytest.fixture
def kiloglot() -> Kiloglot:
    """The command line in this process."""
    runner = CliRunner(env={"COLUMNS": "120", "TERM": "dumb"})

    def run(*args: object, said: str | bytes | None = None) -> Any:
        return runner.invoke(app, [str(each) for each in args], input=said, prog_name="kiloglot")

    return run
