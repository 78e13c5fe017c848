"""What every parse does, compiled: `kernel.c`, called by `ctypes` on the tables of one model.

Where there is no library for the machine, or it is switched off, `kiloglot.text`, `tables` and `decode` do the same
with NumPy: `docs/decisions/0010-a-compiled-kernel.md`.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kiloglot.runtime.artifact import Artifact
from kiloglot.runtime.tables import Table
from kiloglot.text import Units

__all__ = ["SWITCH", "Kernel", "Reading", "able", "address", "library", "library_path"]

SWITCH = "KILOGLOT_KERNEL"
"""Environment variable; `off` leaves the kernel alone."""

_VERSION = 4  # of what the files in C take and give
_SUFFIXES = {"darwin": "dylib", "win32": "dll"}
_HIGHEST = 99  # a set of instructions beyond all
_AT_HWCAP, _HWCAP_ASIMDDP = 16, 1 << 20  # of Linux: what the processor has, and that it has dot products
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}

Floats = NDArray[np.float32]
Index = NDArray[np.int64]


class Reading(NamedTuple):
    """A call of `kiloglot_read` of kernel.c: what it is given, its room, and what it writes."""

    arguments: tuple[int | bytes | None, ...]
    scratch: NDArray[np.uint8]
    units: Floats
    """[U, unit width]."""
    bag: Floats
    """[N, bag width]."""
    words: Floats | None
    """[code points, word width], of which as many rows count as there are known words and parts."""
    sizes: Index
    """[N] how many of these each utterance has."""


class Kernel:
    """The compiled functions, on the tables of one model; threads may share them."""

    def __init__(self, library: ctypes.CDLL, artifact: Artifact) -> None:
        self.library = library
        self._widths = artifact.units.width, artifact.bag.width, artifact.words.width if artifact.words else 0
        self._tables = [_Table(table) if table else None for table in (artifact.units, artifact.bag, artifact.words)]
        self.tables = [ctypes.addressof(table) if table else None for table in self._tables]
        self.transitions = np.array(artifact.transitions, np.float32)
        self.into = np.ascontiguousarray(self.transitions.T)

    @classmethod
    def of(cls, artifact: Artifact) -> Kernel | None:
        """The kernel on the tables of `artifact`; None where there is none for this machine, or it is switched off."""
        kernel = library()
        return cls(kernel, artifact) if kernel else None

    def read(self, utterances: Sequence[Units]) -> tuple[Floats, Floats, Floats | None, Index]:
        """What the tables say of N utterances of U > 0 units in all.

        The mean rows of the units' n-grams [U, unit width], and of the utterances' [N, bag width]; the rows [P, word
        width] of the known words and parts, if there are words, and how many each utterance has of these [N].
        """
        read = self.given(utterances)
        known = self.run(read)
        return read.units, read.bag, None if read.words is None else read.words[:known], read.sizes

    def given(self, utterances: Sequence[Units]) -> Reading:
        """What `kiloglot_read` of kernel.c is given of utterances."""
        forms = [units.forms for units in utterances]
        texts = list(map("".join, forms))
        sizes = array("i", [len(form) for each in forms for form in each])
        codes = "".join(texts).encode("utf-32-le", "surrogatepass")
        places = 1 + max([len(text) + len(each) for text, each in zip(texts, forms, strict=True)])
        scratch = np.empty(self.library.kiloglot_scratch(places), np.uint8)
        units, bag, words = self._widths
        unit_means = np.empty((len(sizes), units), np.float32)
        bag_means = np.empty((len(forms), bag), np.float32)
        word_rows = np.empty((len(codes) // 4, words), np.float32) if words else None
        word_sizes = np.empty(len(forms), np.int64)
        arguments = (
            *self.tables,
            codes,
            sizes.tobytes(),
            b"".join([units.characters for units in utterances]),
            array("i", map(len, forms)).tobytes(),
            len(forms),
            places,
            address(scratch),
            address(unit_means),
            address(bag_means),
            None if word_rows is None else address(word_rows),
            address(word_sizes),
        )
        return Reading(arguments, scratch, unit_means, bag_means, word_rows, word_sizes)

    def run(self, read: Reading) -> int:
        """Lets kernel.c read; returns how many rows of words it has written."""
        return int(self.library.kiloglot_read(*read.arguments))

    def likeliest(self, emissions: Floats) -> tuple[list[int], list[float]]:
        """The most likely slot types of one utterance of T > 0 units, from its `emissions` [T, S], and how certain each
        of them is, as in `decode`.
        """
        count, types = emissions.shape
        scores = np.empty((1 + count, types), np.float32)
        path, certain = np.empty(count, np.int32), np.empty(count, np.float32)
        given = address(emissions), address(self.transitions), address(self.into)
        self.library.kiloglot_likeliest(*given, count, types, address(scores), address(path), address(certain))
        return path.tolist(), certain.tolist()


class _Table(ctypes.Structure):
    """`Table` of kernel.c; holds the arrays that it points to."""

    _fields_ = (
        ("tags", ctypes.c_void_p),
        ("codes", ctypes.c_void_p),
        ("scales", ctypes.c_void_p),
        ("rows", ctypes.c_uint64),
        ("width", ctypes.c_int32),
        ("bits", ctypes.c_int32),
    )

    def __init__(self, table: Table) -> None:
        self.arrays = [np.ascontiguousarray(each) for each in (table.vocabulary.tags, table.codes, table.scales)]
        addresses = [each.ctypes.data for each in self.arrays]
        super().__init__(*addresses, len(table.scales), table.width, table.bits)


def address(array: NDArray[np.generic]) -> int:
    """Of an array that is not empty and can be written to; a quarter of the time that `array.ctypes` takes."""
    return ctypes.addressof(ctypes.c_char.from_buffer(array.data))


def library() -> ctypes.CDLL | None:
    """The library for this machine; None where there is none, or it is switched off."""
    return None if os.environ.get(SWITCH, "").lower() == "off" else _library()


@functools.cache
def _library() -> ctypes.CDLL | None:
    """The library; None where there is none for this machine, or it is of another version."""
    try:
        kernel = ctypes.CDLL(str(library_path()))
        version = kernel.kiloglot_version()
    except (OSError, AttributeError):
        return None
    if version != _VERSION:
        return None
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    kernel.kiloglot_scratch.argtypes = (number,)
    kernel.kiloglot_scratch.restype = number
    kernel.kiloglot_read.argtypes = (*[pointer] * 3, *[ctypes.c_char_p] * 4, number, number, *[pointer] * 5)
    kernel.kiloglot_read.restype = number
    kernel.kiloglot_likeliest.argtypes = (pointer, pointer, pointer, number, number, pointer, pointer, pointer)
    kernel.kiloglot_likeliest.restype = None
    for each in (kernel.kiloglot_level, kernel.kiloglot_group, kernel.kiloglot_offset):
        each.argtypes = (ctypes.c_int32,)
        each.restype = ctypes.c_int32
    kernel.kiloglot_network_scratch.argtypes = (pointer, pointer)
    kernel.kiloglot_network_scratch.restype = number
    kernel.kiloglot_network.argtypes = (pointer, pointer, ctypes.c_int32, pointer)
    kernel.kiloglot_network.restype = ctypes.c_int32
    texts = ctypes.c_char_p, number, ctypes.c_char_p
    kernel.kiloglot_parse.argtypes = (pointer, *texts, *[number] * 5, pointer, pointer, pointer, number)
    kernel.kiloglot_parse.restype = number
    return kernel


@functools.cache
def able() -> int:
    """The highest set of instructions that this machine may have, as `kiloglot_level` of network.c counts them.

    That asks the processor; on aarch64 only Linux can say what it has.
    """
    if sys.platform != "linux" or platform.machine() != "aarch64":
        return _HIGHEST
    try:
        words = array("Q", Path("/proc/self/auxv").read_bytes())
    except (OSError, ValueError):
        return 0
    has = dict(zip(words[::2], words[1::2], strict=False)).get(_AT_HWCAP, 0)
    return 1 if has & _HWCAP_ASIMDDP else 0


def library_path() -> Path:
    """Where the library for this machine lies, if there is one."""
    machine = platform.machine().lower()
    wide = "" if sys.maxsize > 2**32 else "-32"
    name = f"kernel-{sys.platform}-{_MACHINES.get(machine, machine)}{wide}.{_SUFFIXES.get(sys.platform, 'so')}"
    return Path(__file__).with_name(name)
