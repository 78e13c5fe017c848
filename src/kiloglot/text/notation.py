"""Bracket notation of MASSIVE, `wake me [date : on friday] at [time : nine]` <-> text and spans <-> BIO tags.

A backslash makes a bracket, a brace, a bar or a backslash literal, so that every text has an annotated form.
Columns in messages and offsets in slots count code points; columns from 1, offsets from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kiloglot.errors import NotationError
from kiloglot.values import Slot

__all__ = ["align_annotated", "annotate", "from_bio", "parse_annotated", "read_bracket", "to_bio"]

_TYPE = re.compile(r"[^\s:\[\]{}|\\]+")
_WHOLE_SLOT = re.compile(r"\[\s*([^\s:\[\]{}|\\]+)\s*: ?([^\[\]\\]*[^\s\[\]\\][^\[\]\\]*)\]")
_ESCAPE = re.compile(r"\\([\[\]{}|\\])")
_SPECIAL = re.compile(r"[\[\]\\]")


def parse_annotated(annotated: str) -> tuple[str, tuple[Slot, ...]]:
    """The text without its brackets, and the spans that they marked.

    Raises NotationError, naming the column, where a bracket is empty, nested, unclosed or closes nothing.
    """
    if _SPECIAL.search(annotated) is None:
        return annotated, ()
    pieces = _WHOLE_SLOT.split(annotated)  # text, type, value, text, type, value, ..., text
    if any(_SPECIAL.search(piece) for piece in pieces[0::3]):
        return _parse_slowly(annotated)
    position = len(pieces[0])
    slots = []
    for index in range(1, len(pieces), 3):
        end = position + len(pieces[index + 1])
        slots.append(Slot(pieces[index], position, end))
        position = end + len(pieces[index + 2])
    del pieces[1::3]
    return "".join(pieces), tuple(slots)


def _parse_slowly(annotated: str) -> tuple[str, tuple[Slot, ...]]:
    """The same for text with escapes, and the place that words every fault."""
    text: list[str] = []
    slots: list[Slot] = []
    at = 0
    while at < len(annotated):
        if annotated[at] == "[":
            slot_type, value, end = read_bracket(annotated, at)
            slots.append(Slot(slot_type, len(text), len(text) + len(value)))
            text.extend(value)
            at = end
        elif annotated[at] == "]":
            raise _fault(at, "']' closes nothing", "Remove it, or write \\] for the character itself")
        else:
            escape = _ESCAPE.match(annotated, at)
            text.append(escape[1] if escape else annotated[at])
            at += 2 if escape else 1
    return "".join(text), tuple(slots)


def read_bracket(annotated: str, opening: int, *, holes: bool = False) -> tuple[str, str, int]:
    """(type, value, offset behind it) of the bracket that opens at offset `opening`.

    With `holes` the form `[type]` counts too, and its value is "". Raises NotationError, naming the column.
    """
    close = _closing(annotated, opening)
    content = annotated[opening + 1 : close]
    slot_type, value = _type_and_value(content, opening)
    if not value and (":" in content or not holes):
        raise _fault(opening, f"[{content[:40]}] has no value", "Write [type : value]")
    return slot_type, value, close + 1


def _closing(annotated: str, opening: int) -> int:
    """Where the bracket that opens at `opening` closes."""
    at = opening + 1
    while at < len(annotated):
        if annotated[at] == "]":
            return at
        if annotated[at] == "[":
            raise _fault(at, "a bracket inside a bracket", "Slots do not nest: close the first one before this")
        at += 2 if _ESCAPE.match(annotated, at) else 1
    raise _fault(opening, "'[' is never closed", "Write [type : value], or \\[ for the character itself")


def _type_and_value(content: str, opening: int) -> tuple[str, str]:
    """`time : nine` as ("time", "nine"), a blank value as ""; `opening` is the bracket's place, for the message."""
    head, _, value = content.partition(":")
    slot_type = head.strip()
    if _TYPE.fullmatch(slot_type) is None:
        remedy = "Write [type : value], the type a name without spaces, as place_name"
        raise _fault(opening, f"{slot_type[:40]!r} is not a slot type", remedy)
    return slot_type, _ESCAPE.sub(r"\1", value.removeprefix(" ")) if value.strip() else ""


def _fault(at: int, problem: str, remedy: str) -> NotationError:
    return NotationError(f"column {at + 1}: {problem}", remedy=remedy)


def align_annotated(annotated: str, text: str) -> tuple[Slot, ...]:
    """The spans of `annotated`, as offsets into `text`, which may differ from it in white space.

    MASSIVE sets spaces around the brackets of ja-JP, zh-CN and zh-TW that the utterance itself does not have.
    A span reaches from its first to its last character that is no white space.
    Raises NotationError where the brackets are broken or the two differ in more than white space.
    """
    plain, slots = parse_annotated(annotated)
    if plain == text:
        return slots
    places = [at for at, character in enumerate(text) if not character.isspace()]
    order = _counts_of_solid(plain)
    if "".join(plain.split()) != "".join(text.split()):
        raise NotationError(
            f"the annotation {plain[:60]!r} does not match the text {text[:60]!r}",
            remedy="Only white space may differ: correct one of the two",
        )
    return tuple(Slot(s.type, places[order[s.start]], places[order[s.end] - 1] + 1) for s in slots)


def _counts_of_solid(text: str) -> list[int]:
    """For each offset into `text`, how many characters before it are no white space."""
    counts = [0]
    for character in text:
        counts.append(counts[-1] + (not character.isspace()))
    return counts


def annotate(text: str, slots: Iterable[Slot], *, spaced: bool = False) -> str:
    """`text` with its spans in brackets; `parse_annotated` gives both back.

    With `spaced` a space separates brackets from their neighbours, as MASSIVE has it in scripts without spaces;
    `align_annotated` reads that. Raises NotationError where spans overlap, are unordered, blank or beyond the text.
    """
    pieces: list[str] = []
    position = 0
    for slot in slots:
        if not position <= slot.start < slot.end <= len(text):
            raise NotationError(
                f"slot {slot.type} [{slot.start}, {slot.end}) overlaps, is unordered, empty or beyond the text"
                f" of {len(text)} characters",
                remedy="Give half-open offsets into the text, in order of their start",
            )
        pieces += [_escaped(text[position : slot.start]), _bracket(slot, text)]
        position = slot.end
    pieces.append(_escaped(text[position:]))
    return _with_spaces(pieces) if spaced else "".join(pieces)


def _bracket(slot: Slot, text: str) -> str:
    value = slot.value(text)
    if _TYPE.fullmatch(slot.type) is None or not value.strip():
        raise NotationError(
            f"slot type {slot.type[:40]!r} over {value[:40]!r} cannot be written in brackets",
            remedy="A type is a name without spaces, colons and brackets, and a value is not blank",
        )
    return f"[{slot.type} : {_escaped(value)}]"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _with_spaces(pieces: Sequence[str]) -> str:
    """Text, bracket, text, ..., text, with a space wherever a bracket would touch its neighbour."""
    annotated = ""
    for piece in pieces:
        touching = annotated and piece and not annotated[-1].isspace() and not piece[0].isspace()
        annotated += f" {piece}" if touching else piece
    return annotated


def to_bio(tokens: Sequence[tuple[int, int]], slots: Iterable[Slot]) -> list[str]:
    """One tag a token: `B-type` where a span begins, `I-type` further in, `O` outside.

    `tokens` are half-open offsets in order. A token belongs to the first span that overlaps it, so a span without a
    token of its own is lost, and spans whose ends are not ends of tokens grow to them.
    """
    tags = ["O"] * len(tokens)
    at = 0
    for slot in slots:
        while at < len(tokens) and tokens[at][1] <= slot.start:
            at += 1
        prefix = "B"
        while at < len(tokens) and tokens[at][0] < slot.end:
            tags[at] = f"{prefix}-{slot.type}"
            prefix = "I"
            at += 1
    return tags


def from_bio(tokens: Sequence[tuple[int, int]], tags: Sequence[str]) -> tuple[Slot, ...]:
    """The spans that the tags mark. An `I-` that continues nothing begins a span, as in conlleval.

    Raises NotationError where the counts differ or a tag is not `O`, `B-type` or `I-type`.
    """
    if len(tokens) != len(tags):
        raise NotationError(f"{len(tags)} tags for {len(tokens)} tokens", remedy="Give one tag a token")
    slots: list[Slot] = []
    before = ""
    for (start, end), tag in zip(tokens, tags, strict=True):
        prefix, _, slot_type = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not slot_type):
            raise NotationError(f"{tag[:40]!r} is not a tag", remedy="Write O, B-type or I-type")
        if prefix == "I" and slot_type == before:
            slots[-1] = Slot(slot_type, slots[-1].start, end)
        elif tag != "O":
            slots.append(Slot(slot_type, start, end))
        before = slot_type
    return tuple(slots)
