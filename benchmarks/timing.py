"""How long calls take and what memory they need. Imports nothing large: what it measures should weigh alone."""

from __future__ import annotations

import itertools
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["Latency", "peak_memory", "quantile", "resident_memory", "timed"]

Item = TypeVar("Item")

_WARMING = 10  # calls before the first that counts
_LEAST = 20  # calls that count, however long they take
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one call takes, in milliseconds."""

    p50: float
    """The median."""
    p95: float
    """What 95 of 100 calls stay within."""
    p99: float
    """What 99 of 100 calls stay within; few calls make it rough."""
    calls: int
    """How many were timed."""


def timed(call: Callable[[Item], object], items: Sequence[Item], seconds: float, most: int = 5000) -> Latency:
    """Times `call` on `items`, one after another and round again, for about `seconds` and at most `most` times."""
    for item in itertools.islice(itertools.cycle(items), _WARMING):
        call(item)
    times: list[float] = []
    end = time.perf_counter() + seconds
    for item in itertools.islice(itertools.cycle(items), most):
        began = time.perf_counter()
        call(item)
        now = time.perf_counter()
        times.append(1000 * (now - began))
        if now > end and len(times) >= _LEAST:
            break
    times.sort()
    return Latency(quantile(times, 0.5), quantile(times, 0.95), quantile(times, 0.99), len(times))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the `ordered` ones lie, by linear interpolation (numpy's default)."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def peak_memory() -> int:
    """Largest resident size of this process so far, in bytes.

    On Linux from /proc: `getrusage` would count what the parent held before it started this program.
    """
    if _STATUS.exists():
        return _told("VmHWM:")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_memory() -> int:
    """Resident size of this process now, in bytes; its largest so far where the system does not tell."""
    return _told("VmRSS:") if _STATUS.exists() else peak_memory()


def _told(name: str) -> int:
    (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return 1024 * int(line.split()[1])
