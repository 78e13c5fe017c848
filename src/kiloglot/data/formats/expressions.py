"""Templates of hassil as templates of kiloglot: rules are put in, lists become slot lists, all within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, cast

from kiloglot.data.formats.located import Place, items, mapping, word
from kiloglot.data.templates import Choice, Piece, Template, expand
from kiloglot.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from hassil.expression import Expression, Group, ListReference

__all__ = ["TEMPLATE_SYNTAX", "Expressions", "Value"]

_PARTS = 200_000
"""Parts that one sentence may have once its rules are put in."""
_LENGTH = 20_000
"""Characters of one template."""
_DEPTH = 40
"""How deep brackets and rules may lie in each other."""
_SAID = 20
"""Ways to say one value of a list that are kept."""
_INLINE = 24
"""Values of a list that are written into a sentence, where list and slot have different names."""
_NUMBERS = 101
"""Numbers of a range that are kept, evenly apart."""
TEMPLATE_SYNTAX = re.compile(r"[(){}<>\[\]|@]")
"""What makes the value of a list a template (hassil/util.py)."""
_HOME = ("area", "floor", "name")
"""Lists that Home Assistant fills with what is in the home."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a list."""

    said: str
    """As spoken."""
    means: str
    """What the list gives out for it."""


class Expressions:
    """The rules and lists of one language, and of a block inside it."""

    def __init__(self, above: Expressions | None = None) -> None:
        self.named: set[str] = set() if above is None else above.named
        """Lists that a sentence names under another slot, or in a block of its own."""
        self._above = above
        self._rules: dict[str, tuple[str, Place]] = {}
        self._lists: dict[str, tuple[Value, ...]] = {}
        self._parsed: dict[str, Expression] = {}

    def add(self, content: Mapping[str, Any], place: Place) -> None:
        """Takes up `expansion_rules` and `lists`; a later file wins, as in hassil."""
        for name, body in mapping(content.get("expansion_rules"), "expansion_rules", place).items():
            self._rules[name] = word(body, f"rule {name}", place, name), place
        for name, described in mapping(content.get("lists"), "lists", place).items():
            self._lists[name] = tuple(_values(name, mapping(described, f"list {name}", place), place))

    def extended(self, content: Mapping[str, Any], place: Place) -> Expressions:
        """These, and what a block has of its own."""
        if not content.get("lists") and not content.get("expansion_rules"):
            return self
        local = Expressions(self)
        local.add(content, place)
        return local

    @property
    def lists(self) -> Mapping[str, tuple[Value, ...]]:
        """The lists that fill slots of their own names, or that no sentence names."""
        return {name: values for name, values in self._lists.items() if values and name not in self.named}

    def rule(self, name: str) -> tuple[str, Place] | None:
        """A rule's body and where it stands."""
        found = self._rules.get(name)
        return found if found or self._above is None else self._above.rule(name)

    def values(self, name: str) -> tuple[Value, ...] | None:
        """The values of a list; empty for a wildcard, None where there is no such list."""
        found = self._lists.get(name)
        return found if found is not None or self._above is None else self._above.values(name)

    def is_local(self, name: str) -> bool:
        """Whether a list belongs to a block alone."""
        return self._above is not None and name in self._lists

    def template(
        self, source: str, place: Place, slot: Callable[[str], str], outside: Mapping[str, tuple[str, ...]]
    ) -> Template:
        """The template that a sentence writes. Raises DataError, naming the line, where it is broken or too large."""
        return _Walk(self, place, source, slot, outside).whole()


class _Walk:
    """One sentence, rules put in."""

    def __init__(
        self,
        known: Expressions,
        place: Place,
        source: str,
        slot: Callable[[str], str],
        outside: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._known = known
        self._place = place
        self._source = source
        self._slot = slot
        self._outside = outside
        self._open: list[str] = []
        self._rules: dict[str, tuple[Template, int]] = {}
        self._parts = 0

    def whole(self) -> Template:
        return self._of(parsed(self._source, self._place))

    def _of(self, expression: Expression) -> Template:
        from hassil.expression import Alternative, ListReference, Permutation, RuleReference, TextChunk

        self._count(1)
        if isinstance(expression, TextChunk):
            return (Piece(expression.original_text),) if expression.original_text else ()
        if isinstance(expression, RuleReference):
            return self._rule(expression.rule_name)
        if isinstance(expression, ListReference):
            return self._list(expression)
        if isinstance(expression, Alternative):
            return _choice(dict.fromkeys(map(self._of, expression.items)))
        if isinstance(expression, Permutation):
            return self._permuted([self._of(item) for item in expression.items])
        return tuple(part for item in cast("Group", expression).items for part in self._of(item))

    def _permuted(self, parts: list[Template]) -> Template:
        orders: dict[Template, None] = {}
        for order in permutations(parts):
            self._count(sum(map(len, order)))
            orders[tuple(part for template in order for part in (*template, Piece(" ")))] = None
        return _choice(orders)

    def _rule(self, name: str) -> Template:
        if name in self._open:
            path = " in ".join(f"<{rule}>" for rule in [name, *reversed(self._open)])
            raise self._fault(f"a rule inside itself: {path}", "Take one of them out")
        if name not in self._rules:
            found = self._known.rule(name)
            if found is None:
                raise self._fault(f"there is no rule <{name}>", "Add it to expansion_rules, or correct the name")
            if len(self._open) >= _DEPTH:
                raise self._fault("rules lie too deep in each other", "Write some of them out")
            before = self._parts
            self._open.append(name)
            self._rules[name] = self._of(parsed(*found)), 0
            self._open.pop()
            self._rules[name] = self._rules[name][0], self._parts - before
        else:
            self._count(self._rules[name][1])
        return self._rules[name][0]

    def _list(self, reference: ListReference) -> Template:
        name, slot = reference.list_name, self._slot(reference.slot_name)
        values = self._numbers(reference) if reference.is_inline_range else self._known.values(name)
        if values is None and name not in _HOME and name not in self._outside:
            raise self._fault(f"there is no list {{{name}}}", "Add it to lists, or give its values with --lists")
        if not values and name == reference.slot_name:
            return (Piece("", slot),)
        values = values or tuple(Value(said, said) for said in self._outside.get(name, ()))
        if not values:
            return (Piece("", slot),)
        if name == reference.slot_name and not self._known.is_local(name) and not reference.is_inline_range:
            return (Piece("", slot),)
        self._known.named.add(name)
        return _choice(dict.fromkeys((Piece(value.said, slot),) for value in _spread(values, _INLINE)))

    @staticmethod
    def _numbers(reference: ListReference) -> tuple[Value, ...]:
        start, stop, step = reference.get_inline_range() or (0, 0, 1)
        return tuple(Value(str(n), str(n)) for n in _spread(range(start, stop + 1, max(step, 1)), _NUMBERS))

    def _count(self, parts: int) -> None:
        self._parts += parts
        if self._parts > _PARTS:
            raise self._fault(f"the sentence has more than {_PARTS:,} parts", "Split it, or its rules")

    def _fault(self, problem: str, remedy: str) -> DataError:
        return self._place.fault(f"{problem} (in {self._source[:60]!r})", remedy, self._source)


def _choice(options: Mapping[Template, None]) -> Template:
    found = tuple(options)
    return found[0] if len(found) == 1 else (Choice(found),) if found else ()


def parsed(source: str, place: Place) -> Expression:
    """What hassil reads. Raises DataError where it cannot, MissingExtraError where it is not installed."""
    try:
        from hassil.parse_expression import parse_sentence
        from hassil.parser import ParseError
    except ImportError as error:
        raise MissingExtraError("reading sentences of Home Assistant", "hassil") from error
    if len(source) > _LENGTH or _depth(source) > _DEPTH:
        problem = f"a template of {len(source):,} characters, {_depth(source)} brackets deep"
        raise place.fault(problem, "Split it into smaller ones", source)
    try:
        return parse_sentence(" ".join(source.split())).expression
    except (ParseError, ValueError, IndexError) as error:
        problem = f"the template {source[:60]!r} does not parse: a bracket is not closed, or closes nothing"
        raise place.fault(problem, "Correct it; a backslash makes a bracket literal", source) from error


def _depth(source: str) -> int:
    deepest = depth = 0
    for character in source:
        depth += (character in "([{<") - (character in ")]}>")
        deepest = max(deepest, depth)
    return deepest


def _values(name: str, described: Mapping[str, Any], place: Place) -> Iterator[Value]:
    """The values of a list as it is described; none for a wildcard."""
    if "range" in described:
        yield from _range(name, mapping(described["range"], f"range of {name}", place), place)
    for value in items(described.get("values"), f"values of {name}", place):
        fields = value if isinstance(value, dict) else {"in": value}
        source = word(fields.get("in"), f"a value of {name}", place, value)
        means = fields.get("out", "" if "out" in fields else None)
        for said in _ways(source, place):
            yield Value(said, said if means is None else str(means))
    if not {"range", "values", "wildcard"} & set(described):
        raise place.fault(f"list {name!r} has neither values nor a range", "Add one, or wildcard: true", name)


def _ways(source: str, place: Place) -> list[str]:
    """Ways to say a value; without these characters hassil takes it as it stands."""
    if TEMPLATE_SYNTAX.search(source) is None:
        return [" ".join(source.split())]
    template = _Walk(Expressions(), place, source, str, {}).whole()
    return [said for said, _ in expand(template, {}, _SAID, source) if said]


def _range(name: str, described: Mapping[str, Any], place: Place) -> Iterator[Value]:
    try:
        start, stop = int(described["from"]), int(described["to"])
        step = int(described.get("step", 1))
        numbers = range(start, stop + 1, step)
    except (KeyError, TypeError, ValueError) as error:
        raise place.fault(f"the range of list {name!r} is no range", "Write from: and to:", described) from error
    for number in _spread(numbers, _NUMBERS):
        yield Value(str(number), str(number))


def _spread(values: Any, most: int) -> list[Any]:
    """At most so many of the values, evenly apart, first and last among them."""
    count = len(values)
    if count <= most:
        return list(values)
    return [values[round(at * (count - 1) / (most - 1))] for at in range(most)]
