"""The weights of a network out of its ONNX file, without onnx or onnxruntime.

An ONNX file is a protocol buffer: fields of a number and a value, one after another, of which some are messages again
(https://protobuf.dev/programming-guides/encoding/). What is read here are the few fields that hold weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Weights"]

# Numbers of fields, and of types, in onnx.proto.
_PRODUCER, _PRODUCER_VERSION, _GRAPH = 2, 3, 7  # of ModelProto
_INITIALIZER = 5  # of GraphProto
_DIMS, _DATA_TYPE, _NAME, _RAW_DATA = 1, 2, 8, 9  # of TensorProto
_TYPES: Mapping[int, type[np.generic]] = {1: np.float32, 3: np.int8, 7: np.int64}

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5  # how a value is written

_Value = int | memoryview


@dataclass(frozen=True, slots=True)
class Weights:
    """What a file says of its weights."""

    producer: str
    """The program that wrote it."""
    version: str
    """Of that program's graphs; empty where it says none."""
    arrays: Mapping[str, NDArray[np.generic]]
    """The weights by their names, float32, int8 or int64."""

    @classmethod
    def read(cls, network: bytes) -> Weights:
        """Reads an ONNX file. Raises ValueError where it is none, or holds weights that are written in another way."""
        producer, version, arrays = "", "", dict[str, NDArray[np.generic]]()
        for field, value in _fields(memoryview(network)):
            if field == _PRODUCER:
                producer = _text(value)
            elif field == _PRODUCER_VERSION:
                version = _text(value)
            elif field == _GRAPH:
                for part, tensor in _fields(_message(value)):
                    if part == _INITIALIZER:
                        name, array = _tensor(_message(tensor))
                        arrays[name] = array
        return cls(producer, version, arrays)


def _tensor(message: memoryview) -> tuple[str, NDArray[np.generic]]:
    """A TensorProto: its name and its numbers."""
    name, kind, raw, dims = "", 0, memoryview(b""), list[int]()
    for field, value in _fields(message):
        if field == _DIMS:
            dims += [value] if isinstance(value, int) else _numbers(value)
        elif field == _DATA_TYPE and isinstance(value, int):
            kind = value
        elif field == _NAME:
            name = _text(value)
        elif field == _RAW_DATA:
            raw = _message(value)
    if kind not in _TYPES:
        raise ValueError(f"weight {name!r} is of type {kind}")
    return name, np.frombuffer(raw, np.dtype(_TYPES[kind]).newbyteorder("<")).reshape(dims)


def _fields(message: memoryview) -> Iterator[tuple[int, _Value]]:
    """(number, value) of each field of a message; bytes are a view of the file."""
    place, end = 0, len(message)
    while place < end:
        key, place = _varint(message, place)
        how = key & 7
        if how == _VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if how == _BYTES:
            size, place = _varint(message, place)
        elif how in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if how == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"a field is written in way {how}")
        if size > end - place:
            raise ValueError("a field ends beyond its message")
        yield key >> 3, message[place : place + size]
        place += size


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            break
        byte = message[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
    raise ValueError("a number does not end")


def _numbers(packed: memoryview) -> list[int]:
    """Numbers one after another."""
    numbers, place = list[int](), 0
    while place < len(packed):
        number, place = _varint(packed, place)
        numbers.append(number)
    return numbers


def _message(value: _Value) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number stands where a message should")
    return value


def _text(value: _Value) -> str:
    return bytes(_message(value)).decode()
