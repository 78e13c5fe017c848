"""Sizes, and the rows that they leave room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.errors import ConfigError
from kiloglot.stages.budget import Space, read_budget


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", None),
        ("6MB", 6_000_000),
        ("6 MB", 6_000_000),
        ("1.5MB", 1_500_000),
        ("0.000001MB", 1),
        ("6000001", 6_000_001),
    ],
)
def test_sizes_are_read_in_decimal_megabytes_or_in_bytes(text: str, size: int | None) -> None:
    assert read_budget(text) == size


@given(
    fixed=st.integers(0, 10_000),
    row=st.tuples(st.integers(5, 200), st.integers(5, 200)),
    have=st.tuples(st.integers(1, 500), st.integers(1, 500)),
    room=st.integers(0, 100_000),
)
def test_rows_fill_the_budget_as_far_as_there_are_any(
    fixed: int, row: tuple[int, int], have: tuple[int, int], room: int
) -> None:
    space = Space(fixed, *row)
    if room < sum(row):
        with pytest.raises(ConfigError, match=f"least that is possible is {fixed + sum(row)} bytes"):
            space.rows(fixed + room, *have)
        return
    units, bag, _ = space.rows(fixed + room, *have)
    left = room - units * row[0] - bag * row[1]
    assert left >= 0
    assert 1 <= units <= have[0]
    assert 1 <= bag <= have[1]
    assert units == have[0] or left < row[0]
    assert bag == have[1] or left < row[1]
