"""The one training loop: on whatever devices Accelerate finds, and resumable after a kill at any moment."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from kiloglot.errors import ArtifactError, ConfigError
from kiloglot.nn import Batch, RowAdagrad, Student, StudentShape, losses
from kiloglot.progress import SILENT, Progress, Task
from kiloglot.settings import Fitting, LossWeights, Noise
from kiloglot.training import checkpoint
from kiloglot.training.assess import assess
from kiloglot.training.batches import Batcher
from kiloglot.training.checkpoint import Position
from kiloglot.training.evoked import evoked
from kiloglot.training.processes import accelerator_for
from kiloglot.training.ragged import Index
from kiloglot.training.schedule import warm_cosine

__all__ = ["Callback", "Fit", "fit"]

_LOG_STEPS = 10  # steps between two looks at the loss, each of which waits for the device


class Callback(Protocol):
    """Somebody who watches a run."""

    def step(self, step: int, loss: float, rate: float) -> None:
        """After a step: its loss and the share of the peak learning rate."""

    def epoch(self, step: int, intent: float, exact: float) -> None:
        """After an epoch: mean intent accuracy and exact match on dev, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of training."""

    student: Student
    """The student of the best epoch, on the CPU."""
    position: Position
    """Where the run ended, with its curves."""
    seconds: float
    """Time of this process, without what an earlier one did before it was killed."""


def fit(
    shape: StudentShape,
    train: Batcher,
    dev: Batcher,
    fitting: Fitting,
    noise: Noise,
    weights: LossWeights,
    folder: Path,
    *,
    start: Student | None = None,
    words: Tensor | None = None,
    callbacks: Sequence[Callback] = (),
    progress: Progress = SILENT,
) -> Fit:
    """Trains a student on `train` and keeps the epoch that is best on `dev`; goes on from the checkpoint in
    `folder`, which exists. A student of that shape to `start` from stays as it is;
    `words` [word rows, word width] is what the table of words begins with.

    Under `accelerate launch` or `torchrun` all processes call this alike: each trains on its share of the batches, the
    first alone reports, calls back and writes. Raises ConfigError where the loss is no number any more, ArtifactError
    where the checkpoint is not one.
    """
    began = time.monotonic()
    run = _Run(shape, train, dev, fitting, noise, weights, folder, callbacks, start, words)
    if not run.accelerator.is_main_process:
        progress = SILENT
    with progress.task("Training", run.steps, "steps") as task:
        if run.position.step:
            progress.say(f"Going on after step {run.position.step} of {run.steps}")
            task.advance(run.position.step)
        while run.goes_on():
            run.epoch(task)
            run.assess()
            run.keep()
    return Fit(run.best(), run.position, time.monotonic() - began)


class _Run:
    """The moving parts of one run."""

    def __init__(
        self,
        shape: StudentShape,
        train: Batcher,
        dev: Batcher,
        fitting: Fitting,
        noise: Noise,
        weights: LossWeights,
        folder: Path,
        callbacks: Sequence[Callback],
        start: Student | None,
        words: Tensor | None,
    ) -> None:
        self.train, self.dev, self.fitting, self.weights = train, dev, fitting, weights
        self.accelerator = accelerator_for(fitting.device)
        self.callbacks = callbacks if self.accelerator.is_main_process else ()
        torch.manual_seed(fitting.seed)
        self.alone = self.accelerator.num_processes == 1
        self.student = Student(shape, dropout=noise.dropout, unit_dropout=noise.unit_dropout, sparse=self.alone)
        if start is not None:
            self.student.load_state_dict(start.state_dict())
        if words is not None and self.student.words is not None:
            self.student.words.table.weight.data.copy_(words)
        if not shape.known:  # An adapted student has too few sentences to count.
            self.student.evoked.copy_(evoked(train.examples, shape.intents, shape.slot_types))
        # Processes that train together wait for the gradient of every parameter that may have one.
        for part in (self.student.meanings, self.student.network.embedding):
            part.requires_grad_(weights.meaning_weight > 0)
        self.rows, self.rest = self._optimisers()
        self.model, self.rows, self.rest = self.accelerator.prepare(self.student, self.rows, self.rest)
        self.state, self.best_state = folder / "state.pt", folder / "best.pt"
        self.position = self._resumed()
        self.plans = [self._share(train.plan(epoch)) for epoch in range(fitting.epochs)]
        self.steps = sum(map(len, self.plans))
        self.curve = list(self.position.curve)

    def _optimisers(self) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
        tables = [table.table.weight for table in self.student.tables]
        rest = [p for p in self.student.parameters() if all(p is not table for table in tables)]
        by_row = RowAdagrad if self.alone else torch.optim.Adagrad
        rows = by_row(tables, lr=self.fitting.row_rate)
        return rows, torch.optim.AdamW(rest, lr=self.fitting.rate, weight_decay=self.fitting.decay)

    def _resumed(self) -> Position:
        if not self.state.exists():
            return Position()
        position, parts = checkpoint.load(self.state)
        try:
            self.student.load_state_dict(parts["student"])
            self.rows.load_state_dict(parts["rows"])
            self.rest.load_state_dict(parts["rest"])
        except (KeyError, ValueError, RuntimeError) as fault:
            problem = "the checkpoint is that of another student"
            raise ArtifactError(problem, path=self.state, remedy="Remove it to start afresh") from fault
        return position

    def _share(self, plan: list[Index]) -> list[Index]:
        """This process's batches of a plan: as many for each process, the last ones filled up from the front."""
        world, rank = self.accelerator.num_processes, self.accelerator.process_index
        return [plan[place % len(plan)] for place in range(rank, rank + len(plan), world)]

    def goes_on(self) -> bool:
        """Whether there is another epoch to train."""
        at = self.position
        stale = at.best_epoch >= 0 and at.epoch - 1 - at.best_epoch >= self.fitting.patience
        return at.epoch < self.fitting.epochs and not stale

    def epoch(self, task: Task) -> None:
        """Trains on what is left of the epoch."""
        epoch, first = self.position.epoch, self.position.place
        plan, pending = self.plans[epoch], list[Tensor]()
        saved = looked = time.monotonic()
        units = 0
        for batch in self.train.stream(plan, epoch, first):
            pending.append(self._step(batch))
            units += int(batch.mask.sum())
            done = self.position.place == len(plan)
            if len(pending) == _LOG_STEPS or done:
                self._log(pending)
                now = time.monotonic()
                task.advance(
                    len(pending), f"epoch {epoch + 1}, loss {self.curve[-1]:.2f}, {units / (now - looked):,.0f} units/s"
                )
                pending, units, looked = [], 0, now
                if not done and now - saved > self.fitting.save_seconds:
                    self.keep()
                    saved = now

    def _share_of_rate(self, step: int) -> float:
        return warm_cosine(step, self.steps, min(self.fitting.warmup, math.ceil(self.steps / 10)))

    def _step(self, batch: Batch) -> Tensor:
        at, share = self.position, self._share_of_rate(self.position.step)
        self.rows.param_groups[0]["lr"] = self.fitting.row_rate * share
        self.rest.param_groups[0]["lr"] = self.fitting.rate * share
        # The step alone decides what dropout hides, so that a resumed run hides the same.
        torch.manual_seed(
            (self.fitting.seed << 32) + at.step * self.accelerator.num_processes + self.accelerator.process_index
        )
        moved = batch.to(self.accelerator.device)
        loss = losses(self.student, self.model(moved), moved, self.weights)
        self.rows.zero_grad()
        self.rest.zero_grad()
        self.accelerator.backward(loss.total)
        self.accelerator.clip_grad_norm_(self.rest.param_groups[0]["params"], self.fitting.clip)
        self.rows.step()
        self.rest.step()
        self.position = replace(at, place=at.place + 1, step=at.step + 1)
        return loss.total.detach()

    def _log(self, pending: list[Tensor]) -> None:
        """Puts the losses of the last steps, means over processes, on the curve."""
        for loss in self.accelerator.reduce(torch.stack(pending), "mean").tolist():
            step = len(self.curve)
            if not math.isfinite(loss):
                problem = f"training went astray: the loss of step {step + 1} is {loss}"
                raise ConfigError(problem, remedy="Lower --rate and --row-rate, or --clip")
            self.curve.append(loss)
            for callback in self.callbacks:
                callback.step(step, loss, self._share_of_rate(step))

    def assess(self) -> None:
        """Measures the student after an epoch and keeps it where it is the best so far."""
        found = assess(self.student, self.dev, self.accelerator)
        at = self.position
        better = found.exact > at.best
        if better and self.accelerator.is_main_process:
            checkpoint.save(self.best_state, at, {"student": self.student.state_dict()})
        self.position = replace(
            at,
            epoch=at.epoch + 1,
            place=0,
            best=found.exact if better else at.best,
            best_epoch=at.epoch if better else at.best_epoch,
            dev=(*at.dev, (found.intent, found.exact)),
        )
        for callback in self.callbacks:
            callback.epoch(at.step, found.intent, found.exact)

    def keep(self) -> None:
        """Writes the checkpoint. Nobody waits for it: each process has its own clock, and only the first writes."""
        self.position = replace(self.position, curve=tuple(self.curve))
        if self.accelerator.is_main_process:
            states: dict[str, Any] = {"student": self.student, "rows": self.rows, "rest": self.rest}
            checkpoint.save(self.state, self.position, {name: part.state_dict() for name, part in states.items()})

    def best(self) -> Student:
        """The student of the best epoch."""
        self.accelerator.wait_for_everyone()
        _, parts = checkpoint.load(self.best_state)
        student = Student(self.student.shape)
        student.load_state_dict(parts["student"])
        return student.eval()
