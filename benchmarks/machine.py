"""Where figures were measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

__all__ = ["Machine", "this_machine"]

_CPUINFO = Path("/proc/cpuinfo")
_BUSY = 0.5  # running processes on average before the first measurement


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine of a run."""

    processor: str
    """Model of the processor."""
    cores: int
    """Cores that the process may use."""
    system: str
    """Operating system and its version."""
    python: str
    """Version of Python."""
    packages: dict[str, str]
    """Versions of the packages that were measured."""
    load: float
    """Processes that were running on average in the minute before the first measurement."""

    @property
    def busy(self) -> bool:
        """Whether other work was running: then ratios count, and times are too long."""
        return self.load > _BUSY


def this_machine(packages: Iterable[str]) -> Machine:
    """This machine, with the versions of those of `packages` that are installed."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=platform.platform(),
        python=platform.python_version(),
        packages={name: version for name in sorted(set(packages)) if (version := _version(name))},
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    if _CPUINFO.exists():
        lines = _CPUINFO.read_text(encoding="utf-8").splitlines()
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
