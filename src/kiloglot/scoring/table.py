"""Plain tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["plain_table"]


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """`rows` under `header`, the first column to the left, the others to the right; columns that say nothing go."""
    used = [at for at in range(len(header)) if any(row[at] for row in rows)]
    widths = {at: max(len(row[at]) for row in (header, *rows)) for at in used}
    return "\n".join(_line(row, widths) for row in (header, *rows))


def _line(row: Sequence[str], widths: dict[int, int]) -> str:
    cells = (f"{row[at]:<{width}}" if at == 0 else f"{row[at]:>{width}}" for at, width in widths.items())
    return "  ".join(cells).rstrip()
