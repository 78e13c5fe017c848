"""Arrays that are made piece by piece, so that a killed run goes on with those that are whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["kept"]


def kept(path: Path, make: Callable[[], Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """The arrays at `path`, an `.npz` file, which `make` makes where they are not there yet."""
    if not path.exists():
        half = path.with_suffix(".half")
        with half.open("wb") as file:
            np.savez(file, **make())  # type: ignore[arg-type]  # Arrays by name; the stubs take the first for a flag.
        half.replace(path)
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
