"""Work on many texts, spread over threads: the compiled kernel leaves Python to the others while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["shares", "spread"]

_FEW = 4  # texts that are not worth a thread of their own

Part = TypeVar("Part")
Done = TypeVar("Done")


def shares(texts: int, threads: int) -> list[slice]:
    """So many texts in about equal parts, one for each of at most so many threads that is worth its while."""
    count = max(1, min(threads, texts // _FEW))
    return [slice(place * texts // count, (place + 1) * texts // count) for place in range(count)]


def spread(work: Callable[[Part], Done], parts: Sequence[Part]) -> list[Done]:
    """What `work` makes of each part, by as many threads."""
    if len(parts) < 2:
        return [work(part) for part in parts]
    # Few need it, and it takes as long to load as a hundred parses.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(parts)) as pool:
        return [*pool.map(work, parts)]
