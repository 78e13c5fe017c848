"""The processes and devices of a run, as Accelerate finds them."""

from __future__ import annotations

import torch
from accelerate import Accelerator

from kiloglot.errors import ConfigError

__all__ = ["accelerator_for"]

_PRECISIONS = ("no", "bf16")


def accelerator_for(device: str) -> Accelerator:
    """Accelerate on `device`, `cpu` or `auto`: a CUDA GPU where there is one. One process, or all that
    `accelerate launch` or `torchrun` started.

    Raises ConfigError where it was configured for what the loop does not do.
    """
    # Sparse gradients, and sums over sets of rows, do not run on Apple's GPUs.
    cpu = device == "cpu" or torch.backends.mps.is_available()
    try:
        accelerator = Accelerator(cpu=cpu)
    except ValueError as fault:
        raise ConfigError(f"Accelerate refuses its settings: {fault}") from fault
    if accelerator.gradient_accumulation_steps != 1:
        steps = accelerator.gradient_accumulation_steps
        raise ConfigError(f"Accelerate is set to gather the gradients of {steps} batches", remedy="Raise --budget")
    if accelerator.mixed_precision not in _PRECISIONS:
        problem = f"Accelerate is set to the precision {accelerator.mixed_precision}"
        raise ConfigError(problem, remedy=f"Choose one of: {', '.join(_PRECISIONS)}")
    return accelerator
