"""How a parse looks on a terminal: the utterance with its slots in colour, the intent, how sure, and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from kiloglot.cli.console import safe
from kiloglot.values import Evidence, Explanation, Parse, Slot

if TYPE_CHECKING:
    from kiloglot.assistant import Answer, Command, Thing

__all__ = ["REASONS", "answered", "card", "line", "percent", "slot_list", "utterance"]

REASONS = {
    "empty": "there is nothing to read in it",
    "too_long": "it is too long to be read whole",
    "low_confidence": "the model is not sure enough",
    "outside": "it is none of the assistant's business",
    "incomplete": "it lacks what such a command needs",
    "opposite": "it may mean the opposite",
    "ambiguous": "a name means several things",
}
"""What the reason codes of a rejection mean."""

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "red")
_LONGEST = 2000  # code points of an utterance that are shown


def card(parse: Parse) -> Text:
    """A parse on a few lines."""
    lines = [utterance(parse), _intent(parse)]
    width = max((len(slot.type) for slot in parse.slots), default=0)
    for slot in parse.slots:
        lines.append(Text.assemble("  ", (f"{slot.type:<{width}}", _colour(slot, parse)), f"  {_value(slot, parse)}"))
    others = [f"{other.intent} {percent(other.confidence)}" for other in parse.alternatives[1:]]
    if others:
        lines.append(Text(f"  or {', '.join(others)}", style="dim"))
    if parse.rejected:
        reason = REASONS.get(parse.rejected, "")
        lines.append(Text.assemble(("  rejected", "bold red"), f" {parse.rejected}: {reason}".rstrip(": ")))
    if parse.explanation:
        lines += _explained(parse.explanation)
    return Text("\n").join(lines)


def answered(answer: Answer) -> Text:
    """An answer on a few lines: each command, with the things that its slots mean."""
    return Text("\n").join(map(_command, answer.commands))


def _command(command: Command) -> Text:
    shown = [card(command.parse)]
    for meaning in command.meanings:
        things = ", ".join(map(_thing, meaning.things)) or "nothing of the household"
        shown.append(Text.assemble(f"  {_value(meaning.slot, command.parse)} is ", (safe(things), "bold")))
    if command.question:
        shown.append(Text.assemble(("  asks", "bold red"), f" {safe(command.question)}"))
    return Text("\n").join(shown)


def _thing(thing: Thing) -> str:
    more = ", ".join(filter(None, (thing.kind, thing.domain, thing.area)))
    return f"{thing.name} ({more})"


def line(parse: Parse) -> Text:
    """A parse on one line."""
    intent = parse.intent or "-"
    parts = [Text(f"{intent}  ", style="bold"), Text(f"{percent(parse.confidence)}  {parse.locale or '-'}  ")]
    if parse.rejected:
        parts.append(Text(f"rejected:{parse.rejected}  ", style="red"))
    return Text.assemble(*parts, utterance(parse))


def utterance(parse: Parse) -> Text:
    """The utterance in bracket notation, each type of slot in its colour."""
    if not parse.text:
        return Text("(nothing)", style="dim")
    shown, at = Text(), 0
    for slot in parse.slots:
        if slot.end > _LONGEST:
            break
        shown.append(safe(parse.text[at : slot.start]))
        shown.append(f"[{slot.type} : ", style=f"dim {_colour(slot, parse)}")
        shown.append(_value(slot, parse), style=f"bold {_colour(slot, parse)}")
        shown.append("]", style=f"dim {_colour(slot, parse)}")
        at = slot.end
    shown.append(safe(parse.text[at:_LONGEST]))
    if len(parse.text) > _LONGEST:
        shown.append(f" ... ({len(parse.text):,} characters)", style="dim")
    return shown


def slot_list(parse: Parse) -> Text:
    """The slots as `type = words`, each type in its colour."""
    return Text(", ").join(
        Text.assemble((slot.type, _colour(slot, parse)), f" = {_value(slot, parse)}") for slot in parse.slots
    )


def percent(share: float) -> str:
    """A share in [0, 1] as a percentage; never 100 where it is less than one."""
    return f"{min(100 * share, 99.9) if share < 1 else 100:.1f} %"


def _intent(parse: Parse) -> Text:
    if not parse.intent:
        return Text("  no intent", style="bold")
    return Text.assemble("  ", (parse.intent, "bold"), f"  {percent(parse.confidence)}  ", (parse.locale, "dim"))


def _explained(explanation: Explanation) -> list[Text]:
    evidence = Text("  because ", style="dim")
    evidence.append_text(Text(" ").join(map(_weighed, explanation.evidence)))
    against = f"against {explanation.runner_up}, " if explanation.runner_up else ""
    known, threshold = percent(explanation.known), percent(explanation.threshold)
    figures = f"  {against}rejects below {threshold}, knows {known} of the text"
    return [evidence, Text(figures, style="dim")]


def _weighed(evidence: Evidence) -> Text:
    style = "green" if evidence.weight >= 0.5 else "red" if evidence.weight <= -0.5 else ""
    return Text.assemble((safe(evidence.text), style), (f" {evidence.weight:+.1f}", "dim"))


def _value(slot: Slot, parse: Parse) -> str:
    return safe(slot.value(parse.text))


def _colour(slot: Slot, parse: Parse) -> str:
    """The colour of a type: as the types appear in the utterance, so that neighbours differ."""
    types = list(dict.fromkeys(each.type for each in parse.slots))
    return _COLOURS[types.index(slot.type) % len(_COLOURS)]
