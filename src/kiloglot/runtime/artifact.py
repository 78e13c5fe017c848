"""The model as a folder: written whole, checked by hash when it is read, its tables mapped into memory rather than
copied.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.runtime.manifest import FileRecord, Manifest
from kiloglot.runtime.tables import Table
from kiloglot.text import HASH_VERSION, Vocabulary

__all__ = ["Artifact"]

MANIFEST, NETWORK, CARD = "manifest.json", "network.onnx", "README.md"
_TABLES = ("units", "bag")
_PARTS = ("tags", "codes", "scales")


@dataclass(frozen=True, slots=True)
class Artifact:
    """A model, ready to be run or written."""

    manifest: Manifest
    """What it says of itself."""
    network: bytes
    """The ONNX graph above the tables."""
    units: Table
    """Vectors that describe units."""
    bag: Table
    """Vectors that describe utterances."""
    transitions: NDArray[np.float32]
    """[1 + slot types, 1 + slot types] scores of one slot type after another; 0 is no slot."""

    @classmethod
    def read(cls, folder: Path) -> Artifact:
        """Reads and checks the artifact in `folder`.

        Raises ArtifactError where a file is missing, damaged or of another version.
        """
        if not folder.is_dir():
            raise ArtifactError(
                "there is no model folder here", path=folder, remedy="Name a folder that holds manifest.json"
            )
        manifest = Manifest.read(folder / MANIFEST)
        if manifest.hashing != HASH_VERSION:
            problem = f"the model hashes text by {manifest.hashing}, this version by {HASH_VERSION}"
            raise ArtifactError(problem, path=folder, remedy="Train it again, or install the version that wrote it")
        for record in manifest.files:
            _check(folder, record)
        units, bag = (_read_table(folder, name, manifest.bits) for name in _TABLES)
        network = (folder / NETWORK).read_bytes()
        return cls(manifest, network, units, bag, _array(folder, "transitions"))

    def write(self, folder: Path, card: str) -> Manifest:
        """Writes the artifact and its model `card` into `folder`, which is replaced when all is written.

        Returns the manifest with the files' hashes.
        """
        half = folder.with_name(folder.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        (half / NETWORK).write_bytes(self.network)
        (half / CARD).write_text(card, encoding="utf-8")
        for name, array in self._arrays().items():
            np.save(half / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        records = tuple(_record(path) for path in sorted(half.iterdir()))
        manifest = replace(self.manifest, files=records)
        (half / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
        return manifest

    def _arrays(self) -> Mapping[str, NDArray[np.generic]]:
        arrays: dict[str, NDArray[np.generic]] = {"transitions": self.transitions}
        for name, table in zip(_TABLES, (self.units, self.bag), strict=True):
            parts = (table.vocabulary.tags, table.codes, table.scales)
            arrays.update({f"{name}.{part}": array for part, array in zip(_PARTS, parts, strict=True)})
        return arrays


def _read_table(folder: Path, name: str, bits: int) -> Table:
    tags, codes, scales = (_array(folder, f"{name}.{part}") for part in _PARTS)
    return Table(Vocabulary(tags), codes, scales, bits)


def _array(folder: Path, name: str) -> Any:
    path = folder / f"{name}.npy"
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as fault:
        raise ArtifactError(f"not a readable array ({fault})", path=path, remedy=_REMEDY) from fault


def _check(folder: Path, record: FileRecord) -> None:
    path = folder / record.name
    if Path(record.name).name != record.name:
        raise ArtifactError(
            f"the manifest names {record.name!r}, a file outside its folder", path=folder, remedy=_REMEDY
        )
    if not path.is_file():
        raise ArtifactError("the file is missing", path=path, remedy=_REMEDY)
    if path.stat().st_size != record.size:
        raise ArtifactError(f"{path.stat().st_size} bytes instead of {record.size}", path=path, remedy=_REMEDY)
    if _sha256(path) != record.sha256:
        raise ArtifactError("the content does not match its hash in the manifest", path=path, remedy=_REMEDY)


def _record(path: Path) -> FileRecord:
    return FileRecord(path.name, path.stat().st_size, _sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_REMEDY = "The copy is damaged: export or download the model again"
