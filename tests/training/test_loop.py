"""The loop: killed and resumed, stopped early, on its best epoch, in half precision."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.training import Lesson, checkpoint, teach
from kiloglot.training import loop as loop_module
from kiloglot.training.assess import Assessment
from kiloglot.values import Dataset

SIZES = Sizes(unit_rows=4000, bag_rows=4000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=1)
FITTING = Fitting(epochs=2, budget=400, warmup=5, row_rate=2e-2, rate=1e-2, device="cpu", save_seconds=0)


@pytest.fixture(scope="module")
def data(tiny_assistant: Path) -> Dataset:
    return load(tiny_assistant, partitions=("train", "dev"), locales=("en-US", "ja-JP"))


@dataclass
class Watcher:
    """Keeps what a callback hears."""

    steps: list[tuple[int, float, float]] = field(default_factory=list)
    epochs: list[tuple[int, float, float]] = field(default_factory=list)

    def step(self, step: int, loss: float, rate: float) -> None:
        self.steps.append((step, loss, rate))

    def epoch(self, step: int, intent: float, exact: float) -> None:
        self.epochs.append((step, intent, exact))


def taught(data: Dataset, folder: Path, fitting: Fitting = FITTING, *watchers: Watcher) -> Lesson:
    return teach(data, SIZES, Noise(), LossWeights(), fitting, folder, callbacks=watchers)


@pytest.fixture(scope="module")
def whole(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    """A run from end to end."""
    return taught(data, tmp_path_factory.mktemp("whole"))


def weights(lesson: Lesson) -> dict[str, torch.Tensor]:
    return dict(lesson.taught.student.state_dict())


def assert_same(first: Lesson, second: Lesson) -> None:
    assert first.position == second.position
    assert weights(first).keys() == weights(second).keys()
    assert all(torch.equal(value, weights(second)[name]) for name, value in weights(first).items())


KILLED = """
import os, signal, sys
from pathlib import Path
from kiloglot.data import load
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.training import teach

class Killer:
    def step(self, step, loss, rate):
        if step == {step}:
            os.kill(os.getpid(), signal.SIGKILL)
    def epoch(self, step, intent, exact):
        pass

data = load(Path({data!r}), partitions=("train", "dev"), locales=("en-US", "ja-JP"))
teach(data, {sizes!r}, Noise(), LossWeights(), {fitting!r}, Path({folder!r}), callbacks=[Killer()])
"""


def kill_at(step: int, assistant: Path, folder: Path) -> None:
    """A run of its own that kills itself, without a chance to tidy up, in the midst of a step."""
    program = KILLED.format(step=step, data=str(assistant), sizes=SIZES, fitting=FITTING, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_a_run_that_was_killed_ends_like_one_that_was_not(
    tiny_assistant: Path, data: Dataset, whole: Lesson, tmp_path: Path
) -> None:
    step = 3 * whole.position.step // 4
    kill_at(step, tiny_assistant, tmp_path)
    position, _ = checkpoint.load(tmp_path / "state.pt")
    assert step - 10 <= position.step <= step
    assert (position.epoch, len(position.dev)) == (1, 1)
    assert position.place > 0, "the kill must hit the midst of an epoch"
    watcher = Watcher()
    resumed = taught(data, tmp_path, FITTING, watcher)
    assert watcher.steps[0][0] == position.step
    assert len(resumed.position.curve) == resumed.position.step
    assert_same(resumed, whole)


def test_equal_seeds_give_equal_students(data: Dataset, whole: Lesson, tmp_path: Path) -> None:
    assert_same(taught(data, tmp_path), whole)


def test_another_seed_gives_another_student(data: Dataset, whole: Lesson, tmp_path: Path) -> None:
    other = taught(data, tmp_path, replace(FITTING, seed=1, epochs=1, budget=4096))
    assert other.position.curve[0] != whole.position.curve[0]


def test_the_loss_falls_and_the_student_learns(whole: Lesson) -> None:
    curve = whole.position.curve
    assert sum(curve[-10:]) < 0.8 * sum(curve[:10])
    assert whole.position.dev[-1][0] > 2 / len(whole.taught.ontology.intents)


def test_a_finished_run_is_not_trained_again(data: Dataset, tmp_path: Path) -> None:
    fitting, watcher = replace(FITTING, epochs=1, budget=4096), Watcher()
    first = taught(data, tmp_path, fitting)
    assert_same(taught(data, tmp_path, fitting, watcher), first)
    assert not watcher.steps


def scripted(figures: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets dev say `figures`, one an epoch."""
    told: Iterator[float] = iter(figures)
    monkeypatch.setattr(loop_module, "assess", lambda *_: Assessment(0.5, next(told)))


def test_training_stops_early_and_keeps_the_best_epoch(
    data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = replace(FITTING, budget=8192, epochs=9, patience=2)
    scripted([0.1, 0.4, 0.4, 0.3], monkeypatch)
    stopped = taught(data, tmp_path / "stopped", fitting)
    assert [exact for _, exact in stopped.position.dev] == [0.1, 0.4, 0.4, 0.3]
    assert (stopped.position.best_epoch, stopped.position.best) == (1, 0.4)
    # A run that is worse ever after the second epoch keeps the same student, however long it goes on.
    scripted([0.1, 0.4, 0.2, 0.2, 0.2], monkeypatch)
    longer = taught(data, tmp_path / "longer", replace(fitting, patience=3))
    assert len(longer.position.dev) == 5
    assert all(torch.equal(value, weights(longer)[name]) for name, value in weights(stopped).items())


def test_a_late_best_epoch_lets_training_go_on(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripted([0.4, 0.3, 0.5, 0.4, 0.6], monkeypatch)
    lesson = taught(data, tmp_path, replace(FITTING, budget=8192, epochs=5, patience=2))
    assert (len(lesson.position.dev), lesson.position.best_epoch) == (5, 4)


def test_callbacks_hear_every_step_and_epoch(data: Dataset, tmp_path: Path) -> None:
    watcher = Watcher()
    lesson = taught(data, tmp_path, replace(FITTING, budget=800, warmup=2), watcher)
    assert [step for step, _, _ in watcher.steps] == list(range(lesson.position.step))
    assert tuple(loss for _, loss, _ in watcher.steps) == lesson.position.curve
    rates = [rate for _, _, rate in watcher.steps]
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0], abs=0.02)
    assert rates[-1] < 0.1
    assert [(intent, exact) for _, intent, exact in watcher.epochs] == list(lesson.position.dev)


def test_rates_that_blow_up_are_told(data: Dataset, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"loss of step \d+ is nan.*Lower"):
        taught(data, tmp_path, replace(FITTING, rate=1e30, row_rate=1e30))


def test_a_checkpoint_of_another_student_is_refused(data: Dataset, tmp_path: Path) -> None:
    taught(data, tmp_path, replace(FITTING, epochs=1, budget=8192))
    sizes = replace(SIZES, hidden=24)
    with pytest.raises(ArtifactError, match="another student"):
        teach(data, sizes, Noise(), LossWeights(), FITTING, tmp_path)


@pytest.mark.parametrize("partition", ["train", "dev"])
def test_both_partitions_are_needed(data: Dataset, tmp_path: Path, partition: str) -> None:
    left = tuple(u for u in data.utterances if u.partition != partition)
    with pytest.raises(DataError, match=f"no utterance in {partition}"):
        taught(replace(data, utterances=left), tmp_path)


@pytest.fixture
def accelerate(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Accelerate reads its environment anew, before and after."""
    AcceleratorState._reset_state(True)
    yield monkeypatch
    AcceleratorState._reset_state(True)


def test_half_precision_trains_as_well(
    data: Dataset, whole: Lesson, tmp_path: Path, accelerate: pytest.MonkeyPatch
) -> None:
    accelerate.setenv("ACCELERATE_MIXED_PRECISION", "bf16")
    half = taught(data, tmp_path)
    assert {value.dtype for value in weights(half).values()} == {torch.float32}
    assert half.position.curve[0] == pytest.approx(whole.position.curve[0], rel=0.01)
    assert half.position.curve[0] != whole.position.curve[0]
    assert sum(half.position.curve[-10:]) == pytest.approx(sum(whole.position.curve[-10:]), rel=0.1)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ACCELERATE_MIXED_PRECISION", "fp16", "precision fp16"),
        ("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4", "gradients of 4 batches"),
    ],
)
def test_what_the_loop_does_not_do_is_refused(
    data: Dataset, tmp_path: Path, accelerate: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    accelerate.setenv(name, value)
    with pytest.raises(ConfigError, match=said):
        taught(data, tmp_path)
