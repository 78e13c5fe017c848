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
        options.log_severity_level = 4  # What goes wrong is raised, and needs no second voice.
        # A pattern would be kept for every length and size of batch that ever came.
        options.enable_mem_pattern = False
        # Weights are widened once, when the session opens, rather than at every run.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        try:
            self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        except _FAULTS as fault:
            raise ArtifactError(f"onnxruntime cannot open the network: {fault}", remedy=_REMEDY) from fault
        inputs = {value.name for value in self._session.get_inputs()}
        outputs = {value.name for value in self._session.get_outputs()}
        missing = sorted({*INPUTS} - inputs) + sorted({*OUTPUTS} - outputs)
        if missing:
            raise ArtifactError(f"the network lacks {', '.join(missing)}", remedy=_REMEDY)

    def run(self, units: Floats, mask: Floats, bag: Floats, locale: NDArray[np.int64]) -> Scores:
        """Scores of a batch; shapes as `INPUTS` says."""
        feed = dict(zip(INPUTS, (units, mask, bag, locale), strict=True))
        return Scores(*self._session.run(OUTPUTS, feed))

    def check(self, *, unit_width: int, bag_width: int, intents: int, slot_types: int, locales: int) -> int:
        """Runs the graph once, and returns the width of its embeddings.

        Raises ArtifactError where it does not run on tables of these widths, or answers in other sizes.
        """
        texts, length = 2, 3
        units, mask = np.zeros((texts, length, unit_width), np.float32), np.ones((texts, length), np.float32)
        try:
            scores = self.run(units, mask, np.zeros((texts, bag_width), np.float32), np.full(texts, locales, np.int64))
        except _FAULTS as fault:
            raise ArtifactError(f"the network does not run on the tables: {fault}", remedy=_REMEDY) from fault
        sizes = ((intents,), (length, 1 + slot_types), (length,), (1 + locales,), np.shape(scores.embedding)[1:])
        for name, size in zip(OUTPUTS, sizes, strict=True):
            found, wanted = np.asarray(getattr(scores, name)), (texts, *size)
            if found.dtype != np.float32 or found.shape != wanted or not np.isfinite(found).all():
                problem = f"the network's {name} is {found.dtype} {found.shape} instead of finite float32 {wanted}"
                raise ArtifactError(problem, remedy=_REMEDY)
        return int(scores.embedding.shape[1])


_REMEDY = "Export the model again"


def _faults() -> tuple[type[Exception], ...]:
    """What opening or running a session may raise; onnxruntime's own exceptions share no public base."""
    own = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return (RuntimeError, ValueError, *(kind for kind in own if isinstance(kind, type) and issubclass(kind, Exception)))


_FAULTS = _faults()
