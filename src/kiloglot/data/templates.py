"""Templates of the project format: `{please|} wake me at [time] on [date : friday]` -> annotated utterances.

`[type : value]` is a slot as it stands, `[type]` is filled from the slot list, `{a|b|}` stands for one of its
alternatives, and a backslash makes any of `[ ] { | }` and itself literal. Alternatives hold slots but no braces.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kiloglot.errors import NotationError
from kiloglot.text.notation import read_bracket
from kiloglot.values import Slot

__all__ = [
    "Choice",
    "Piece",
    "Template",
    "expand",
    "flattened",
    "holes",
    "is_literal",
    "literal",
    "literal_text",
    "parse_template",
    "said",
    "slots_of",
    "squeezed",
    "written",
]

_MOST = 10**12
"""Utterances that one template may stand for."""
_FLAT = 64
"""Options that one choice may have once the choices inside it are written out."""
_ESCAPE = re.compile(r"\\([\[\]{}|\\])")
_SPECIAL = re.compile(r"[\[\]{}|\\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words as they stand, or a slot."""

    text: str
    """The words; empty for a slot that is filled from its list."""
    type: str = ""
    """Slot type, empty for words outside a slot."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Alternatives, of which one is said."""

    options: tuple[Template, ...]
    """What stands between the bars; an empty one says nothing."""


Template = tuple[Piece | Choice, ...]
Annotated = tuple[str, tuple[Slot, ...]]


def parse_template(source: str) -> Template:
    """The template that `source` writes. Raises NotationError, naming the column, where it is broken."""
    template, end = _parts(source, 0, inside=False)
    if end != len(source):
        raise _fault(end, f"{source[end]!r} closes nothing", f"Remove it, or write \\{source[end]}")
    return template


def _parts(source: str, at: int, *, inside: bool) -> tuple[Template, int]:
    """The parts from offset `at` on, and where they end: at the text's end, at `}`, or inside braces at `|`."""
    parts: list[Piece | Choice] = []
    part: Piece | Choice
    while at < len(source) and source[at] != "}" and not (inside and source[at] == "|"):
        if source[at] == "[":
            part, at = _slot(source, at)
        elif source[at] == "]":
            raise _fault(at, "']' closes nothing", "Remove it, or write \\] for the character itself")
        elif source[at] == "{":
            if inside:
                raise _fault(at, "a brace inside a brace", "Alternatives do not nest: write them out")
            part, at = _choice(source, at)
        else:
            escape = _ESCAPE.match(source, at)
            part = Piece(escape[1] if escape else source[at])
            at += 2 if escape else 1
        parts.append(part)
    return _joined(parts), at


def _slot(source: str, opening: int) -> tuple[Piece, int]:
    slot_type, value, end = read_bracket(source, opening, holes=True)
    brace = re.search(r"[{}]", _ESCAPE.sub("..", source[opening:end]))
    if brace:
        raise _fault(opening + brace.start(), "a brace inside a bracket", "Put the brackets into the alternatives")
    return Piece(value, slot_type), end


def _choice(source: str, opening: int) -> tuple[Choice, int]:
    options: list[Template] = []
    at = opening
    while at < len(source) and source[at] != "}":
        option, at = _parts(source, at + 1, inside=True)
        options.append(option)
    if at == len(source):
        raise _fault(opening, "'{' is never closed", "Write {one|another}, or \\{ for the character itself")
    if len(options) < 2:
        raise _fault(
            opening, "braces with a single alternative", "Write {one|another}, or {one|} where it may be absent"
        )
    return Choice(tuple(options)), at + 1


def _joined(parts: list[Piece | Choice]) -> Template:
    """The same parts with neighbouring words in one piece."""
    joined: list[Piece | Choice] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, Piece) and isinstance(last, Piece) and not part.type and not last.type:
            joined[-1] = Piece(last.text + part.text)
        else:
            joined.append(part)
    return tuple(joined)


def _fault(at: int, problem: str, remedy: str) -> NotationError:
    return NotationError(f"column {at + 1}: {problem}", remedy=remedy)


def literal(text: str, slots: Iterable[Slot]) -> Template:
    """The template that says `text` with its slots, and nothing else."""
    pieces: list[Piece] = []
    at = 0
    for slot in slots:
        pieces += [Piece(text[at : slot.start]), Piece(slot.value(text), slot.type)]
        at = slot.end
    return tuple(piece for piece in (*pieces, Piece(text[at:])) if piece.text or piece.type)


def squeezed(text: str, slots: Iterable[Slot]) -> Template:
    """The template that says `text` with its slots, white space squeezed as `expand` squeezes it."""
    pieces = [piece for piece in literal(text, slots) if isinstance(piece, Piece)]
    return literal(*said(pieces))


def written(template: Template) -> str:
    """The source that `parse_template` reads as `template`, whose alternatives are flat."""
    return "".join(map(_written_part, template))


def _written_part(part: Piece | Choice) -> str:
    if isinstance(part, Choice):
        return "{" + "|".join(map(written, part.options)) + "}"
    words = _SPECIAL.sub(r"\\\g<0>", part.text)
    if not part.type:
        return words
    return f"[{part.type} : {words}]" if words else f"[{part.type}]"


def flattened(template: Template) -> Template | None:
    """The same template with the alternatives inside alternatives written out; None where they are too many."""
    parts: list[Piece | Choice] = []
    for part in template:
        if isinstance(part, Piece):
            parts.append(part)
            continue
        options = list(islice(_said_options(part), _FLAT + 1))
        if len(options) > _FLAT:
            return None
        distinct = tuple(dict.fromkeys(options))
        parts += [Choice(distinct)] if len(distinct) > 1 else distinct[0]
    return _joined(parts)


def _said_options(choice: Choice) -> Iterator[Template]:
    """Every way to say one of the alternatives, without a choice in it."""
    for option in choice.options:
        yield from map(_joined, _without_choices(option))


def _without_choices(template: Template) -> Iterator[list[Piece | Choice]]:
    if not template:
        yield []
        return
    first, rest = template[0], template[1:]
    starts: Iterable[Template] = _said_options(first) if isinstance(first, Choice) else [(first,)]
    for start in starts:
        for end in _without_choices(rest):
            yield [*start, *end]


def slots_of(template: Template) -> Iterator[Piece]:
    """Every slot of a template, also those in its alternatives."""
    for part in template:
        if isinstance(part, Choice):
            for option in part.options:
                yield from slots_of(option)
        elif part.type:
            yield part


def holes(template: Template) -> frozenset[str]:
    """The slot types that the template takes from their lists."""
    return frozenset(slot.type for slot in slots_of(template) if not slot.text)


def is_literal(template: Template) -> bool:
    """Whether the template stands for one utterance, as written."""
    return all(isinstance(part, Piece) for part in template) and not holes(template)


def literal_text(template: Template) -> str:
    """The words of a template outside alternatives."""
    return "".join(part.text for part in template if isinstance(part, Piece))


def expand(template: Template, values: Mapping[str, tuple[str, ...]], limit: int, key: str) -> list[Annotated]:
    """At most `limit` distinct utterances of the template, drawn without replacement; `key` alone decides which.

    `values` holds the slot list of every hole. White space is squeezed, so that an empty alternative leaves none.
    The draw is a Fisher-Yates shuffle (Knuth, TAOCP 2, algorithm P) that takes its numbers from SHA-256 of `key`, so
    it is the same in every version of Python. Raises NotationError where the template stands for over 10^12 utterances.
    """
    counts = _Counts(values)
    total = counts.of(template)
    if total > _MOST:
        raise NotationError(f"the template stands for {total:.1e} utterances", remedy="Split it into smaller ones")
    drawn: dict[Annotated, None] = {}
    for index in islice(_shuffled(total, key), 20 * limit):
        drawn.setdefault(said(_pick(template, values, counts, index)))
        if len(drawn) == limit:
            break
    return list(drawn)


class _Counts:
    """How many utterances a template stands for, equal ones counted apart; shared parts are counted once."""

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values
        self._known: dict[int, int] = {}

    def of(self, template: Template) -> int:
        """Of a whole template."""
        return math.prod(map(self.part, template))

    def part(self, part: Piece | Choice) -> int:
        """Of one part."""
        if isinstance(part, Piece):
            return 1 if part.text or not part.type else len(self._values[part.type])
        known = self._known.get(id(part))
        if known is None:
            known = self._known[id(part)] = sum(map(self.of, part.options))
        return known


def _shuffled(total: int, key: str) -> Iterator[int]:
    """The numbers below `total` in an order that `key` decides, in memory of the numbers taken."""
    moved: dict[int, int] = {}
    for place in range(total):
        digest = hashlib.sha256(f"{key}\0{place}".encode("utf-8", "surrogatepass")).digest()
        chosen = place + int.from_bytes(digest[:16]) % (total - place)
        yield moved.get(chosen, chosen)
        moved[chosen] = moved.get(place, place)


def _pick(template: Template, values: Mapping[str, tuple[str, ...]], counts: _Counts, index: int) -> Iterator[Piece]:
    """The pieces of utterance number `index`, a number in mixed radix whose digits choose values and alternatives."""
    for part in template:
        index, digit = divmod(index, counts.part(part))
        if isinstance(part, Piece):
            yield part if part.text or not part.type else Piece(values[part.type][digit], part.type)
            continue
        for option in part.options:
            size = counts.of(option)
            if digit < size:
                yield from _pick(option, values, counts, digit)
                break
            digit -= size


def said(pieces: Iterable[Piece]) -> Annotated:
    """Text and spans of the pieces, white space squeezed to single spaces and gone from both ends."""
    text = ""
    slots: list[Slot] = []
    gap = False
    for piece in pieces:
        words = " ".join(piece.text.split())
        gap = gap or piece.text[:1].isspace()
        if not words:
            continue
        start = len(text) + (gap and bool(text))
        text = text.ljust(start) + words
        if piece.type:
            slots.append(Slot(piece.type, start, len(text)))
        gap = piece.text[-1].isspace()
    return text, tuple(slots)
