"""What a model artifact says of itself: one JSON file, read and checked before anything else is touched."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from kiloglot.errors import ArtifactError
from kiloglot.values import Ontology

__all__ = ["ARTIFACT_FORMAT", "Calibration", "FileRecord", "Manifest"]

ARTIFACT_FORMAT = 2
"""Version of the artifact's layout that this code writes and reads."""

_BITS = (2, 4, 8)
_EXACT = 2**53  # whole numbers below this are numbers of every JSON reader
_FILE = re.compile(r"\w[\w.-]*", re.ASCII)
_KINDS: Mapping[type, str] = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of an artifact."""

    name: str
    """Name inside the folder."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal SHA-256 of its content, in lower case."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and when an utterance is refused; fitted on dev."""

    temperature: float = 1.0
    """What intent logits are divided by; above 0."""
    threshold: float = 0.0
    """Confidence in [0, 1] below which an utterance is rejected."""
    kept: float = 1.0
    """Share of dev utterances that the threshold keeps."""
    ece_before: float = 0.0
    """Expected calibration error on dev at temperature 1."""
    ece_after: float = 0.0
    """Expected calibration error on dev, each half calibrated on the other."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a model but its numbers."""

    name: str
    """Name of the model."""
    version: str
    """Version of the model."""
    ontology: Ontology
    """Intents and slot types in the order of its outputs."""
    locales: tuple[str, ...]
    """Locales in the order of its inputs and outputs, from 1 on."""
    hashing: str
    """Version of the n-gram hashing that it was trained with."""
    bits: int
    """Bits of a number in its tables."""
    calibration: Calibration
    """How its scores are read."""
    licence: str
    """SPDX expression."""
    trained_on: str
    """Name and signature of its training data."""
    files: tuple[FileRecord, ...]
    """Every other file of the artifact."""

    @property
    def label(self) -> str:
        """Name and version, as a parse names its model."""
        return f"{self.name} {self.version}"

    def to_json(self) -> str:
        """The content of `manifest.json`."""
        return json.dumps({"format": ARTIFACT_FORMAT, **asdict(self)}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Reads `manifest.json`; raises ArtifactError where it is not one that this version can read."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as fault:
            raise ArtifactError(f"no readable manifest ({fault})", path=path, remedy=_REMEDY) from fault
        found = content.get("format") if isinstance(content, dict) else None
        if type(found) is not int or found != ARTIFACT_FORMAT:
            raise ArtifactError(
                f"artifact format {_shown(found)}, this version reads {ARTIFACT_FORMAT}", path=path, remedy=_REMEDY
            )
        try:
            return cls._from(content)
        except _Fault as fault:
            raise ArtifactError(f"the manifest is at fault: {fault}", path=path, remedy=_REMEDY) from fault

    @classmethod
    def _from(cls, content: Mapping[str, Any]) -> Manifest:
        plain = {name: _field(content, name, str) for name in ("name", "version", "hashing", "licence", "trained_on")}
        ontology = _field(content, "ontology", dict)
        bits = _field(content, "bits", int)
        if bits not in _BITS:
            raise _Fault(f"tables of {_shown(bits)} bits, not of 2, 4 or 8")
        return cls(
            **plain,
            bits=bits,
            ontology=Ontology(_names(ontology, "intents", least=1), _names(ontology, "slot_types")),
            locales=_names(content, "locales", least=1),
            calibration=_calibration(_field(content, "calibration", dict)),
            files=tuple(map(_file, _field(content, "files", list))),
        )


class _Fault(ValueError):
    """What is wrong with a field."""


def _field(content: Mapping[str, Any], name: str, kind: type[_T]) -> _T:
    if name not in content:
        raise _Fault(f"it lacks {name!r}")
    value = content[name]
    whole = type(value) is int and abs(value) < _EXACT
    if kind is float and whole:
        value = float(value)
    if type(value) is not kind or (kind is int and not whole):
        raise _Fault(f"{name!r} is {_shown(value)}, not {_KINDS[kind]}")
    return value


def _names(content: Mapping[str, Any], name: str, least: int = 0) -> tuple[str, ...]:
    names = _field(content, name, list)
    if not all(type(entry) is str for entry in names) or len(set(names)) < max(len(names), least):
        raise _Fault(f"{name!r} is {_shown(names)}, not {least or 'any number'} or more distinct names")
    return tuple(names)


def _calibration(content: Mapping[str, Any]) -> Calibration:
    numbers = {field.name: _field(content, field.name, float) for field in fields(Calibration)}
    if not 0 < numbers["temperature"] < math.inf:
        raise _Fault(f"'temperature' is {numbers['temperature']}, not above 0 and finite")
    for name, value in numbers.items():
        if name != "temperature" and not 0 <= value <= 1:
            raise _Fault(f"{name!r} is {value}, not from 0 to 1")
    return Calibration(**numbers)


def _file(record: object) -> FileRecord:
    if not isinstance(record, dict):
        raise _Fault(f"{_shown(record)} among 'files' is not an object")
    found = FileRecord(_field(record, "name", str), _field(record, "size", int), _field(record, "sha256", str))
    if not _FILE.fullmatch(found.name):
        raise _Fault(f"{_shown(found.name)} among 'files' is not the name of a file in the folder")
    return found


def _shown(value: object) -> str:
    """`value`, short enough for a message."""
    return ascii(value)[:60]


_REMEDY = "Export the model again with this version of kiloglot, or install the version that wrote it"
