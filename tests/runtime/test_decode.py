from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.runtime import Chain, likeliest, probabilities
from kiloglot.runtime.decode import Run, certainty, runs

Floats = NDArray[np.float32]
NAMES = ("place", "time")
NONE, PLACE, TIME = 0, 1, 2


def floats(values: object) -> Floats:
    return np.array(values, np.float32)


FREE = Chain.of(np.zeros((3, 3), np.float32))
"""Transitions that favour nothing."""


@st.composite
def chains(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Emissions and transitions in whole numbers, whose sums float32 holds exactly."""
    size, length = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    reach = draw(st.sampled_from([1, 3, 12]))
    emissions = draw(st.lists(st.integers(-12, 12), min_size=length * size, max_size=length * size))
    transitions = draw(st.lists(st.integers(-reach, reach), min_size=size * size, max_size=size * size))
    return floats(emissions).reshape(length, size), floats(transitions).reshape(size, size)


def score(path: tuple[int, ...], emissions: Floats, transitions: Floats) -> float:
    steps = transitions[(0, *path[:-1]), path]
    return float(emissions[range(len(path)), path].sum() + steps.sum())


@given(chains())
def test_no_path_is_likelier_than_the_likeliest(chain: tuple[Floats, Floats]) -> None:
    emissions, transitions = chain
    paths = itertools.product(range(emissions.shape[1]), repeat=len(emissions))
    best = max(score(path, *chain) for path in paths)
    assert score(tuple(likeliest(emissions, Chain.of(transitions))), *chain) == best


def test_transitions_outweigh_a_small_lead() -> None:
    emissions = floats([[0, 5, 0], [0, 1, 2], [0, 5, 0]])
    sticky = floats(np.eye(3) * 3)
    assert likeliest(emissions, Chain.of(sticky)) == [1, 1, 1]
    assert likeliest(emissions, FREE) == [1, 2, 1]


def test_probabilities_are_those_of_a_softmax() -> None:
    logits = floats([[1000, 1000, 0], [1, 2, 3]])
    # e^1, e^2, e^3 over their sum; and halved: e^0.5, e^1, e^1.5 over theirs.
    assert probabilities(logits)[0] == pytest.approx([0.5, 0.5, 0])
    assert probabilities(logits)[1] == pytest.approx([0.090031, 0.244728, 0.665241], abs=1e-6)
    assert probabilities(logits, 2.0)[1] == pytest.approx([0.186324, 0.307196, 0.506480], abs=1e-6)


def spans(emissions: Floats, chain: Chain, begins: Floats) -> list[Run]:
    """The slots on the best path."""
    types = likeliest(emissions, chain)
    return runs(types, certainty(types, emissions, chain), begins)


def emitted(types: list[int], sure: float = 9) -> Floats:
    return np.eye(3, dtype=np.float32)[types] * np.float32(sure)


def found(types: list[int], begins: list[int]) -> list[tuple[str, str]]:
    """(type, words) of the slots over the words a, b, c, ..."""
    marks = floats([1 if place in begins else -1 for place in range(len(types))])
    cut = spans(emitted(types), FREE, marks[:, None])
    return [(NAMES[kind - 1], " ".join("abcdefgh"[first:last])) for kind, first, last, _ in cut]


@pytest.mark.parametrize(
    ("types", "begins", "expected"),
    [
        ([NONE, NONE], [0, 1], []),
        ([PLACE], [], [("place", "a")]),
        ([NONE, TIME, TIME, NONE], [1], [("time", "b c")]),
        ([TIME, TIME, TIME], [], [("time", "a b c")]),
        ([TIME, TIME, TIME], [0, 2], [("time", "a b"), ("time", "c")]),
        ([TIME, TIME], [0, 1], [("time", "a"), ("time", "b")]),
        ([PLACE, TIME, NONE, TIME], [], [("place", "a"), ("time", "b"), ("time", "d")]),
        ([NONE, PLACE, PLACE], [0, 2], [("place", "b"), ("place", "c")]),
    ],
)
def test_slots_are_runs_of_a_type_cut_where_one_begins(
    types: list[int], begins: list[int], expected: list[tuple[str, str]]
) -> None:
    assert found(types, begins) == expected


def test_a_slot_is_as_sure_as_its_least_certain_unit() -> None:
    emissions = np.concatenate([emitted([TIME], 9), emitted([TIME], 1), emitted([NONE], 9)])
    ((*_, certain),) = spans(emissions, FREE, -np.ones((3, 1), np.float32))
    assert certain == pytest.approx(np.e / (np.e + 2), abs=1e-6)


def test_neighbours_count_in_a_slots_confidence() -> None:
    emissions = emitted([NONE, TIME, NONE], 2.5)
    alone = floats([[0, 0, -1], [0, 0, 0], [-1, 0, 0]])
    ((*_, certain),) = spans(emissions, Chain.of(alone), -np.ones((3, 1), np.float32))
    # With no slot on both sides: e^(2.5 - 1 - 1) against e^0 and e^0.
    assert certain == pytest.approx(np.exp(0.5) / (np.exp(0.5) + 2), abs=1e-6)


def test_no_units_no_slots() -> None:
    assert runs([], [], np.zeros((0, 1), np.float32)) == []
