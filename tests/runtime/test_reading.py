from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiloglot.runtime import MAX_CHARACTERS, NLU, Artifact
from kiloglot.runtime.reading import inputs, known_share, places, read
from kiloglot.text import MAX_UNITS, segment


def test_bytes_are_utf8_and_what_is_not_is_replaced() -> None:
    assert read("grüß dich 東".encode()) == read("grüß dich 東")
    assert read(b"\xff\xfe set").text == "\ufffd\ufffd set"


def test_a_model_reads_letters_or_words_as_it_was_taught(tiny_model: Path) -> None:
    artifact = Artifact.read(tiny_model)
    older = replace(artifact, manifest=replace(artifact.manifest, hashing="ngrams.v1"))
    assert NLU(artifact).read("電話 한").units.forms == ["電", "話", "\u1112\u1161\u11ab"]
    assert NLU(older).read("電話 한").units.forms == ["電", "話", "한"]
    assert NLU(older).parse("alarm 7").intent == NLU(artifact).parse("alarm 7").intent


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
        assert tuple(found.units) == segment(text)


def test_a_text_is_read_among_others_as_alone(nlu: NLU) -> None:
    reads = [read("set an alarm"), read("stop"), read("")]
    among, alone = inputs(nlu.artifact, reads), inputs(nlu.artifact, [reads[1]])
    assert among.units.shape == (5, nlu.artifact.units.width)
    assert among.bag.shape == (3, nlu.artifact.bag.width)
    assert [(place.start, place.stop) for place in places(reads)] == [(0, 3), (3, 4), (4, 5)]
    assert np.array_equal(among.units[places(reads)[1]], alone.units)
    assert np.array_equal(among.bag[1:2], alone.bag)
    assert not among.units[4].any()
    assert not among.bag[2].any()


def test_no_text_has_no_unit_and_an_empty_text_has_one(nlu: NLU) -> None:
    assert inputs(nlu.artifact, []).units.shape == (0, nlu.artifact.units.width)
    assert inputs(nlu.artifact, [read("")]).units.tolist() == [[0] * nlu.artifact.units.width]


def test_known_share_tells_own_words_from_strange_ones(nlu: NLU) -> None:
    assert known_share(nlu.artifact, read("set an alarm")) > 0.8
    assert known_share(nlu.artifact, read("ꙮꙮꙮꙮꙮ")) < 0.2
    assert known_share(nlu.artifact, read("")) == 0
