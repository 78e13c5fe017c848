"""Several processes that train one student."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kiloglot.settings import Fitting, LossWeights, Sizes
from kiloglot.training import Taught

pytestmark = pytest.mark.slow

FITTING = Fitting(epochs=4, budget=400, warmup=5, row_rate=2e-2, rate=1e-2, device="cpu", save_seconds=0)
WEIGHTS = LossWeights()
SIZES = Sizes(unit_rows=4000, bag_rows=4000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=1)

PROGRAM = """
import hashlib, json, os, signal
from pathlib import Path
from kiloglot.settings import *
from kiloglot.stages import finetune
from kiloglot.training import loop

whole = loop._Run.best

def noting(run):
    digest = hashlib.sha256()
    for name, value in sorted(run.student.state_dict().items()):
        digest.update(value.numpy().tobytes())
    rank = run.accelerator.process_index
    found = {{"weights": digest.hexdigest(), "curve": run.curve, "dev": run.position.dev}}
    Path({folder!r}, f"rank{{rank}}.json").write_text(json.dumps(found))
    return whole(run)

loop._Run.best = noting

if "KILL_AT" in os.environ:
    logged = loop._Run._log

    def killing(run, pending):
        logged(run, pending)
        if run.position.step >= int(os.environ["KILL_AT"]):
            os.kill(os.getpid(), signal.SIGKILL)

    loop._Run._log = killing

finetune.run(finetune.FinetuneConfig(
    data=Path({data!r}), out=Path({folder!r}, "student"), sizes={sizes!r}, weights={weights!r}, fitting={fitting!r},
    tensorboard=Path({folder!r}, "curves"),
))
"""


def launch(program: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Two processes on the CPU, through what `accelerate launch` starts several processes with."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(program)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)


def program_in(folder: Path, assistant: Path, fitting: Fitting, weights: LossWeights = WEIGHTS) -> Path:
    """A program for every process, which writes into `folder`."""
    folder.mkdir(exist_ok=True)
    program = folder / "program.py"
    text = PROGRAM.format(folder=str(folder), data=str(assistant), sizes=SIZES, weights=weights, fitting=fitting)
    program.write_text(text, "utf-8")
    return program


def found_in(folder: Path) -> dict[str, Any]:
    """What both processes noted."""
    first, second = (json.loads((folder / f"rank{rank}.json").read_text("utf-8")) for rank in (0, 1))
    assert first == second, "both ranks hold equal weights and know equal figures"
    return dict(first)


@pytest.mark.parametrize("weights", [LossWeights(), LossWeights(meaning_weight=0)], ids=["all", "no meaning"])
def test_two_processes_train_one_student_that_learns(
    tiny_assistant: Path, tmp_path: Path, weights: LossWeights
) -> None:
    done = launch(program_in(tmp_path, tiny_assistant, FITTING, weights))
    assert done.returncode == 0, done.stderr
    found = found_in(tmp_path)
    curve = found["curve"]
    assert sum(curve[-10:]) < 0.6 * sum(curve[:10])
    assert found["dev"][-1][0] > 0.5
    taught = Taught.read(tmp_path / "student")
    assert len(taught.ontology.intents) > 1
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert len(list((tmp_path / "curves").iterdir())) == 1, "the first process alone writes curves"


def test_two_processes_that_were_killed_end_like_two_that_were_not(tiny_assistant: Path, tmp_path: Path) -> None:
    fitting = replace(FITTING, epochs=2)
    whole, killed = (program_in(tmp_path / name, tiny_assistant, fitting) for name in ("whole", "killed"))
    assert launch(whole).returncode == 0
    wanted = found_in(whole.parent)
    done = launch(killed, KILL_AT=str(3 * len(wanted["curve"]) // 4))
    assert done.returncode != 0
    assert not (killed.parent / "student").exists()
    done = launch(killed)
    assert done.returncode == 0, done.stderr
    assert found_in(killed.parent) == wanted


def test_fewer_batches_than_processes_are_enough(tiny_assistant: Path, tmp_path: Path) -> None:
    done = launch(program_in(tmp_path, tiny_assistant, replace(FITTING, epochs=2, budget=10**6)))
    assert done.returncode == 0, done.stderr
    assert len(found_in(tmp_path)["curve"]) == 2
