"""What the network says of a batch of utterances, whoever runs it, and the check that it fits its model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.runtime.inputs import Inputs, WordInputs

__all__ = ["DOUBT", "OUTPUTS", "REMEDY", "Scores", "Widths", "checked"]

OUTPUTS = ("intent", "slot", "begins", "language", "embedding")
"""Outputs of the graph, in the order of `Scores`."""
DOUBT = "foreign"
"""One more of them where the model knows what is no command."""
REMEDY = "Export the model again"
"""What helps where a network and its model do not fit together."""

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the network says of B utterances with U units in all."""

    intent: Floats
    """[B, intents] logits."""
    slot: Floats
    """[U, 1 + slot types] emissions; 0 is no slot."""
    begins: Floats
    """[U, 1] logits that a new slot begins."""
    language: Floats
    """[B, 1 + locales] logits; 0 is never right."""
    embedding: Floats
    """[B, embedding width] unit vectors."""
    foreign: Floats | None = None
    """[B, 1] how likely each is no command, in [0, 1], of a model that tells."""


@dataclass(frozen=True, slots=True)
class Widths:
    """The sizes of a model that its network must have."""

    unit: int
    """Numbers that describe a unit."""
    bag: int
    """Numbers that describe an utterance."""
    intents: int
    """Number of intents."""
    slot_types: int
    """Number of slot types, without "no slot"."""
    locales: int
    """Number of locales."""
    word: int = 0
    """Numbers that describe a word; 0 where there are no words."""


def checked(
    run: Callable[[Inputs, Index], Scores], widths: Widths, outputs: Sequence[str], faults: tuple[type[Exception], ...]
) -> int:
    """Runs a network once, and returns the width of its embeddings.

    `outputs` are those that it has, `faults` what it raises. Raises ArtifactError where it does not run on tables of
    these widths, or answers in other sizes.
    """
    texts, units = 2, 5
    words = WordInputs(np.zeros((0, widths.word), np.float32), np.zeros(texts, np.int64)) if widths.word else None
    vectors, bag = np.zeros((units, widths.unit), np.float32), np.zeros((texts, widths.bag), np.float32)
    given = Inputs.of(vectors, (3, 2), bag, words)
    try:
        scores = run(given, np.full(texts, widths.locales, np.int64))
    except faults as fault:
        raise ArtifactError(f"the network does not run on the tables: {fault}", remedy=REMEDY) from fault
    width = np.shape(scores.embedding)[-1:]
    sizes = (
        (texts, widths.intents),
        (units, 1 + widths.slot_types),
        (units, 1),
        (texts, 1 + widths.locales),
        (texts, *width),
    )
    doubt = ((texts, 1),) * (DOUBT in outputs)
    for name, wanted in zip(outputs, sizes + doubt, strict=True):
        found = np.asarray(getattr(scores, name))
        if found.dtype != np.float32 or found.shape != wanted or not np.isfinite(found).all():
            problem = f"the network's {name} is {found.dtype} {found.shape} instead of finite float32 {wanted}"
            raise ArtifactError(problem, remedy=REMEDY)
    return int(scores.embedding.shape[1])
