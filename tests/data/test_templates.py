"""Templates say what they should, the same every time."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.data.templates import expand, holes, is_literal, parse_template
from kiloglot.errors import NotationError
from kiloglot.text.notation import annotate

VALUES = {"time": ("nine", "half past ten"), "date": ("today", "on friday", "tomorrow")}


def said(source: str, limit: int = 100, key: str = "key") -> list[str]:
    return [annotate(text, slots) for text, slots in expand(parse_template(source), VALUES, limit, key)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("wake me", {"wake me"}),
        ("at [time : six]", {"at [time : six]"}),
        ("at [time]", {"at [time : nine]", "at [time : half past ten]"}),
        ("{please|} wake  me ", {"please wake me", "wake me"}),
        ("{a|b} [time]{!|}", {f"{a} [time : {t}]{e}" for a in "ab" for t in VALUES["time"] for e in ("!", "")}),
        ("hi{, [date]|}", {"hi", *(f"hi, [date : {d}]" for d in VALUES["date"])}),
        ("{|x} [date : today ]now", {"[date : today] now", "x [date : today] now"}),
        (r"\{a\|b\} \[c\] \\", {r"{a|b} \[c\] \\"}),
        ("a | b", {"a | b"}),
        ("打开[date]的灯", {f"打开[date : {d}]的灯" for d in VALUES["date"]}),
        ("{same|same}", {"same"}),
    ],
)
def test_all_expansions(source: str, expected: set[str]) -> None:
    found = said(source)
    assert set(found) == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize(
    ("source", "column"),
    [
        ("wake {me", 6),
        ("wake me}", 8),
        ("a {b {c|d}|e}", 6),
        ("a {b}", 3),
        ("a [time : {b|c}]", 11),
        ("a ] b", 3),
        ("a [two words] b", 3),
        ("a [time", 3),
        ("{a|[time : ]}", 4),
    ],
)
def test_broken_templates_are_refused_with_their_column(source: str, column: int) -> None:
    with pytest.raises(NotationError) as caught:
        parse_template(source)
    assert caught.value.problem.startswith(f"column {column}: ")


def test_holes_are_found_in_alternatives_too() -> None:
    template = parse_template("{[time]|[date : today]} [date]")
    assert holes(template) == {"time", "date"}
    assert not is_literal(template)
    assert is_literal(parse_template("at [time : six]"))


def test_draw_is_what_it_was_in_every_version() -> None:
    # Fixed when the format was fixed: users' scores depend on it.
    assert said("{a|b|c} [date] [time]", 3, "0\0en-US\0alarm_set\0train") == [
        "a [date : tomorrow] [time : nine]",
        "a [date : today] [time : nine]",
        "b [date : today] [time : half past ten]",
    ]


@given(st.integers(1, 12), st.text())
def test_draws_are_distinct_and_bounded(limit: int, key: str) -> None:
    found = said("{a|b|c} [date] {x|y}", limit, key)
    assert len(set(found)) == len(found) == limit


def test_every_expansion_is_drawn_alike() -> None:
    drawn = Counter(said("{a|b|c} [date]", 1, str(key))[0] for key in range(1800))
    assert len(drawn) == 9
    # Chi-square with 8 degrees of freedom; 26.12 is its 99.9 % quantile (NIST handbook, table 1.3.6.7.4).
    assert sum((count - 200) ** 2 / 200 for count in drawn.values()) < 26.12


def test_a_large_template_costs_little_and_an_endless_one_is_refused() -> None:
    assert len(said(" ".join(["{a|b|c|d}"] * 19), 12)) == 12  # 4^19 = 2.7 * 10^11
    with pytest.raises(NotationError, match="stands for"):
        said(" ".join(["{a|b|c|d}"] * 20), 12)
