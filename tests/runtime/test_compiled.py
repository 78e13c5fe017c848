"""A parse in one call says what it says in three steps, which NumPy and onnxruntime are held to elsewhere."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from functools import cache

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.nn import Network as Taught
from kiloglot.nn import StudentShape
from kiloglot.nn.graph import onnx_graph
from kiloglot.runtime import NLU, bundled
from kiloglot.runtime import kernel as kernels
from kiloglot.runtime.compiled import _KEPT, Compiled
from kiloglot.runtime.kernel import SWITCH
from kiloglot.values import Parse

WORDS = (
    "wake",
    "me",
    "up",
    "at",
    "seven",
    "and",
    "turn",
    "on",
    "the",
    "lights",
    "明日の九時に",
    "ไฟ",
    "ꙮ",
    "\u200d",
    "?",
)
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=5)

pytestmark = pytest.mark.skipif(
    os.environ.get(SWITCH) == "off" or not (kernels.library_path().exists() or shutil.which("cc")),
    reason="nothing compiles here, or it is switched off",
)


@cache
def loaded(name: str) -> tuple[NLU, NLU]:
    """A bundled model as it is, and in steps."""
    return NLU.load(name), in_steps(NLU.load(name))


def in_steps(nlu: NLU) -> NLU:
    assert isinstance(nlu.compiled, Compiled)
    nlu.compiled = None
    return nlu


def assert_same(ours: tuple[Parse, ...], theirs: tuple[Parse, ...]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert [each.intent for each in one.alternatives] == [each.intent for each in other.alternatives]
        shares = [each.confidence for each in other.alternatives]
        assert [each.confidence for each in one.alternatives] == pytest.approx(shares, abs=1e-6)
        assert replace(one, alternatives=(), confidence=0.0) == replace(other, alternatives=(), confidence=0.0)


@pytest.mark.parametrize("name", bundled())
@given(TEXTS, st.sampled_from([None, "de-DE", "ja-JP"]), st.sampled_from([1, 3, 500]))
def test_one_call_says_what_the_steps_say(name: str, texts: list[str], locale: str | None, top: int) -> None:
    whole, steps = loaded(name)
    ours = whole.parse_batch(texts, locale, top_k=top)
    assert_same(ours, steps.parse_batch(texts, locale, top_k=top))
    assert ours == tuple(whole.parse(text, locale, top_k=top) for text in texts)


def test_an_adapted_student_says_the_same(nlu: NLU) -> None:
    own = nlu.artifact
    intents, types, locales = len(own.manifest.ontology.intents), len(own.transitions) - 1, len(own.manifest.locales)
    widths = {"unit_width": own.units.width, "bag_width": own.bag.width, "hidden": 32, "embedding": 16}
    shape = StudentShape(intents, types, locales, 1, 10, 10, **widths, known=7)
    torch.manual_seed(1)
    adapted = replace(own, network=onnx_graph(Taught(shape, 0.0), shape))
    texts = ["set an alarm", "", "九時に起こして", "stelle einen wecker für sieben uhr", "xyzzy"]
    assert_same(NLU(adapted).parse_batch(texts), in_steps(NLU(adapted)).parse_batch(texts))


def test_slots_stand_where_they_are_written() -> None:
    text = "\u3000 wake me up  at seven\tthirty, tomorrow !"
    found = {slot.type: slot.value(text) for slot in loaded("massive")[0].parse(text).slots}
    assert found == {"time": "seven\tthirty", "date": "tomorrow"}


def test_a_thread_keeps_room_for_common_texts_alone() -> None:
    whole, _ = loaded("massive")
    compiled = whole.compiled
    assert compiled
    short, long = "wake me up at seven", " ".join(f"word{place}" for place in range(1000))
    wanted = whole.parse(short), whole.parse(long)
    assert len(compiled._scratch.held) <= _KEPT
    found: list[tuple[Parse, Parse]] = []

    def ask() -> None:
        for _ in range(20):
            found.append((whole.parse(short), whole.parse(long)))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 160
