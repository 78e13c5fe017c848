"""The network in onnxruntime: inputs and outputs bound by name, and checked when the session opens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError

__all__ = ["INPUTS", "OUTPUTS", "Scores", "Session"]

INPUTS = ("units", "mask", "bag", "locale")
"""Inputs of the graph: [B, T, unit width], [B, T], [B, bag width] float32 and [B] int64."""
OUTPUTS = ("intent", "slot", "begins", "language", "embedding")
"""Outputs of the graph, in the order of `Scores`."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of B utterances of at most T units."""

    intent: Floats
    """[B, intents] logits."""
    slot: Floats
    """[B, T, 1 + slot types] emissions; 0 is no slot."""
    begins: Floats
    """[B, T] logits that a new slot begins."""
    language: Floats
    """[B, 1 + locales] logits; 0 is never right."""
    embedding: Floats
    """[B, embedding width] unit vectors."""


class Session:
    """Runs the graph; threads may share it."""

    def __init__(self, network: bytes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Weights are widened once, when the session opens, rather than at every run.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except _FAULTS as fault:
            raise ArtifactError(
                f"onnxruntime cannot open the network: {fault}", remedy="Export the model again"
            ) from fault
        inputs = {value.name for value in self._session.get_inputs()}
        outputs = {value.name for value in self._session.get_outputs()}
        missing = sorted({*INPUTS} - inputs) + sorted({*OUTPUTS} - outputs)
        if missing:
            raise ArtifactError(f"the network lacks {', '.join(missing)}", remedy="Export the model again")

    def run(self, units: Floats, mask: Floats, bag: Floats, locale: NDArray[np.int64]) -> Scores:
        """Scores of a batch; shapes as `INPUTS` says."""
        feed = dict(zip(INPUTS, (units, mask, bag, locale), strict=True))
        return Scores(*self._session.run(OUTPUTS, feed))


def _faults() -> tuple[type[Exception], ...]:
    """What opening a session may raise; onnxruntime's own exceptions share no public base."""
    state = onnxruntime.capi.onnxruntime_pybind11_state
    names = ("Fail", "InvalidGraph", "InvalidProtobuf", "InvalidArgument", "NoSuchFile", "NotImplemented")
    return (RuntimeError, ValueError, *(getattr(state, name) for name in names))


_FAULTS = _faults()
