"""Whatever comes in is answered: soundly, soon, and by a parse.

`fuzz_parse.py` beside this file asks the same of what atheris makes up.
"""

from __future__ import annotations

import math
import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.runtime import NLU
from kiloglot.values import Parse

REASONS = (None, "empty", "too_long", "low_confidence")
HOSTILE: dict[str, str | bytes] = {
    "empty": "",
    "white space": " \t\r\n\u3000\u2028" * 1000,
    "NUL": "set\0an\0alarm \0",
    "lone surrogates": "\ud800 alarm \udfff\udc00" + "\ud83d" * 100,
    "direction overrides": "\u202eset an alarm\u202c \u2067\u2066" * 200,
    "only format characters": "\u200d" * 8192,
    "10,000 emoji": "😀" * 10_000,
    "joined emoji": "👩\u200d👩\u200d👧\u200d👦" * 2000,
    "a megabyte of one word": "a" * 1_000_000,
    "a megabyte of words": "ab " * 333_334,
    "a megabyte of brackets": "[time : " * 125_000,
    "100,000 combining marks": "a" + "\u0301\u0323" * 50_000,
    "marks on nothing": "\u0f73\u0344" * 4000,
    "ligatures of eighteen letters": "ﷺ" * 8192,
    "words of ligatures": "ﷺ " * 4096,
    "ideographs": "東" * 10_000,
    "kana of two letters": "ヿ" * 8192,
    "punctuation in a word": "a" + "?" * 8000 + "b",
    "stops": "." * 100_000,
    "the last code point": "\U0010ffff" * 100,
    "bytes": random.Random(0).randbytes(1_000_000),
    "truncated UTF-8": "明日".encode()[:-1],
    "UTF-16": "set an alarm".encode("utf-16"),
}
CHARACTERS = st.one_of(
    st.characters(),
    st.characters(categories=["Cs", "Cf", "Mn", "Cc", "Co", "Cn"]),
    st.sampled_from("set alarm 7時にアラーム.?!。، 한국ไทยعربी\u200d\u202e\ufe0f\0ﷺヿ"),
)


def check_sound(nlu: NLU, said: str | bytes, parse: Parse) -> None:
    """Whether `parse` is a sound answer to `said`."""
    assert parse.text == (said if isinstance(said, str) else said.decode("utf-8", "replace"))
    assert parse.rejected in REASONS
    assert (parse.intent == "") == (parse.rejected == "empty")
    assert parse.rejected == "empty" or parse.intent in nlu.manifest.ontology.intents
    assert 0 <= parse.confidence <= 1
    assert all(0 <= each.confidence <= 1 for each in parse.alternatives)
    assert all(slot.type in nlu.manifest.ontology.slot_types for slot in parse.slots)
    assert all(0 <= slot.start < slot.end <= len(parse.text) for slot in parse.slots)
    assert all(one.end <= other.start for one, other in pairwise(parse.slots))
    if parse.explanation is not None:
        assert all(math.isfinite(each.weight) for each in parse.explanation.evidence)
        assert all(each.text == parse.text[each.start : each.end] for each in parse.explanation.evidence)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_answered_soon(nlu: NLU, name: str) -> None:
    said = HOSTILE[name]
    began = time.perf_counter()
    parse = nlu.parse(said, explain=True)
    assert time.perf_counter() - began < 3  # a tenth of that on an idle core
    check_sound(nlu, said, parse)


def test_all_of_it_at_once_is_answered_too(nlu: NLU) -> None:
    said = list(HOSTILE.values())
    for text, parse in zip(said, nlu.parse_batch(said), strict=True):
        check_sound(nlu, text, parse)


@given(st.text(CHARACTERS, max_size=60), st.sampled_from([None, "en-US", "xx-XX", "ja"]), st.booleans())
def test_any_text_is_answered(nlu: NLU, text: str, locale: str | None, explain: bool) -> None:
    check_sound(nlu, text, nlu.parse(text, locale, explain=explain))


@given(st.binary(max_size=80))
def test_any_bytes_are_answered(nlu: NLU, said: bytes) -> None:
    check_sound(nlu, said, nlu.parse(said))


@given(st.lists(st.text(CHARACTERS, max_size=12), max_size=6))
def test_any_batch_is_answered(nlu: NLU, texts: list[str]) -> None:
    for text, parse in zip(texts, nlu.parse_batch(texts), strict=True):
        check_sound(nlu, text, parse)
