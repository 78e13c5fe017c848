"""The network in onnxruntime: inputs and outputs bound by name, and checked when the session opens."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError

__all__ = ["INPUTS", "OUTPUTS", "WORD_INPUTS", "Inputs", "Scores", "Session", "WordInputs"]

INPUTS = ("units", "around", "owner", "share", "bag", "locale")
"""Inputs of the graph: the fields of `Inputs`, and the number of each utterance's locale, int64 [B]."""
WORD_INPUTS = ("words", "words.around", "words.share", "words.places")
"""More of them where the model knows words: the fields of `WordInputs`."""
OUTPUTS = ("intent", "slot", "begins", "language", "embedding")
"""Outputs of the graph, in the order of `Scores`."""
DOUBT = "foreign"
"""One more of them where the model knows what is no command."""

_REACH = np.arange(-2, 3)  # the units that a unit is read beside

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WordInputs:
    """Known words, and parts of words, of B utterances, P in all, one after another, at most S in one."""

    vectors: Floats
    """[P, word width]; one of zeros where nothing is known of any utterance."""
    around: Index
    """[P, 3] places of the one before each, of itself and of the one after it; P where there is none."""
    share: Floats
    """[B, P] what each counts in the mean of each utterance."""
    places: Index
    """[B, S] the places of those of each utterance, P where it has fewer."""

    @classmethod
    def of(cls, vectors: Floats, sizes: Index) -> WordInputs:
        """`vectors` holds those of all utterances, `sizes` [B] how many each has."""
        count = len(vectors)
        if not count:
            # A graph does not run on nothing at all: here is one word, and no utterance has it.
            nothing = np.zeros((1, vectors.shape[1]), np.float32), np.full((1, 3), 1)
            return cls(*nothing, np.zeros((len(sizes), 1), np.float32), np.full((len(sizes), 1), 1))
        return cls(vectors, *(_words_alone(count) if len(sizes) == 1 else _word_places(sizes)))


@dataclass(frozen=True, slots=True)
class Inputs:
    """B utterances, the units of all of them one after another, U in all: nothing is padded."""

    units: Floats
    """[U, unit width]; an utterance without units has one of zeros."""
    around: Index
    """[U, 5] places of the two units before each, of itself and of the two after it; U where there is none."""
    owner: Index
    """[U] the utterance of each unit."""
    share: Floats
    """[B, U] what each unit counts in the mean of each utterance."""
    bag: Floats
    """[B, bag width]."""
    words: WordInputs | None = None
    """Of a model that knows words."""

    @classmethod
    def of(cls, vectors: Floats, lengths: Sequence[int], bag: Floats, words: WordInputs | None = None) -> Inputs:
        """`vectors` holds those of all units, `lengths` how many each utterance has."""
        if len(lengths) == 1 and lengths[0]:
            return cls(vectors, *_alone(lengths[0]), bag, words)
        around, owner, share = _places(lengths)
        real = share.any(axis=0)
        if real.all():
            return cls(vectors, around, owner, share, bag, words)
        units = np.zeros((len(owner), vectors.shape[1]), np.float32)
        units[real] = vectors
        return cls(units, around, owner, share, bag, words)


def _places(lengths: Sequence[int]) -> tuple[Index, Index, Floats]:
    """`around`, `owner` and `share` of utterances of these lengths."""
    given = np.array(lengths, np.int64)
    sizes = np.maximum(given, 1)
    owner = np.arange(len(given)).repeat(sizes)
    place, end = np.arange(len(owner)), sizes.cumsum()[owner]
    around = place[:, None] + _REACH
    around[(around < (end - sizes[owner])[:, None]) | (around >= end[:, None])] = len(owner)
    share = np.zeros((len(given), len(owner)), np.float32)
    share[owner, place] = (given > 0)[owner] / sizes[owner]
    return around, owner, share


def _word_places(sizes: Index) -> tuple[Index, Floats, Index]:
    """`around`, `share` and `places` of utterances of so many words."""
    first, count = sizes.cumsum() - sizes, int(sizes.sum())
    owner, place = np.arange(len(sizes)).repeat(sizes), np.arange(count)
    around = place[:, None] + _REACH[1:4]
    around[(around < first[owner][:, None]) | (around >= (first + sizes)[owner][:, None])] = count
    share = np.zeros((len(sizes), count), np.float32)
    share[owner, place] = 1 / sizes[owner]
    step = np.arange(max(1, sizes.max()))
    return around, share, np.where(step < sizes[:, None], first[:, None] + step, count)


@functools.lru_cache(maxsize=64)
def _words_alone(count: int) -> tuple[Index, Floats, Index]:
    """The same of one utterance; nobody writes to them."""
    return _word_places(np.array([count]))


@functools.lru_cache(maxsize=64)
def _alone(length: int) -> tuple[Index, Index, Floats]:
    """The same of one utterance; nobody writes to them."""
    return _places([length])


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
        self._outputs = (*OUTPUTS, DOUBT) if DOUBT in outputs else OUTPUTS
        missing = sorted({*INPUTS} - inputs) + sorted({*OUTPUTS} - outputs)
        if missing:
            raise ArtifactError(f"the network lacks {', '.join(missing)}", remedy=_REMEDY)

    def run(self, given: Inputs, locale: Index) -> Scores:
        """Scores of a batch; `locale` [B] numbers from 1, 0 where none is told."""
        values = (given.units, given.around, given.owner, given.share, given.bag, locale)
        named: dict[str, NDArray[np.generic]] = dict(zip(INPUTS, values, strict=True))
        if given.words is not None:
            words = given.words
            told = (words.vectors, words.around, words.share, words.places)
            named.update(zip(WORD_INPUTS, told, strict=True))
        return Scores(*self._session.run(self._outputs, named))

    def check(
        self, *, unit_width: int, bag_width: int, intents: int, slot_types: int, locales: int, word_width: int = 0
    ) -> int:
        """Runs the graph once, and returns the width of its embeddings.

        `word_width` is 0 where there are no words. Raises ArtifactError where it does not run on tables of these
        widths, or answers in other sizes.
        """
        texts, units = 2, 5
        nothing = np.zeros((0, word_width), np.float32), np.zeros(texts, np.int64)
        words = WordInputs.of(*nothing) if word_width else None
        vectors, bag = np.zeros((units, unit_width), np.float32), np.zeros((texts, bag_width), np.float32)
        given = Inputs.of(vectors, (3, 2), bag, words)
        try:
            scores = self.run(given, np.full(texts, locales, np.int64))
        except _FAULTS as fault:
            raise ArtifactError(f"the network does not run on the tables: {fault}", remedy=_REMEDY) from fault
        width = np.shape(scores.embedding)[-1:]
        sizes = ((texts, intents), (units, 1 + slot_types), (units, 1), (texts, 1 + locales), (texts, *width))
        doubt = ((texts, 1),) * (DOUBT in self._outputs)
        for name, wanted in zip(self._outputs, sizes + doubt, strict=True):
            found = np.asarray(getattr(scores, name))
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
