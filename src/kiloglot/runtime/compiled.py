"""Whole parses in the compiled kernel, in one call: what `reading`, `network` and `decode` do in three, and the same.

`parse.c` computes. Why: `docs/decisions/0015-a-parse-in-one-call.md`.
"""

from __future__ import annotations

import ctypes
import threading
from array import array
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kiloglot.runtime.decode import Answer
from kiloglot.runtime.kernel import address
from kiloglot.runtime.spread import shares, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kiloglot.runtime.artifact import Artifact
    from kiloglot.runtime.kernel import Kernel
    from kiloglot.runtime.network import Network
    from kiloglot.runtime.reading import Read

__all__ = ["Call", "Compiled"]

_KEPT = 8 << 20  # bytes of scratch that a thread keeps for its next parse


class _Model(ctypes.Structure):
    """`Model` of parse.c."""

    _fields_ = (
        *[(name, ctypes.c_void_p) for name in ("units", "bag", "words", "network", "transitions", "into", "evoked")],
        ("level", ctypes.c_int64),
        ("temperature", ctypes.c_float),
    )


class _Scratch(threading.local):
    """Room that a thread works in."""

    def __init__(self) -> None:
        self.held: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.where = 0


class Call(NamedTuple):
    """A call of parse.c: what it is given, and what that points to."""

    arguments: tuple[int | bytes, ...]
    whole: array[int]
    """What is answered in whole numbers."""
    real: array[float]
    """What is answered in others."""


class Compiled:
    """Parses utterances with one model; threads may share it."""

    def __init__(self, kernel: Kernel, network: Network, artifact: Artifact, threads: int = 1) -> None:
        """`threads` bounds the cores of one call."""
        self._parse, self._threads = kernel.library.kiloglot_parse, threads
        self._intents = len(artifact.manifest.ontology.intents)
        self._held = kernel, network, np.array(artifact.evoked, np.float32)  # What the model points to.
        self._model = _Model(
            *kernel.tables,
            network.where,
            address(kernel.transitions),
            address(kernel.into),
            address(self._held[2]),
            network.level,
            artifact.manifest.calibration.temperature,
        )
        self._where = ctypes.addressof(self._model)
        self._scratch = _Scratch()

    def answers(self, reads: Sequence[Read], locale: int, top: int) -> list[Answer]:
        """What the model says of N > 0 utterances, none of which is without units, all told `locale`, with the `top`
        likeliest intents.
        """
        top = min(top, self._intents)
        if self._threads == 1:
            return self._answers(reads, locale, top)
        parts = shares(len(reads), self._threads)
        return [*chain.from_iterable(spread(lambda own: self._answers(reads[own], locale, top), parts))]

    def _answers(self, reads: Sequence[Read], locale: int, top: int) -> list[Answer]:
        """The same, by one thread."""
        call = self.given(reads, locale, top)
        self.run(call)
        return _answers([len(r.units.forms) for r in reads], top, call.whole.tolist(), call.real.tolist())

    def given(self, reads: Sequence[Read], locale: int, top: int) -> Call:
        """What parse.c is given of utterances, `top` of whose intents it shall tell, no more than there are."""
        texts = ["\n".join(r.units.forms) for r in reads]  # No form holds a line feed, or a carriage return.
        codes = "\r".join(texts).encode("utf-32-le", "surrogatepass")
        ideographs = b"".join([r.units.characters for r in reads])
        count, units = len(texts), len(ideographs)
        whole = array("i", bytes(4 * (count * (2 + top) + 3 * units)))
        real = array("f", bytes(4 * (count * (1 + top) + units)))
        arguments = (
            self._where,
            codes,
            len(codes) // 4,
            ideographs,
            count,
            units,
            2 + max(map(len, texts)),
            locale,
            top,
            whole.buffer_info()[0],
            real.buffer_info()[0],
        )
        return Call(arguments, whole, real)

    def run(self, call: Call) -> None:
        """Lets parse.c answer."""
        scratch, arguments = self._scratch, call.arguments
        room = self._parse(*arguments, scratch.where, len(scratch.held))
        while room > 0:
            held = np.empty(room, np.uint8)
            where = address(held)
            if room <= _KEPT:
                scratch.held, scratch.where = held, where
            room = self._parse(*arguments, where, room)
        if room:
            raise ValueError("units, words and locales do not fit together")


def _answers(units: list[int], top: int, whole: list[int], real: list[float]) -> list[Answer]:
    """What parse.c has written of utterances of so many `units`."""
    texts, found = len(units), list[Answer]()
    intent, share, slot, certain = 2 * texts, texts, (2 + top) * texts, (1 + top) * texts
    for text, own in enumerate(units):
        runs = [
            (whole[at], whole[at + 1], whole[at + 2], real[certain + place])
            for place, at in enumerate(range(slot, slot + 3 * whole[2 * text + 1], 3))
        ]
        chosen, likely = whole[intent : intent + top], real[share : share + top]
        found.append(Answer(chosen, likely, whole[2 * text], real[text], runs))
        intent, share, slot, certain = intent + top, share + top, slot + 3 * own, certain + own
    return found
