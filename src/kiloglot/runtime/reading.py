"""Text -> the network's inputs: units, n-grams, table rows. Bounded, whatever the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kiloglot.runtime.artifact import Artifact
from kiloglot.text import MAX_UNITS, Unit, ngrams, segment

__all__ = ["MAX_CHARACTERS", "Read", "inputs", "known_share", "read"]

MAX_CHARACTERS = 8192
"""Code points that are read of one utterance; the rest is left, and the parse says `too_long`."""

_SHORT = 400  # code points that cannot come to more than MAX_CHARACTERS or MAX_UNITS, whatever they stand for

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Read:
    """A text and its units."""

    text: str
    """As given; bytes that are no UTF-8 are replaced."""
    units: tuple[Unit, ...]
    """What was read of it."""
    cut: bool
    """Whether some of it was left unread."""


def read(text: str | bytes) -> Read:
    """Segments `text` within the bounds."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    head = text[:MAX_CHARACTERS]
    units = segment(head, MAX_UNITS + 1)
    kept = _bounded(units[:MAX_UNITS]) if len(head) > _SHORT else units
    return Read(text, kept, len(head) < len(text) or kept != units)


def _bounded(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """`units` as far as their forms have `MAX_CHARACTERS` code points: a ligature may stand for eighteen letters."""
    room = MAX_CHARACTERS
    for place, unit in enumerate(units):
        if len(unit.form) > room:
            return (*units[:place], replace(unit, form=unit.form[:room])) if room else units[:place]
        room -= len(unit.form)
    return units


def inputs(artifact: Artifact, reads: Sequence[Read]) -> tuple[Floats, Floats, Floats]:
    """(units [B, T, unit width], mask [B, T], bag [B, bag width]) of B texts of at most T units, T at least 1."""
    hashed = ngrams([r.units for r in reads])
    vectors, _ = artifact.units.means(hashed.unit, hashed.unit_size)
    bag, _ = artifact.bag.means(hashed.bag, hashed.bag_size)
    lengths = np.array([len(r.units) for r in reads])
    inside = np.arange(max(1, int(lengths.max(initial=0)))) < lengths[:, None]
    units = np.zeros((*inside.shape, artifact.units.width), np.float32)
    units[inside] = vectors
    return units, inside.astype(np.float32), bag


def known_share(artifact: Artifact, r: Read) -> float:
    """Share of a text's n-grams that the model knows, in [0, 1]."""
    hashed = ngrams([r.units])
    return float((artifact.bag.vocabulary.rows(hashed.bag) >= 0).mean()) if len(hashed.bag) else 0.0
