"""Writes a run's curves for TensorBoard."""

from __future__ import annotations

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

__all__ = ["TensorBoard"]


class TensorBoard:
    """A callback of the training loop; `tensorboard --logdir FOLDER` shows what it writes."""

    def __init__(self, folder: Path) -> None:
        self._writer = SummaryWriter(str(folder))

    def step(self, step: int, loss: float, rate: float) -> None:
        """Writes the loss and the learning rate."""
        self._writer.add_scalar("train/loss", loss, step)
        self._writer.add_scalar("train/rate", rate, step)

    def epoch(self, step: int, intent: float, exact: float) -> None:
        """Writes the figures on dev."""
        self._writer.add_scalar("dev/intent_accuracy", intent, step)
        self._writer.add_scalar("dev/exact_match", exact, step)
        self._writer.flush()
