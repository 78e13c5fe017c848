"""An utterance as its commands: "turn off the lights and set the heating to 20" is two.

Each place where it may be cut is tried: what stands before and behind is parsed, and a logistic regression says
whether both are commands. Its weights were fitted on utterances of `dev`, joined and single, of MASSIVE and of the
home, each with its bundled model (`python -m benchmarks.commands --fit --home FOLDER`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from operator import itemgetter, mul

from kiloglot.assistant.answers import Answer, Command
from kiloglot.assistant.cuts import Cut, cuts
from kiloglot.assistant.readings import fitting
from kiloglot.assistant.registry import Registry
from kiloglot.runtime import NLU
from kiloglot.text import segment
from kiloglot.values import OUTSIDE, Parse

__all__ = ["FEATURES", "LIKELY", "MOST_CUTS", "MOST_UNITS", "READINGS", "answers", "features"]

FEATURES = ("whole", "first", "second", "inside", "first_length", "second_length", "same_intent", "same_slot")
"""What is measured of a cut: log-odds of the whole utterance's intent and of both parts', whether a slot of the whole
lies across the cut, the parts' units up to six, whether both have one intent, whether slots of one type meet there."""
LIKELY = 0.8
"""Log-odds of two commands from which on an utterance is cut."""
MOST_CUTS = 24
"""Places that are tried for one utterance, whatever it holds."""
READINGS = 8
"""Intents of a parse that are looked at, however few are asked for."""
MOST_UNITS = 64
"""Units of an utterance that may be cut; a spoken command has about ten."""

_SURELY_OUTSIDE = 0.9
"""Confidence from which on an utterance that is none of the assistant's business holds no commands either."""
_BIAS, _WEIGHTS = -2.93, (-0.74, 0.42, 0.42, -1.09, 0.16, 0.45, -1.33, -1.36)
_UNITS = 6


def answers(
    nlu: NLU,
    texts: Sequence[str | bytes],
    locale: str | None = None,
    *,
    top_k: int = 3,
    registry: Registry | None = None,
) -> tuple[Answer, ...]:
    """Understands `texts`: what each says as one command, and its commands where they are several.

    With a `registry` slots mean its things. Raises DataError where `locale` is no locale tag.
    """
    readings = max(top_k, READINGS)
    if len(texts) == 1:
        wholes: tuple[Parse, ...] = (nlu.parse(texts[0], locale, top_k=readings),)
    else:
        wholes = nlu.parse_batch(texts, locale, top_k=readings)
    return tuple(_answer(_Reader(nlu, locale, readings, registry), whole, top_k) for whole in wholes)


def features(whole: Parse, first: Parse, second: Parse, cut: Cut) -> tuple[float, ...]:
    """The FEATURES of one cut of `whole` into `first` and `second`."""
    return (
        _log_odds(whole.confidence),
        _log_odds(first.confidence),
        _log_odds(second.confidence),
        float(any(slot.start < cut.end and slot.end > cut.start for slot in whole.slots)),
        float(len(segment(first.text, _UNITS))),
        float(len(segment(second.text, _UNITS))),
        float(first.intent == second.intent),
        float(bool(_types_at(first, len(first.text)) & _types_at(second, 0))),
    )


class _Reader:
    """Parses parts of an utterance."""

    def __init__(self, nlu: NLU, locale: str | None, readings: int, registry: Registry | None) -> None:
        self.nlu = nlu
        self._locale = locale
        self._readings = readings
        self._registry = registry
        self._known = registry.joined if registry else ()
        self._tries = MOST_CUTS

    def command(self, parse: Parse, start: int = 0) -> Command:
        """A parse as a command."""
        command = Command(start, fitting(parse))
        return self._registry.resolved(command) if self._registry else command

    def parses(self, texts: Sequence[str]) -> tuple[Parse, ...]:
        """What texts say."""
        return tuple(map(fitting, self.nlu.parse_batch(texts, self._locale, top_k=self._readings)))

    def split(self, whole: Command) -> Iterator[Command]:
        """The commands of `whole`, itself where it is one."""
        best = self._best(whole)
        if best is None:
            yield whole
            return
        cut, first, second = best
        yield from self.split(self.command(first, whole.start))
        yield from self.split(self.command(second, whole.start + cut.start))

    def _best(self, whole: Command) -> tuple[Cut, Parse, Parse] | None:
        """The likeliest cut, with what stands before and behind it; None where none is likely."""
        parse = whole.parse
        if parse.intent == OUTSIDE and parse.confidence >= _SURELY_OUTSIDE:
            return None
        if parse.rejected == "empty" or len(segment(parse.text, MOST_UNITS + 1)) > MOST_UNITS:
            return None
        places = [cut for cut in cuts(parse.text, parse.locale.partition("-")[0]) if self._may(whole, cut)]
        places = places[: self._tries]
        self._tries -= len(places)
        parts = [part for cut in places for part in (parse.text[: cut.end], parse.text[cut.start :])]
        found = self.parses(parts)
        likely = [
            (odds, cut, first, second)
            for cut, first, second in zip(places, found[::2], found[1::2], strict=True)
            if not first.rejected
            and not second.rejected
            and (odds := sum(map(mul, _WEIGHTS, features(parse, first, second, cut)), _BIAS)) >= LIKELY
        ]
        return max(likely, key=itemgetter(0))[1:] if likely else None

    def _may(self, whole: Command, cut: Cut) -> bool:
        """Whether no name of the household lies across the cut."""
        text = whole.parse.text
        named = [meaning.slot for meaning in whole.meanings if meaning.things]
        if any(slot.start < cut.end and slot.end > cut.start for slot in named):
            return False
        folded = text.casefold() if len(text.casefold()) == len(text) else text.lower()
        return not any(_across(folded, name, cut) for name in self._known)


def _answer(reader: _Reader, parse: Parse, top_k: int) -> Answer:
    whole = reader.command(parse)
    return Answer(_listed(whole, top_k), tuple(_listed(each, top_k) for each in reader.split(whole)))


def _listed(command: Command, top_k: int) -> Command:
    """`command` with as many alternatives as were asked for, and with the reason that those left out gave."""
    parse = command.parse
    return replace(command, parse=replace(parse, alternatives=parse.alternatives[:top_k], rejected=command.rejected))


def _across(text: str, name: str, cut: Cut) -> bool:
    at = text.find(name)
    while at >= 0:
        if at < cut.end and at + len(name) > cut.start:
            return True
        at = text.find(name, at + 1)
    return False


def _types_at(parse: Parse, edge: int) -> set[str]:
    """Types of the slots that begin or end at an edge."""
    return {slot.type for slot in parse.slots if edge in (slot.start, slot.end)}


def _log_odds(share: float) -> float:
    held = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(held / (1 - held))
