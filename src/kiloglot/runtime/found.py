"""Where a model lies: a path that exists, else the name of one in the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from kiloglot.errors import ArtifactError

__all__ = ["DEFAULT_MODEL", "bundled", "model_folder"]

DEFAULT_MODEL = "massive"
"""Name of the bundled model that is used where none is named."""


def bundled() -> tuple[str, ...]:
    """Names of the models that lie in the package."""
    folder = resources.files("kiloglot") / "models"
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir())) if folder.is_dir() else ()


def model_folder(model: str | Path) -> Path:
    """The folder of a model. Raises ArtifactError where there is none of that name."""
    path = Path(model)
    if path.is_dir():
        return path
    if str(model) in bundled():
        return Path(str(resources.files("kiloglot") / "models" / str(model)))
    known = ", ".join(bundled()) or "none"
    raise ArtifactError(
        f"no model {str(model)!r}: not a folder, and not bundled ({known})", remedy="Name a model's folder"
    )
