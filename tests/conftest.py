"""Settings that every test shares, and one small real model."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from kiloglot.runtime import NLU

# One thread, set before torch is imported: on busy cores two wait for each other, many times as long as one works.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every run, so that a change fails for its own faults only; `make explore` looks for fresh ones.
# A slow machine is no failure.
settings.register_profile("fixed", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=500)
settings.load_profile("fixed")


@pytest.fixture(scope="session")
def tiny_assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter assistant in three locales, Latin and Japanese. Shared: read it, or copy it before changing it."""
    from kiloglot.stages import init

    folder = tmp_path_factory.mktemp("assistant")
    return init.run(init.InitConfig("tiny", folder, ("de-DE", "en-US", "ja-JP"))).folder


@pytest.fixture(scope="session")
def tiny_student(tiny_assistant: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `finetune` writes of the tiny assistant in a few seconds: small, and right more often than not."""
    from kiloglot.settings import Fitting, Sizes
    from kiloglot.stages import finetune

    sizes = Sizes(unit_rows=8000, bag_rows=8000, unit_width=16, bag_width=16, hidden=32, embedding=16, min_count=1)
    fitting = Fitting(epochs=5, budget=2048, warmup=20, row_rate=2e-2, rate=1e-2, device="cpu")
    out = tmp_path_factory.mktemp("student") / "student"
    return finetune.run(finetune.FinetuneConfig(data=tiny_assistant, out=out, sizes=sizes, fitting=fitting)).out


@pytest.fixture(scope="session")
def tiny_model(tiny_assistant: Path, tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny student as an artifact that the runtime reads. Shared: read it, or copy it before changing it."""
    from kiloglot.stages import export

    out = tmp_path_factory.mktemp("model") / "tiny"
    asked = export.ExportConfig(student=tiny_student, data=tiny_assistant, out=out, name="tiny", tolerance=0.05)
    return export.run(asked).out


@pytest.fixture(scope="session")
def nlu(tiny_model: Path) -> NLU:
    """The tiny model, loaded."""
    from kiloglot.runtime import NLU

    return NLU.load(tiny_model)
