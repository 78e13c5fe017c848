"""Expected tokens and tags follow `scripts/create_hf_dataset.py` of alexa/massive, traced by hand on each row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from kiloglot.scoring.official import Conversion, gold_tags, tag_spans, tags, tokens
from kiloglot.values import Slot, Utterance


def _spoken(text: str, locale: str, *slots: tuple[str, str]) -> Utterance:
    return Utterance("1", locale, text, "x", tuple(_slot(text, kind, value) for kind, value in slots))


def _slot(text: str, kind: str, value: str) -> Slot:
    return Slot(kind, text.index(value), text.index(value) + len(value))


def _tokens(utterance: Utterance) -> list[str]:
    offsets = tokens(utterance.text, utterance.slots, utterance.locale)
    return [utterance.text[start:end] for start, end in offsets]


def _tagged(utterance: Utterance, conversion: Conversion) -> list[str]:
    return gold_tags(utterance, tokens(utterance.text, utterance.slots, utterance.locale), conversion)


@pytest.mark.parametrize("conversion", Conversion)
def test_words_are_tokens_where_the_script_writes_spaces(conversion: Conversion) -> None:
    utterance = _spoken("wake me up at five  am this week", "en-US", ("time", "five  am"), ("date", "this week"))
    assert _tokens(utterance) == ["wake", "me", "up", "at", "five", "am", "this", "week"]
    assert _tagged(utterance, conversion) == ["", "", "", "", "time", "time", "date", "date"]


def test_characters_are_tokens_in_japanese() -> None:
    # [date : 金曜日] の [time : 午前九時] に
    utterance = _spoken("金曜日の午前九時に", "ja-JP", ("date", "金曜日"), ("time", "午前九時"))
    assert _tokens(utterance) == list("金曜日の午前九時に")
    assert _tagged(utterance, Conversion.OFFICIAL) == ["date"] * 3 + [""] + ["time"] * 4 + [""]


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        ("play bbc one を", (), ["play", "bbc", "one", "を"]),
        ("abcを", (), ["a", "b", "c", "を"]),
        ("abcをかけて", (("artist_name", "abc"),), ["abc", "を", "か", "け", "て"]),
        ("明日の5時", (("date", "明日"), ("time", "5時")), ["明", "日", "の", "5", "時"]),
    ],
    ids=["ascii chunks stay whole", "a mixed chunk falls apart", "a bracket ends a chunk", "inside a slot too"],
)
def test_pure_ascii_chunks_stay_one_token(text: str, slots: tuple[tuple[str, str], ...], expected: list[str]) -> None:
    assert _tokens(_spoken(text, "zh-TW", *slots)) == expected


def test_the_same_text_is_words_in_another_locale() -> None:
    assert _tokens(_spoken("abcを かけて", "ko-KR")) == ["abcを", "かけて"]


def test_the_official_conversion_never_closes_a_slot_that_ends_in_ascii() -> None:
    # [artist_name : abc] の [song_name : 歌] を: the chunk "abc]" loses its bracket without ending the slot.
    utterance = _spoken("abcの歌を", "ja-JP", ("artist_name", "abc"), ("song_name", "歌"))
    assert _tagged(utterance, Conversion.OFFICIAL) == ["artist_name", "artist_name", "song_name", ""]
    assert _tagged(utterance, Conversion.CORRECTED) == ["artist_name", "", "song_name", ""]


@pytest.mark.parametrize("value", ["音楽 abc", "abc"])
def test_what_counts_for_the_fault_is_the_last_chunk(value: str) -> None:
    utterance = _spoken(f"{value} を", "zh-CN", ("song_name", value))
    assert _tagged(utterance, Conversion.OFFICIAL)[-1] == "song_name"


def test_a_mixed_chunk_closes_its_slot() -> None:
    utterance = _spoken("午後5に", "ja-JP", ("time", "午後5"))
    assert _tagged(utterance, Conversion.OFFICIAL) == ["time", "time", "time", ""]


def test_the_fault_is_one_of_the_character_locales_alone() -> None:
    utterance = _spoken("play abc now", "en-US", ("artist_name", "abc"))
    assert _tagged(utterance, Conversion.OFFICIAL) == ["", "artist_name", ""]


def test_a_token_takes_the_type_of_the_slot_that_covers_most_of_it() -> None:
    offsets = [(0, 10), (11, 13)]
    assert tags(offsets, (Slot("a", 0, 3), Slot("b", 3, 9))) == ["b", ""]
    assert tags(offsets, (Slot("a", 8, 13),)) == ["a", "a"]


@given(st.lists(st.sampled_from(["", "time", "date", "place-name"]), max_size=12))
def test_spans_are_those_that_seqeval_finds(sequence: list[str]) -> None:
    bio = [
        "O" if not tag else ("I-" if at and sequence[at - 1] == tag else "B-") + tag for at, tag in enumerate(sequence)
    ]
    assert tag_spans(sequence) == set(get_entities(bio))
