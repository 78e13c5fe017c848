"""The size that a model may have, and the rows that this leaves for its tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from kiloglot.errors import ConfigError

__all__ = ["Pruning", "Space", "read_budget"]

_SIZE = re.compile(r"(\d{1,18})|(\d{1,12}(?:\.\d{1,6})?) ?MB", re.ASCII)
_UNIT_SHARE = 0.42
"""Share of the n-grams' rows that describes units; `docs/log.md` has the trials."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """What a budget left of a student, and what the whole one reaches."""

    unit_rows: int
    """Rows of the unit table that were kept."""
    bag_rows: int
    """Rows of the utterance table that were kept."""
    whole_rows: int
    """Rows of both tables before."""
    whole_intent: float
    """Intent accuracy on dev before, in torch, mean over locales in [0, 1]."""
    whole_exact: float
    """Exact match on dev before, in torch, mean over locales in [0, 1], counted on units."""

    def told(self, intent: float, exact: float) -> str:
        """In words, beside the `intent` accuracy and the `exact` match on dev that are left."""
        rows = f"{self.unit_rows + self.bag_rows:,} of {self.whole_rows:,} rows kept"
        before = f"intent {100 * self.whole_intent:.1f} before and {100 * intent:.1f} after"
        return f"{rows}: on dev, {before}, exact match {100 * self.whole_exact:.1f} and {100 * exact:.1f}"


@dataclass(frozen=True, slots=True)
class Space:
    """What a model's files take up, in bytes."""

    fixed: int
    """Everything but the rows."""
    unit_row: int
    """A row of the unit table."""
    bag_row: int
    """A row of the utterance table."""
    word_row: int = 0
    """A row of the table of words."""

    def rows(self, budget: int, unit_rows: int, bag_rows: int, word_rows: int = 0) -> tuple[int, int, int]:
        """How many of `unit_rows`, of `bag_rows` and of `word_rows` there is room for in `budget` bytes, at least 1
        each where there are any. Words keep the share of the rows' bytes that they have.

        Raises ConfigError where there is none.
        """
        least = self.fixed + self.unit_row + self.bag_row + (self.word_row if word_rows else 0)
        if budget < least:
            remedy = f"The least that is possible is {least} bytes"
            raise ConfigError(f"a budget of {budget} bytes is too small for this student", remedy=remedy)
        room = budget - self.fixed
        rows_of_words = word_rows * self.word_row
        share = rows_of_words / max(1, rows_of_words + unit_rows * self.unit_row + bag_rows * self.bag_row)
        words = min(word_rows, max(1, int(share * room / self.word_row))) if word_rows else 0
        room -= words * self.word_row
        rows = room / (_UNIT_SHARE * self.unit_row + (1 - _UNIT_SHARE) * self.bag_row)
        units = min(unit_rows, max(1, int(_UNIT_SHARE * rows)), (room - self.bag_row) // self.unit_row)
        bag = min(bag_rows, (room - units * self.unit_row) // self.bag_row)
        return min(unit_rows, (room - bag * self.bag_row) // self.unit_row), bag, words


def read_budget(text: str) -> int | None:
    """Bytes of a size such as `6MB`, `1.5 MB` or `6000000`; None where it is empty. 1 MB is 1,000,000 bytes.

    Raises ConfigError where it is no size.
    """
    if not text:
        return None
    found = _SIZE.fullmatch(text)
    if not found:
        raise ConfigError(f"budget: {text!r} is no size", remedy="Write it as 6MB, or in bytes as 6000000")
    plain, mega = found.groups()
    return int(plain) if plain else int(Decimal(mega) * 1_000_000)
