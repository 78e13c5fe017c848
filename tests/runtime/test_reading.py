from __future__ import annotations

import numpy as np
import pytest

from kiloglot.runtime import MAX_CHARACTERS, NLU
from kiloglot.runtime.reading import inputs, known_share, read
from kiloglot.text import MAX_UNITS, segment


def test_bytes_are_utf8_and_what_is_not_is_replaced() -> None:
    assert read("grüß dich 東".encode()) == read("grüß dich 東")
    assert read(b"\xff\xfe set").text == "\ufffd\ufffd set"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("set an alarm", False),
        ("a" * MAX_CHARACTERS, False),
        ("a" * (MAX_CHARACTERS + 1), True),
        ("a " * MAX_UNITS, False),
        ("a " * (MAX_UNITS + 1), True),
        ("ﷺ" * 400, False),  # one code point that stands for eighteen
        ("ﷺ" * 500, True),
        ("ﷺ " * 500, True),
    ],
)
def test_what_is_read_is_bounded_and_the_rest_is_said_to_be_cut(text: str, cut: bool) -> None:
    found = read(text)
    assert found.cut is cut
    assert found.text == text
    assert len(found.units) <= MAX_UNITS
    assert sum(len(unit.form) for unit in found.units) <= MAX_CHARACTERS
    if not cut:
        assert found.units == segment(text)


def test_inputs_are_padded_to_the_longest_text(nlu: NLU) -> None:
    reads = [read("set an alarm"), read("stop"), read("")]
    units, mask, bag = inputs(nlu.artifact, reads)
    width = nlu.artifact.units.width
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0], [0, 0, 0]]
    assert units.shape == (3, 3, width)
    assert bag.shape == (3, nlu.artifact.bag.width)
    assert not units[mask == 0].any()
    assert not bag[2].any()
    alone, _, own_bag = inputs(nlu.artifact, [reads[1]])
    assert np.array_equal(alone[0, 0], units[1, 0])
    assert np.array_equal(own_bag[0], bag[1])


def test_no_texts_and_empty_texts_have_one_place(nlu: NLU) -> None:
    assert inputs(nlu.artifact, [])[1].shape == (0, 1)
    assert inputs(nlu.artifact, [read("")])[1].tolist() == [[0]]


def test_known_share_tells_own_words_from_strange_ones(nlu: NLU) -> None:
    assert known_share(nlu.artifact, read("set an alarm")) > 0.8
    assert known_share(nlu.artifact, read("ꙮꙮꙮꙮꙮ")) < 0.2
    assert known_share(nlu.artifact, read("")) == 0
