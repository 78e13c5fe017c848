"""What a model artifact says of itself: one JSON file, read before anything else is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kiloglot.errors import ArtifactError
from kiloglot.values import Ontology

__all__ = ["ARTIFACT_FORMAT", "Calibration", "FileRecord", "Manifest"]

ARTIFACT_FORMAT = 1
"""Version of the artifact's layout that this code writes and reads."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of an artifact."""

    name: str
    """Name inside the folder."""
    size: int
    """Bytes."""
    sha256: str
    """Hexadecimal SHA-256 of its content."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and when an utterance is refused; fitted on dev."""

    temperature: float = 1.0
    """What intent logits are divided by."""
    threshold: float = 0.0
    """Confidence below which an utterance is rejected."""
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
        except (OSError, ValueError) as fault:
            raise ArtifactError(f"no readable manifest ({fault})", path=path, remedy=_REMEDY) from fault
        found = content.get("format") if isinstance(content, dict) else None
        if found != ARTIFACT_FORMAT:
            raise ArtifactError(
                f"artifact format {found!r}, this version reads {ARTIFACT_FORMAT}", path=path, remedy=_REMEDY
            )
        try:
            return cls._from(content)
        except (KeyError, TypeError, ValueError) as fault:
            raise ArtifactError(f"the manifest lacks or misspells {fault}", path=path, remedy=_REMEDY) from fault

    @classmethod
    def _from(cls, content: Mapping[str, Any]) -> Manifest:
        ontology = content["ontology"]
        plain = {name: content[name] for name in ("name", "version", "hashing", "bits", "licence", "trained_on")}
        return cls(
            **plain,
            ontology=Ontology(tuple(ontology["intents"]), tuple(ontology["slot_types"])),
            locales=tuple(content["locales"]),
            calibration=Calibration(**content["calibration"]),
            files=tuple(FileRecord(**record) for record in content["files"]),
        )


_REMEDY = "Export the model again with this version of kiloglot, or install the version that wrote it"
