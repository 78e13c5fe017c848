"""Brackets, spans and tags say the same, on every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.errors import NotationError
from kiloglot.text.notation import align_annotated, annotate, from_bio, parse_annotated, to_bio
from kiloglot.values import Slot

SCRIPTS = st.sampled_from(
    [
        *"ab [:]\\{|}\n",
        "é",
        "e\N{COMBINING ACUTE ACCENT}",
        "क्षि",
        "שָׁלוֹם",
        "\N{RIGHT-TO-LEFT OVERRIDE}مرحبا",
        "ตั้งปลุก",
        "👩\N{ZERO WIDTH JOINER}🚒",
        "🏴󠁧󠁢󠁷󠁬󠁳󠁿",
        "𐍈",
        "金曜日",
        "\N{IDEOGRAPHIC SPACE}",
        "\N{ZERO WIDTH NON-JOINER}",
    ]
)
WORDS = st.lists(SCRIPTS, max_size=6).map("".join) | st.text(max_size=8)
TYPES = st.from_regex(r"[a-z_]{1,8}|日付|ώρα", fullmatch=True)


@st.composite
def annotated_texts(draw: st.DrawFn) -> tuple[str, tuple[Slot, ...]]:
    text, slots = draw(WORDS), []
    for _ in range(draw(st.integers(0, 4))):
        value = draw(WORDS.filter(str.strip))
        slots.append(Slot(draw(TYPES), len(text), len(text) + len(value)))
        text += value + draw(WORDS)
    return text, tuple(slots)


@given(annotated_texts())
def test_brackets_keep_text_and_spans(sample: tuple[str, tuple[Slot, ...]]) -> None:
    text, slots = sample
    assert parse_annotated(annotate(text, slots)) == (text, slots)


@given(annotated_texts())
def test_alignment_finds_the_spans_again_in_spaced_brackets(sample: tuple[str, tuple[Slot, ...]]) -> None:
    text, slots = sample
    found = align_annotated(annotate(text, slots, spaced=True), text)
    assert [(slot.type, slot.value(text).strip()) for slot in found] == [
        (slot.type, slot.value(text).strip()) for slot in slots
    ]


@given(annotated_texts())
def test_tags_over_characters_keep_spans(sample: tuple[str, tuple[Slot, ...]]) -> None:
    text, slots = sample
    characters = [(at, at + 1) for at in range(len(text))]
    assert from_bio(characters, to_bio(characters, slots)) == slots


# Rows as MASSIVE 1.1 has them: (utt, annot_utt, values in order).
ROWS = {
    "ja-JP": (
        "金曜日の午前九時に起こしてください",
        "[date : 金曜日] の [time : 午前九時] に起こしてください",
        ["金曜日", "午前九時"],
    ),
    "zh-CN": ("星期五早上九点叫醒我", "[date : 星期五] 早上 [time : 九点] 叫醒我", ["星期五", "九点"]),
    "zh-TW": ("olly 暫停十秒", "olly 暫停 [time : 十秒]", ["十秒"]),
    "ar-SA": (
        "أيقظيني التاسعة صباحا يوم الجمعة",
        "أيقظيني [time : التاسعة صباحا] [date : يوم الجمعة]",
        ["التاسعة صباحا", "يوم الجمعة"],
    ),
    "th-TH": ("ปลุกฉันตอน เก้าโมงเช้า", "ปลุกฉันตอน [time : เก้าโมงเช้า]", ["เก้าโมงเช้า"]),
    "emoji": ("play 🎸👩🏽‍🎤 now", "play [artist_name : 🎸👩🏽‍🎤] now", ["🎸👩🏽‍🎤"]),
}


@pytest.mark.parametrize("locale", ROWS)
def test_rows_of_massive_go_both_ways(locale: str) -> None:
    text, annotated, values = ROWS[locale]
    slots = align_annotated(annotated, text)
    assert [slot.value(text) for slot in slots] == values
    assert annotate(text, slots, spaced=locale in ("ja-JP", "zh-CN", "zh-TW")) == annotated


def test_alignment_refuses_other_words() -> None:
    with pytest.raises(NotationError, match="does not match"):
        align_annotated("wake me at [time : nine]", "wake me at ten")


@pytest.mark.parametrize(
    ("annotated", "column", "words"),
    [
        ("wake me [time : nine", 9, "never closed"),
        ("wake me nine]", 13, "closes nothing"),
        ("[date : on [time : nine]]", 12, "inside a bracket"),
        ("a []", 3, "not a slot type"),
        ("a [ : nine]", 3, "not a slot type"),
        ("a [time : ]", 3, "no value"),
        ("a [time]", 3, "no value"),
        ("👩🏽 [place name : here]", 4, "'place name' is not a slot type"),
        ("a \\[b] [time : x]", 6, "closes nothing"),
    ],
)
def test_broken_brackets_are_refused_with_their_column(annotated: str, column: int, words: str) -> None:
    with pytest.raises(NotationError, match=words) as caught:
        parse_annotated(annotated)
    assert caught.value.problem.startswith(f"column {column}: ")


def test_value_keeps_its_colons_and_escapes() -> None:
    assert parse_annotated(r"at [time : 9:30] \[sharp\]") == ("at 9:30 [sharp]", (Slot("time", 3, 7),))


@pytest.mark.parametrize(
    "slots",
    [
        (Slot("t", 0, 2), Slot("t", 1, 3)),
        (Slot("t", 2, 3), Slot("t", 0, 1)),
        (Slot("t", 1, 1),),
        (Slot("t", 0, 9),),
        (Slot("two words", 0, 1),),
        (Slot("t", 3, 4),),
    ],
)
def test_spans_that_brackets_cannot_hold_are_refused(slots: tuple[Slot, ...]) -> None:
    with pytest.raises(NotationError):
        annotate("abc def", slots)


def test_tags_mark_beginnings_and_continuations() -> None:
    tokens = [(0, 4), (5, 7), (8, 10), (11, 17), (18, 22)]  # wake me on friday nine
    slots = (Slot("date", 8, 17), Slot("time", 18, 22))
    assert to_bio(tokens, slots) == ["O", "O", "B-date", "I-date", "B-time"]


def test_continuation_of_nothing_begins_a_span() -> None:
    # conlleval (CoNLL-2000) and seqeval count an I- after O or after another type as a beginning.
    tokens = [(0, 1), (2, 3), (4, 5)]
    assert from_bio(tokens, ["I-a", "I-a", "I-b"]) == (Slot("a", 0, 3), Slot("b", 4, 5))


@pytest.mark.parametrize("tags", [["O"], ["O", "X-a"], ["O", "B-"], ["O", "date"]])
def test_tags_that_are_none_are_refused(tags: list[str]) -> None:
    with pytest.raises(NotationError):
        from_bio([(0, 1), (2, 3)], tags)
