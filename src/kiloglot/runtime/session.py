"""The network in onnxruntime: inputs and outputs bound by name, and checked when the session opens.

For machines without the compiled kernel, for networks that it does not know, and to check it by. Importing this module
loads onnxruntime, so that only what needs a session does.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.runtime.inputs import Inputs, WordInputs
from kiloglot.runtime.scores import DOUBT, OUTPUTS, REMEDY, Scores, Widths, checked

__all__ = ["INPUTS", "WORD_INPUTS", "Session", "places", "word_places"]

INPUTS = ("units", "around", "owner", "share", "bag", "locale")
"""Inputs of the graph: what `Inputs` and `places` have, and the number of each utterance's locale, int64 [B]."""
WORD_INPUTS = ("words", "words.around", "words.share", "words.places")
"""More of them where the model knows words: their vectors, and what `word_places` says."""

_REACH = np.arange(-2, 3)  # the units that a unit is read beside

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


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
            raise ArtifactError(f"onnxruntime cannot open the network: {fault}", remedy=REMEDY) from fault
        inputs = {value.name for value in self._session.get_inputs()}
        outputs = {value.name for value in self._session.get_outputs()}
        self._outputs = (*OUTPUTS, DOUBT) if DOUBT in outputs else OUTPUTS
        missing = sorted({*INPUTS} - inputs) + sorted({*OUTPUTS} - outputs)
        if missing:
            raise ArtifactError(f"the network lacks {', '.join(missing)}", remedy=REMEDY)

    def run(self, given: Inputs, locale: Index) -> Scores:
        """Scores of a batch; `locale` [B] numbers from 1, 0 where none is told."""
        around, owner, share = _alone(given.lengths[0]) if len(given.lengths) == 1 else places(given.lengths)
        values = (given.units, around, owner, share, given.bag, locale)
        named: dict[str, NDArray[np.generic]] = dict(zip(INPUTS, values, strict=True))
        if given.words is not None:
            named.update(zip(WORD_INPUTS, _laid_out(given.words), strict=True))
        return Scores(*self._session.run(self._outputs, named))

    def check(self, widths: Widths) -> int:
        """`checked`, of this session."""
        return checked(self.run, widths, self._outputs, _FAULTS)


def places(lengths: Sequence[int]) -> tuple[Index, Index, Floats]:
    """Where the units of utterances of these lengths stand, U in all, one for an utterance without.

    `around` [U, 5]: places of the two units before each, of itself and of the two after it, U where there is none;
    `owner` [U]: the utterance of each; `share` [B, U]: what each counts in the mean of each utterance.
    """
    given = np.array(lengths, np.int64)
    sizes = np.maximum(given, 1)
    owner = np.arange(len(given)).repeat(sizes)
    place, end = np.arange(len(owner)), sizes.cumsum()[owner]
    around = place[:, None] + _REACH
    around[(around < (end - sizes[owner])[:, None]) | (around >= end[:, None])] = len(owner)
    share = np.zeros((len(given), len(owner)), np.float32)
    share[owner, place] = (given > 0)[owner] / sizes[owner]
    return around, owner, share


def word_places(sizes: Index) -> tuple[Index, Floats, Index]:
    """Where the words of utterances with so many stand, P in all, at most S in one.

    `around` [P, 3]: places of the one before each, of itself and of the one after it, P where there is none; `share`
    [B, P]: what each counts in the mean of each utterance; `places` [B, S]: those of each utterance, P where it has
    fewer.
    """
    first, count = sizes.cumsum() - sizes, int(sizes.sum())
    owner, place = np.arange(len(sizes)).repeat(sizes), np.arange(count)
    around = place[:, None] + _REACH[1:4]
    around[(around < first[owner][:, None]) | (around >= (first + sizes)[owner][:, None])] = count
    share = np.zeros((len(sizes), count), np.float32)
    share[owner, place] = 1 / sizes[owner]
    step = np.arange(max(1, sizes.max()))
    return around, share, np.where(step < sizes[:, None], first[:, None] + step, count)


def _laid_out(words: WordInputs) -> tuple[Floats, Index, Floats, Index]:
    """The values of `WORD_INPUTS`."""
    if not len(words.vectors):
        # A graph does not run on nothing at all: here is one word, and no utterance has it.
        texts, nothing = len(words.sizes), np.zeros((1, words.vectors.shape[1]), np.float32)
        return nothing, np.full((1, 3), 1), np.zeros((texts, 1), np.float32), np.full((texts, 1), 1)
    alone = len(words.sizes) == 1
    return words.vectors, *(_words_alone(len(words.vectors)) if alone else word_places(words.sizes))


@functools.lru_cache(maxsize=64)
def _alone(length: int) -> tuple[Index, Index, Floats]:
    """`places` of one utterance; nobody writes to them."""
    return places([length])


@functools.lru_cache(maxsize=64)
def _words_alone(count: int) -> tuple[Index, Floats, Index]:
    """`word_places` of one utterance; nobody writes to them."""
    return word_places(np.array([count]))


def _faults() -> tuple[type[Exception], ...]:
    """What opening or running a session may raise; onnxruntime's own exceptions share no public base."""
    own = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return (RuntimeError, ValueError, *(kind for kind in own if isinstance(kind, type) and issubclass(kind, Exception)))


_FAULTS = _faults()
