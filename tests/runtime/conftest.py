"""Copies of the tiny model that a test may damage."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray


class Forgery:
    """A copy of a model. What is changed is signed again, so that its hashes are right and only its content is not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return content

    def declare(self, content: object) -> Path:
        """Replaces the manifest."""
        (self.folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
        return self.folder

    def put(self, name: str, content: bytes) -> Path:
        """Replaces a file."""
        (self.folder / name).write_bytes(content)
        manifest = self.manifest
        for record in manifest["files"]:
            if record["name"] == name:
                record.update(size=len(content), sha256=hashlib.sha256(content).hexdigest())
        return self.declare(manifest)

    def array(self, name: str) -> NDArray[Any]:
        """What a file holds."""
        found: NDArray[Any] = np.load(self.folder / name)
        return found

    def put_array(self, name: str, array: NDArray[Any]) -> Path:
        """Replaces an array."""
        np.save(self.folder / name, array)
        return self.put(name, (self.folder / name).read_bytes())


@pytest.fixture
def forgery(tiny_model: Path, tmp_path: Path) -> Forgery:
    """A fresh copy of the tiny model."""
    return Forgery(shutil.copytree(tiny_model, tmp_path / "forged"))
