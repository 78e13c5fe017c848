"""Which graphs the compiled kernel knows: those that `kiloglot.nn.graph` writes, told by the names and shapes of their
weights.

Anything else runs in onnxruntime, which reads what a graph does as well as what it weighs.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from kiloglot.runtime.weights import Weights

__all__ = ["GRAPH_VERSION", "MOST_WIDER", "KnownGraph"]

GRAPH_VERSION = "1"
"""Raised whenever the same weights mean something else in `kiloglot.nn.graph`."""

MOST_WIDER = 8
"""Layers that a reader of words may have beyond its first one, as network.c has it."""

_PRODUCER = "kiloglot"
_VERSIONS = ("", GRAPH_VERSION)  # The first graphs said none.

Floats = NDArray[np.float32]
_Kind = tuple[type[np.generic], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class KnownGraph:
    """The weights of a graph that the kernel knows."""

    arrays: Mapping[str, NDArray[np.generic]]
    """By their names."""

    @classmethod
    def of(cls, network: bytes) -> KnownGraph | None:
        """The weights of an ONNX file; None where it is another graph, or none."""
        try:
            weights = Weights.read(network)
        except (ValueError, OverflowError):
            return None
        if weights.producer != _PRODUCER or weights.version not in _VERSIONS:
            return None
        found = {name: (array.dtype.type, array.shape) for name, array in weights.arrays.items()}
        if found != _expected({name: shape for name, (_, shape) in found.items()}):
            return None
        if not all(array.size for array in weights.arrays.values()):  # Nothing of ours is made of nothing.
            return None
        return cls(weights.arrays)

    def weight(self, name: str) -> Floats | None:
        """A layer's weight [in, out] in full precision; None where there is none, or one in 8 bits."""
        return cast(Floats | None, self.arrays.get(f"{name}.weight"))

    def codes(self, name: str) -> tuple[NDArray[np.int8], Floats] | None:
        """A layer's weight in 8 bits, codes [in, out] and scales [out]; None where there is none."""
        codes, scales = (self.arrays.get(f"{name}.weight.{part}") for part in ("codes", "scales"))
        return None if codes is None else (cast(NDArray[np.int8], codes), cast(Floats, scales))

    def floats(self, name: str) -> Floats | None:
        """What is no layer's weight, such as a bias; None where there is none."""
        return cast(Floats | None, self.arrays.get(name))

    @property
    def locales(self) -> Floats:
        """What is told of each locale, [1 + locales, hidden]."""
        codes, scales = (self.arrays[f"locales.{part}"] for part in ("codes", "scales"))
        return cast(NDArray[np.int8], codes) * cast(Floats, scales)[:, None]

    @property
    def by_bag(self) -> str:
        """The layer that decides an intent by the n-grams of an utterance, of an adapted student that of its base."""
        return next(name for name in _BY_BAG if f"{name}.weight" in self.arrays)

    @property
    def wider_layers(self) -> int:
        """Layers of the reader of words beyond its first one."""
        return _wider_layers(self.arrays.keys())

    def number(self, name: str) -> float:
        """A single number; 0 where there is none."""
        return float(self.arrays[name].item()) if name in self.arrays else 0.0


_BY_BAG = ("intent.by.bag", "known.by.bag", "intent", "known")


def _expected(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, _Kind] | None:
    """The weights that a graph of ours has whose sizes are those of `shapes`; None where these do not tell them."""
    try:
        return _weights_of(shapes)
    except (KeyError, IndexError, ValueError):
        return None


def _weights_of(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, _Kind]:
    (hidden,), (embedding,), (types,) = (shapes[f"{name}.bias"] for name in ("wide", "embedding.raw", "slot"))
    unit, languages = shapes.get("language.weight.codes") or shapes["language.weight"]
    told, adapted, doubts = "reader.near.bias" in shapes, "own.bias" in shapes, "doubt.near.bias" in shapes
    by_bag = ("known" if adapted else "intent") + (".by.bag" if told else "")
    bag, guesses = shapes[f"{by_bag}.weight"]
    found = {
        "one": _whole(1),
        "four": _whole(1),
        **_exact(by_bag, bag, guesses),
        **_eight_bits("locales", languages, hidden, scales=languages),
        **_linear("belief", guesses, hidden),
        **_window("wide", 5, unit, hidden),
        **_window("middle", 3, hidden, hidden),
        **_window("last", 3, hidden, hidden),
        **{f"{name}.{part}": _float(hidden) for name in _NORMS for part in ("scale", "bias")},
        **_linear("slot", hidden + unit, types),
        **_linear("begins", hidden, 1),
        **_linear("language", unit, languages),
        **_linear("embedding.raw", bag + hidden, embedding),
    }
    reader = shapes["reader.near.bias"][0] if told else 0
    if told:
        word = shapes["reader.near.nothing"][1]
        found |= _reader(word, reader, guesses, _wider_layers(shapes))
    if adapted:
        found |= _own(bag + unit, guesses, shapes["own.bias"][0] - 1, hidden, "own.count.axis" in shapes)
    if doubts:
        (doubt,) = shapes["doubt.near.bias"]
        found |= _linear("doubt.near", bag + unit + 2 * reader, doubt) | _exact("doubt.odds", doubt, 1)
    return _as_precise(found, shapes)


def _as_precise(found: dict[str, _Kind], shapes: Mapping[str, tuple[int, ...]]) -> dict[str, _Kind]:
    """`found`, a layer in full precision where its weight among `shapes` is, as earlier versions wrote some."""
    for name in [name.removesuffix(".codes") for name in found if name.endswith(".weight.codes")]:
        if name in shapes:
            del found[f"{name}.scales"]
            found[name] = _float(*found.pop(f"{name}.codes")[1])
    return found


def _wider_layers(names: Collection[str]) -> int:
    return next(place for place in itertools.count() if f"reader.wider.{place}.bias" not in names)


_NORMS = ("first", "second", "third")


def _reader(word: int, reader: int, guesses: int, wider: int) -> dict[str, _Kind]:
    """The reader of words, whose first layer so many follow. Raises ValueError where they are too many."""
    if wider > MOST_WIDER:
        raise ValueError(f"{wider} layers")
    found = {
        "words.gain": _float(1),
        "read.nothing": _float(1, reader),
        "read.axis": _whole(1),
        **_window("reader.near", 3, word, reader),
        **_exact("reader.intent", 2 * reader, guesses),
    }
    for place in range(wider):
        found |= _window(f"reader.wider.{place}", 3, reader, reader)
    return found


def _own(directions: int, known: int, intents: int, hidden: int, tells: bool) -> dict[str, _Kind]:
    """What an adapted student has besides; `tells` where its slots hear of its own intents."""
    found = _exact("own", directions, intents + 1) | {
        "kin": _float(known, 1),
        "last.axis": _whole(1),
        "own.sizes": _whole(2),
        **{name: _float(1) for name in ("least", "border", "steepness", "whole", "own.count")},
    }
    if tells:
        told = {"own.first": _whole(1), "own.count.axis": _whole(1)}
        found |= told | _eight_bits("own.belief.weight", intents, hidden, scales=hidden)
    return found


def _window(name: str, rows: int, width: int, outputs: int) -> dict[str, _Kind]:
    """A linear layer over rows beside one another."""
    return {f"{name}.nothing": _float(1, width), f"{name}.flat": _whole(2)} | _linear(name, rows * width, outputs)


def _linear(name: str, inputs: int, outputs: int) -> dict[str, _Kind]:
    """A linear layer in 8 bits."""
    return _eight_bits(f"{name}.weight", inputs, outputs, scales=outputs) | {f"{name}.bias": _float(outputs)}


def _exact(name: str, inputs: int, outputs: int) -> dict[str, _Kind]:
    """A linear layer in full precision."""
    return {f"{name}.weight": _float(inputs, outputs), f"{name}.bias": _float(outputs)}


def _eight_bits(name: str, *shape: int, scales: int) -> dict[str, _Kind]:
    return {f"{name}.codes": (np.int8, shape), f"{name}.scales": _float(scales)}


def _float(*shape: int) -> _Kind:
    return np.float32, shape


def _whole(*shape: int) -> _Kind:
    return np.int64, shape
