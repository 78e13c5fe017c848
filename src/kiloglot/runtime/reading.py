"""Text -> the network's inputs: units, n-grams, table rows. Bounded, whatever the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kiloglot.runtime.artifact import Artifact
from kiloglot.runtime.inputs import Inputs, WordInputs
from kiloglot.runtime.kernel import Kernel
from kiloglot.runtime.tables import Table, means
from kiloglot.text import MAX_UNITS, NGrams, Units, ngrams, parts, segmented

__all__ = ["MAX_CHARACTERS", "Read", "inputs", "known_share", "places", "read"]

MAX_CHARACTERS = 8192
"""Code points that are read of one utterance; the rest is left, and the parse says `too_long`."""

_SHORT = 400  # code points that cannot come to more than MAX_CHARACTERS or MAX_UNITS, whatever they stand for


@dataclass(frozen=True, slots=True)
class Read:
    """A text and its units."""

    text: str
    """As given; bytes that are no UTF-8 are replaced."""
    units: Units
    """What was read of it."""
    cut: bool
    """Whether some of it was left unread."""


def read(text: str | bytes, *, in_letters: bool = True) -> Read:
    """Segments `text` within the bounds; its units are written `in_letters` where the model hashes them so."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    head = text[:MAX_CHARACTERS]
    units = segmented(head, MAX_UNITS + 1, in_letters=in_letters)
    if len(head) <= _SHORT:
        return Read(text, units, cut=False)
    kept = _bounded(units.only(MAX_UNITS))
    return Read(text, kept, len(head) < len(text) or kept != units)


def _bounded(units: Units) -> Units:
    """`units` as far as their forms have `MAX_CHARACTERS` code points: a ligature may stand for eighteen letters."""
    room = MAX_CHARACTERS
    for place, form in enumerate(units.forms):
        if len(form) > room:
            kept = units.only(place + bool(room))
            return replace(kept, forms=[*units.forms[:place], form[:room]]) if room else kept
        room -= len(form)
    return units


def inputs(artifact: Artifact, reads: Sequence[Read], kernel: Kernel | None = None) -> Inputs:
    """What the network reads of the texts; by the `kernel` on the tables of `artifact` where there is one."""
    lengths = [len(r.units) for r in reads]
    if kernel and any(lengths):
        vectors, bag, rows, sizes = kernel.read([r.units for r in reads])
        return Inputs.of(vectors, lengths, bag, None if rows is None else WordInputs(rows, sizes))
    hashed = ngrams([tuple(r.units) for r in reads])
    vectors, bag = means(artifact.units, artifact.bag, hashed)
    words = _words(artifact.words, reads, hashed) if artifact.words else None
    return Inputs.of(vectors, lengths, bag, words)


def _words(table: Table, reads: Sequence[Read], hashed: NGrams) -> WordInputs:
    """What `table` knows of the words of the texts, whose n-grams are `hashed`."""
    found = parts([tuple(r.units) for r in reads], hashed.words, table.vocabulary)
    return WordInputs(table.rows(found.rows), found.sizes)


def places(reads: Sequence[Read]) -> list[slice]:
    """Where the units of each text stand among those of `inputs`: a text without units has one of zeros."""
    found, first = [], 0
    for r in reads:
        end = first + (len(r.units) or 1)
        found.append(slice(first, end))
        first = end
    return found


def known_share(artifact: Artifact, r: Read) -> float:
    """Share of a text's n-grams that the model knows, in [0, 1]."""
    hashed = ngrams([tuple(r.units)])
    return float((artifact.bag.vocabulary.rows(hashed.bag) >= 0).mean()) if len(hashed.bag) else 0.0
