"""The starter assistant that lies in the package."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

__all__ = ["starter_path"]


def starter_path() -> Traversable:
    """The folder of the starter assistant: assistant.toml and locales/. A `pathlib.Path` wherever it lies on disk."""
    return files("kiloglot.data") / "starter"
