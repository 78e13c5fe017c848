"""The starter assistant that lies in the package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["starter_path"]


def starter_path() -> Path:
    """The folder of the starter assistant, with assistant.toml and locales/."""
    return Path(str(files("kiloglot.data") / "starter"))
