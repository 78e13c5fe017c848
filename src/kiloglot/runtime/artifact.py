"""The model as a folder: written whole, checked by hash when it is read, its tables mapped into memory rather than
copied.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tokenize import TokenError
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.runtime.manifest import FileRecord, Manifest
from kiloglot.runtime.tables import Table
from kiloglot.text import HASH_VERSION, HASH_VERSIONS, Vocabulary, hashes_letters

__all__ = ["Artifact"]

MANIFEST, NETWORK, CARD = "manifest.json", "network.onnx", "README.md"
_TRANSITIONS, _EVOKED, _TABLES, _WORDS = "transitions", "evoked", ("units", "bag"), "words"
_PARTS = ("tags", "codes", "scales")
_ARRAYS = (_TRANSITIONS, _EVOKED, *(f"{table}.{part}" for table in _TABLES for part in _PARTS))
# What numpy raises on a broken header, which it reads as Python source.
_UNREADABLE = (OSError, ValueError, EOFError, OverflowError, RecursionError, SyntaxError, TokenError, TypeError)
_Number = TypeVar("_Number", bound=np.generic)


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
    evoked: NDArray[np.float32]
    """[1 + slot types, intents] what is added to intent logits: row 0, and those of the slot types that are found."""
    words: Table | None = None
    """Vectors of words, of a model that was told what words mean."""

    @property
    def in_letters(self) -> bool:
        """Whether it hashes words in `kiloglot.text.letters`."""
        return hashes_letters(self.manifest.hashing)

    @classmethod
    def read(cls, folder: Path, *, mapped: bool = True) -> Artifact:
        """Reads and checks the artifact in `folder`.

        A file that is `mapped` is shared between processes and must stay as it is: one that is cut short while it is
        in use ends the process. Otherwise each file is read once, and whatever becomes of it later does no harm.
        Raises ArtifactError where a file is missing, damaged or of another version.
        """
        if not folder.is_dir():
            raise ArtifactError(
                "there is no model folder here", path=folder, remedy="Name a folder that holds manifest.json"
            )
        manifest = Manifest.read(folder / MANIFEST)
        if manifest.hashing not in HASH_VERSIONS:
            problem = f"the model hashes text by {manifest.hashing[:40]!r}, this version by {HASH_VERSION!r}"
            raise ArtifactError(problem, path=folder, remedy="Train it again, or install the version that wrote it")
        unnamed = {NETWORK, *map(_file_of, _ARRAYS)} - {record.name for record in manifest.files}
        if unnamed:
            raise ArtifactError(f"the manifest does not name {', '.join(sorted(unnamed))}", path=folder, remedy=_REMEDY)
        files = _Files(folder, {})
        try:
            for record in manifest.files:
                if mapped:
                    _check(folder, record)
                else:
                    files.held[record.name] = _checked(folder, record)
            network = (folder / NETWORK).read_bytes() if mapped else files.held[NETWORK]
        except OSError as fault:
            raise ArtifactError(f"not readable ({fault})", path=folder, remedy=_REMEDY) from fault
        units, bag = (_read_table(files, name, manifest.bits) for name in _TABLES)
        types, intents = 1 + len(manifest.ontology.slot_types), len(manifest.ontology.intents)
        transitions = _array(files, _TRANSITIONS, np.float32, (types, types))
        evoked = _array(files, _EVOKED, np.float32, (types, intents))
        told = any(record.name == _file_of(f"{_WORDS}.tags") for record in manifest.files)
        words = _read_table(files, _WORDS, manifest.bits) if told else None
        return cls(manifest, network, units, bag, transitions, evoked, words)

    def write(self, folder: Path, card: str) -> Manifest:
        """Writes the artifact and its model `card` into `folder`; a model that lies there is replaced when all is
        written.

        Returns the manifest with the files' hashes. Raises ArtifactError where `folder` holds something else.
        """
        if folder.exists() and not (folder / MANIFEST).is_file() and any(folder.iterdir()):
            raise ArtifactError(
                "this folder is no model and will not be replaced", path=folder, remedy="Name a new folder"
            )
        half = folder.with_name(folder.name + ".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        (half / NETWORK).write_bytes(self.network)
        (half / CARD).write_text(card, encoding="utf-8")
        for name, array in self._arrays().items():
            np.save(half / _file_of(name), np.ascontiguousarray(array), allow_pickle=False)
        records = tuple(_record(path) for path in sorted(half.iterdir()))
        manifest = replace(self.manifest, files=records)
        (half / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        half.rename(folder)
        return manifest

    def _arrays(self) -> Mapping[str, NDArray[np.generic]]:
        parts: list[NDArray[np.generic]] = [self.transitions, self.evoked]
        names = list(_ARRAYS)
        for table in (self.units, self.bag, *([self.words] if self.words else [])):
            parts += [table.vocabulary.tags, table.codes, table.scales]
        if self.words:
            names += [f"{_WORDS}.{part}" for part in _PARTS]
        return dict(zip(names, parts, strict=True))


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of an artifact that were checked."""

    folder: Path
    """Where they lie."""
    held: dict[str, bytes]
    """Content by name, of those that were read rather than mapped."""

    def array(self, name: str) -> NDArray[Any]:
        """The array of a file, as it says of itself."""
        if name in self.held:
            content = io.BytesIO(self.held[name])
            return np.asarray(np.lib.format.read_array(content, allow_pickle=False))
        # A plain view: indexing a `memmap` costs several times as much, and this maps the file all the same.
        return np.asarray(np.lib.format.open_memmap(self.folder / name, mode="r"))


def _read_table(files: _Files, name: str, bits: int) -> Table:
    tags = _array(files, f"{name}.tags", np.uint16, (None,))
    rows = len(tags)
    codes: NDArray[np.uint8] | NDArray[np.int8]
    if bits == 8:
        codes = _array(files, f"{name}.codes", np.int8, (rows, None))
    else:
        codes = _array(files, f"{name}.codes", np.uint8, (rows, None))
    scales = _array(files, f"{name}.scales", np.float16, (rows,))
    return Table(Vocabulary(tags), codes, scales, bits)


def _array(files: _Files, name: str, kind: type[_Number], shape: tuple[int | None, ...]) -> NDArray[_Number]:
    """The array of a file; where `shape` holds None, any number but 0 will do."""
    path = files.folder / _file_of(name)
    try:
        array = files.array(path.name)
    except _UNREADABLE as fault:
        raise ArtifactError(f"not a readable array ({fault})", path=path, remedy=_REMEDY) from fault
    fits = array.ndim == len(shape) and all(
        have > 0 if want is None else have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if array.dtype != kind or not fits:
        wanted = f"{np.dtype(kind)} {list(shape)}".replace("None", "any")
        raise ArtifactError(f"{array.dtype} {list(array.shape)} instead of {wanted}", path=path, remedy=_REMEDY)
    if np.dtype(kind).kind == "f" and not np.isfinite(array).all():
        raise ArtifactError("numbers that are not finite", path=path, remedy=_REMEDY)
    return array


def _check(folder: Path, record: FileRecord) -> None:
    path = folder / record.name
    if not path.is_file():
        raise ArtifactError("the file is missing", path=path, remedy=_REMEDY)
    if path.stat().st_size != record.size:
        raise ArtifactError(f"{path.stat().st_size} bytes instead of {record.size}", path=path, remedy=_REMEDY)
    if _sha256(path) != record.sha256:
        raise ArtifactError("the content does not match its hash in the manifest", path=path, remedy=_REMEDY)


def _checked(folder: Path, record: FileRecord) -> bytes:
    """The content of a file, read once, and no more of it than its record says."""
    path = folder / record.name
    if not path.is_file():
        raise ArtifactError("the file is missing", path=path, remedy=_REMEDY)
    with path.open("rb") as stream:
        content = stream.read(record.size + 1)
    if len(content) != record.size:
        size = max(len(content), path.stat().st_size)
        raise ArtifactError(f"{size} bytes instead of {record.size}", path=path, remedy=_REMEDY)
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise ArtifactError("the content does not match its hash in the manifest", path=path, remedy=_REMEDY)
    return content


def _file_of(array: str) -> str:
    return f"{array}.npy"


def _record(path: Path) -> FileRecord:
    return FileRecord(path.name, path.stat().st_size, _sha256(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_REMEDY = "The copy is damaged: export or download the model again"
