"""The network in the compiled kernel: the same as `session`, in one call, and without onnxruntime.

`network.c` computes; here the weights are laid out for it. Why: `docs/decisions/0012-the-network-in-the-kernel.md`.
"""

from __future__ import annotations

import ctypes
import operator
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.runtime.inputs import Inputs, WordInputs
from kiloglot.runtime.kernel import able, address, library
from kiloglot.runtime.known_graph import MOST_WIDER, KnownGraph
from kiloglot.runtime.scores import DOUBT, OUTPUTS, Scores, Widths, checked
from kiloglot.runtime.spread import shares, spread

__all__ = ["Network"]

_PANEL = 32  # columns of weights that lie together, as network.c has it
_LINE = 64  # bytes of a line of the processor's cache, at which every array begins
_EPSILON = 1e-5  # of the layer norms
_HIGHEST = 99  # a set of instructions beyond all: the best that the machine has

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


class _Layer(ctypes.Structure):
    """`Layer` of network.c."""

    _fields_ = (
        *[(name, ctypes.c_void_p) for name in ("weight", "codes", "begin", "scales", "bias")],
        ("inputs", ctypes.c_int64),
        ("outputs", ctypes.c_int64),
    )


class _Norm(ctypes.Structure):
    """`Norm` of network.c."""

    _fields_ = (("scale", ctypes.c_void_p), ("bias", ctypes.c_void_p))


# Fields of `Network` in network.c, and what the graph calls them.
_LAYERS = {
    "by_bag": "",
    "by_words": "reader.intent",
    "near": "reader.near",
    "belief": "belief",
    "wide": "wide",
    "middle": "middle",
    "last": "last",
    "slot": "slot",
    "begins": "begins",
    "language": "language",
    "embedding": "embedding.raw",
    "own": "own",
    "own_belief": "own.belief",
    "doubt_near": "doubt.near",
    "doubt_odds": "doubt.odds",
}
_NUMBERS = ("gain", "epsilon", "border", "steepness", "least")


class _Network(ctypes.Structure):
    """`Network` of network.c."""

    _fields_ = (
        *[(name, _Layer) for name in _LAYERS],
        ("wider", _Layer * MOST_WIDER),
        ("norms", _Norm * 3),
        ("locale", ctypes.c_void_p),
        ("kin", ctypes.c_void_p),
        ("locales", ctypes.c_int64),
        ("wider_layers", ctypes.c_int64),
        *[(name, ctypes.c_float) for name in _NUMBERS],
    )


class _Asked(ctypes.Structure):
    """`Asked` of network.c."""

    _fields_ = (
        *[(name, ctypes.c_void_p) for name in ("units", "lengths", "bag", "locale", "words", "word_sizes")],
        *[(name, ctypes.c_int64) for name in ("texts", "rows", "known_words")],
        *[(name, ctypes.c_void_p) for name in (*OUTPUTS, DOUBT)],
    )


class Network:
    """Runs a network that the kernel knows; threads may share it."""

    def __init__(self, kernel: ctypes.CDLL, graph: KnownGraph, *, threads: int = 1, level: int = _HIGHEST) -> None:
        self._library, self._threads, self.level = kernel, threads, kernel.kiloglot_level(min(level, able()))
        self._weights = _Weights(graph, kernel.kiloglot_group(self.level), kernel.kiloglot_offset(self.level))
        net = self._weights.network
        self._unit, self._bag = net.language.inputs, net.by_bag.inputs
        self._word = net.near.inputs // 3
        intents = net.own.outputs - 1 if net.own.outputs else net.by_bag.outputs
        widths = intents, net.slot.outputs, 1, net.language.outputs, net.embedding.outputs, 1
        self._outputs = (*OUTPUTS, DOUBT) if net.doubt_near.outputs else OUTPUTS
        self._sizes = widths[: len(self._outputs)]
        self.where = ctypes.addressof(net)

    @classmethod
    def of(cls, network: bytes, *, threads: int = 1, level: int = _HIGHEST) -> Network | None:
        """The network of an ONNX file; None where the kernel does not know its graph, or there is no kernel.

        `threads` bounds the cores of one call. `level` bounds the instructions, as `kiloglot_level` of network.c counts
        them: 0 is what every processor of the machine's kind has.
        """
        kernel = library()
        graph = KnownGraph.of(network) if kernel else None
        return cls(kernel, graph, threads=threads, level=level) if kernel and graph else None

    def run(self, given: Inputs, locale: Index) -> Scores:
        """Scores of a batch; `locale` [B] numbers from 1, 0 where none is told.

        Those of an utterance are the same, bit by bit, whatever is beside it.
        """
        parts = shares(len(given.lengths), self._threads)
        if len(parts) < 2:
            return self._run(given, locale)
        found = spread(lambda part: self._run(*part), [*_parts(given, locale, parts)])
        each = ([getattr(scores, name) for scores in found] for name in self._outputs)
        return Scores(*map(np.concatenate, each))

    def check(self, widths: Widths) -> int:
        """`checked`, of this network."""
        return checked(self.run, widths, self._outputs, (ValueError,))

    def _run(self, given: Inputs, locale: Index) -> Scores:
        """Scores, by one thread."""
        texts, rows = len(given.lengths), len(given.units)
        units, bag = _floats(given.units, (rows, self._unit)), _floats(given.bag, (texts, self._bag))
        told, (words, sizes) = np.ascontiguousarray(locale, np.int64), self._words(given.words, texts)
        if told.shape != (texts,):
            raise ValueError(f"locales {told.shape} of {texts} utterances")
        lengths = array("q", given.lengths)
        # All that is answered lies in one piece: an address costs as much as an array.
        heights = (texts, rows, rows, texts, texts, texts)[: len(self._sizes)]
        ends = [*accumulate(map(operator.mul, heights, self._sizes), initial=0)]
        said = np.empty(ends[-1], np.float32)
        first = address(said)
        asked = _Asked(
            _address(units),
            lengths.buffer_info()[0],
            _address(bag),
            _address(told),
            None if words is None else _address(words),
            None if sizes is None else _address(sizes),
            texts,
            rows,
            0 if words is None else len(words),
            *[first + 4 * end for end in ends[:-1]],
        )
        where = self.where, ctypes.addressof(asked)
        scratch = np.empty(self._library.kiloglot_network_scratch(*where), np.float32)
        if self._library.kiloglot_network(*where, self.level, address(scratch)):
            raise ValueError("units, words and locales do not fit together")
        parts = zip(pairwise(ends), heights, self._sizes, strict=True)
        return Scores(*[said[begin:end].reshape(height, width) for (begin, end), height, width in parts])

    def _words(self, words: WordInputs | None, texts: int) -> tuple[Floats | None, Index | None]:
        """Vectors and sizes of words, as the network needs them."""
        if (words is None) == bool(self._word):
            raise ValueError(f"words of {self._word} numbers are read, and {'no' if words is None else 'some'} given")
        if words is None:
            return None, None
        sizes = np.ascontiguousarray(words.sizes, np.int64)
        if sizes.shape != (texts,):
            raise ValueError(f"words of {sizes.shape} utterances, not of {texts}")
        return _floats(words.vectors, (len(words.vectors), self._word)), sizes


class _Weights:
    """The weights of a graph, laid out for network.c: codes in groups of so many inputs, `offset` added to what a layer
    in 8 bits reads.
    """

    def __init__(self, graph: KnownGraph, group: int, offset: int) -> None:
        self._held: list[NDArray[np.generic]] = []
        self._group, self._offset = group, offset
        self.network = net = _Network()
        for field, name in _LAYERS.items():
            setattr(net, field, self._layer(graph, name or graph.by_bag))
        net.wider_layers = graph.wider_layers
        for place in range(graph.wider_layers):
            net.wider[place] = self._layer(graph, f"reader.wider.{place}")
        for place, name in enumerate(("first", "second", "third")):
            net.norms[place] = _Norm(*(self._put(graph.floats(f"{name}.{part}")) for part in ("scale", "bias")))
        net.locale, net.locales = self._put(graph.locales), len(graph.locales) - 1
        net.kin = self._put(graph.floats("kin"))
        net.gain, net.epsilon = graph.number("words.gain"), _EPSILON
        net.border, net.steepness, net.least = (graph.number(name) for name in ("border", "steepness", "least"))

    def _layer(self, graph: KnownGraph, name: str) -> _Layer:
        """A linear layer, its columns in panels; one without outputs where the student has no such layer."""
        weight, coded, bias = graph.weight(name), graph.codes(name), graph.floats(f"{name}.bias")
        layer = _Layer()
        if coded is not None:
            codes, scales = coded
            layer.inputs, layer.outputs = codes.shape
            layer.codes, layer.scales = self._put(_grouped(codes, self._group)), self._put(_panels(scales[None]))
            begin = codes.sum(0, keepdims=True, dtype=np.int32) * np.int32(-self._offset)
            layer.begin = self._put(_panels(begin))
        elif weight is not None:
            layer.weight = self._put(_panels(weight))
            layer.inputs, layer.outputs = weight.shape
        if layer.outputs:
            layer.bias = self._put(_panels((np.zeros(layer.outputs, np.float32) if bias is None else bias)[None]))
        return layer

    def _put(self, values: NDArray[np.generic] | None) -> int | None:
        """A copy of an array that begins at a line of the cache; its address."""
        if values is None:
            return None
        room = np.empty(values.nbytes + _LINE, np.uint8)
        first = -room.ctypes.data % _LINE
        copy = room[first : first + values.nbytes]
        copy[:] = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
        self._held.append(copy)
        return int(copy.ctypes.data)


def _panels(weight: NDArray[Any]) -> NDArray[Any]:
    """A weight [in, out] as [panels, in, columns of a panel], the last panel filled up with zeros."""
    inputs, outputs = weight.shape
    panels = -(-outputs // _PANEL)
    wide = np.zeros((inputs, panels * _PANEL), weight.dtype)
    wide[:, :outputs] = weight
    return wide.reshape(inputs, panels, _PANEL).swapaxes(0, 1)


def _grouped(codes: NDArray[np.int8], group: int) -> NDArray[np.int8]:
    """Codes [in, out] as [panels, groups of inputs, columns of a panel, inputs of a group]."""
    panels = _panels(np.pad(codes, ((0, -len(codes) % group), (0, 0))))
    grouped: NDArray[np.int8] = panels.reshape(len(panels), -1, group, _PANEL).swapaxes(2, 3)
    return grouped


def _parts(given: Inputs, locale: Index, parts: Sequence[slice]) -> Iterator[tuple[Inputs, Index]]:
    """`parts` of a batch."""
    rows = np.concatenate([[0], np.maximum(given.lengths, 1).cumsum()])
    known = None if given.words is None else np.concatenate([[0], given.words.sizes.cumsum()])
    for own in parts:
        first, last, words = own.start, own.stop, None
        if given.words is not None and known is not None:
            words = WordInputs(given.words.vectors[known[first] : known[last]], given.words.sizes[own])
        units = given.units[rows[first] : rows[last]]
        yield Inputs(units, given.lengths[own], given.bag[own], words), locale[own]


def _floats(values: Floats, shape: tuple[int, int]) -> Floats:
    """The values as C reads them. Raises ValueError where they have another shape."""
    if values.shape != shape:
        raise ValueError(f"an input is {values.shape} where the network reads {shape}")
    return np.ascontiguousarray(values, np.float32)


def _address(values: NDArray[np.generic]) -> int:
    """Of an array that may be empty."""
    return address(values) if values.size and values.flags.writeable else int(values.ctypes.data)
