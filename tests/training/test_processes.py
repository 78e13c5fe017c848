"""Several processes that train one student."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiloglot.settings import Fitting, LossWeights, Sizes
from kiloglot.training import Taught

pytestmark = pytest.mark.slow

SIZES = Sizes(unit_rows=4000, bag_rows=4000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=1)

PROGRAM = """
import hashlib, json, os, sys
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
finetune.run(finetune.FinetuneConfig(
    data=Path({data!r}), out=Path({folder!r}, "student"), sizes={sizes!r}, weights={weights!r}, fitting={fitting!r},
    tensorboard=Path({folder!r}, "curves"),
))
"""


def launch(program: Path) -> subprocess.CompletedProcess[str]:
    """Two processes on the CPU, through what `accelerate launch` starts several processes with."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", str(program)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)


@pytest.mark.parametrize("weights", [LossWeights(), LossWeights(meaning_weight=0)], ids=["all", "no meaning"])
def test_two_processes_train_one_student_that_learns(
    tiny_assistant: Path, tmp_path: Path, weights: LossWeights
) -> None:
    fitting = Fitting(epochs=4, budget=400, warmup=5, row_rate=2e-2, rate=1e-2, device="cpu", save_seconds=0)
    program = tmp_path / "program.py"
    program.write_text(
        PROGRAM.format(folder=str(tmp_path), data=str(tiny_assistant), sizes=SIZES, weights=weights, fitting=fitting),
        "utf-8",
    )
    done = launch(program)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text("utf-8")) for rank in (0, 1))
    assert first == second, "both ranks hold equal weights and know equal figures"
    curve = first["curve"]
    assert sum(curve[-10:]) < 0.6 * sum(curve[:10])
    assert first["dev"][-1][0] > 0.5
    taught = Taught.read(tmp_path / "student")
    assert len(taught.ontology.intents) > 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    assert len(list((tmp_path / "curves").iterdir())) == 1, "the first process alone writes curves"


def test_fewer_batches_than_processes_are_enough(tiny_assistant: Path, tmp_path: Path) -> None:
    fitting = Fitting(epochs=2, budget=10**6, warmup=1, device="cpu")
    program = tmp_path / "program.py"
    text = PROGRAM.format(
        folder=str(tmp_path), data=str(tiny_assistant), sizes=SIZES, weights=LossWeights(), fitting=fitting
    )
    program.write_text(text, "utf-8")
    done = launch(program)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text("utf-8")) for rank in (0, 1))
    assert first == second
    assert len(first["curve"]) == 2
