"""Checks over whole data sets: what is said twice, leaks from training into scoring, is missing or out of balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data.faults import Fault, Severity
from kiloglot.values import Ontology, Partition, Utterance

__all__ = ["Example", "check_corpus"]

_BALANCE = 10
"""The largest intent of a locale may have this many times the utterances of the smallest."""
_FEW = 3
"""Training utterances that an intent needs at least in a locale."""
_MANY = 500
"""Intents from which on there are rather many for one model."""


@dataclass(frozen=True, slots=True)
class Example:
    """An utterance and the line that it comes from."""

    utterance: Utterance
    """The utterance."""
    path: Path
    """Its file."""
    line: int
    """Its line, from 1."""


def check_corpus(
    examples: Sequence[Example],
    ontology: Ontology,
    severity: Severity,
    limited: Mapping[str, Collection[str]] | None = None,
) -> Iterator[Fault]:
    """Every fault that shows only when utterances are seen together.

    `limited` has the locales of each intent that not all locales need.

    `severity` is that of repeated, leaking, ambiguous and missing utterances: errors in what somebody writes by hand,
    warnings in a corpus that is published as it is.
    """
    limited = limited or {}
    if examples:
        yield from _check_intents(examples[0].path, ontology)
    by_locale: dict[str, list[Example]] = {}
    for example in examples:
        by_locale.setdefault(example.utterance.locale, []).append(example)
    for locale, group in by_locale.items():
        yield from _check_texts(group, severity)
        needed = [intent for intent in ontology.intents if locale in limited.get(intent, (locale,))]
        yield from _check_coverage(locale, group, needed, severity)


def _check_intents(path: Path, ontology: Ontology) -> Iterator[Fault]:
    """Too few intents to decide between, or too many."""
    count = len(ontology.intents)
    if count == 1:
        message = f"there is one intent, {ontology.intents[0]!r}: every utterance will be it, and none will be rejected"
        yield Fault(path, None, "warning", "one-intent", message, "Write a second one, of what else people say")
    elif count > _MANY:
        message = f"there are {count:,} intents: training takes long, and many will be confused"
        remedy = "Make one intent of those that differ in a word, and that word a slot"
        yield Fault(path, None, "warning", "many-intents", message, remedy)


def _check_texts(examples: Iterable[Example], severity: Severity) -> Iterator[Fault]:
    """Utterances of one locale whose words, whatever the case, were there before."""
    first: dict[str, list[Example]] = {}
    for example in examples:
        before = first.setdefault(" ".join(example.utterance.text.casefold().split()), [])
        yield from _clashes(example, before, severity)
        if all(_kind(example) != _kind(other) for other in before):
            before.append(example)


def _kind(example: Example) -> tuple[str, Partition]:
    return example.utterance.intent, example.utterance.partition


def _clashes(example: Example, before: Sequence[Example], severity: Severity) -> Iterator[Fault]:
    """How an example clashes with those of the same words: at most one fault of a kind."""
    words = repr(example.utterance.text[:60])
    codes: set[str] = set()
    for other in before:
        place = f"line {other.line}" if other.path == example.path else f"{other.path.name}:{other.line}"
        code, message, remedy = _clash(example.utterance, other.utterance, words, place)
        if code not in codes:
            codes.add(code)
            yield Fault(example.path, example.line, severity, code, message, remedy)


def _clash(one: Utterance, other: Utterance, words: str, place: str) -> tuple[str, str, str]:
    if one.intent != other.intent:
        message = f"{words} is {one.intent} here and {other.intent} on {place}"
        return "two-intents", message, "Decide for one intent"
    if one.partition != other.partition:
        message = f"{words} is in {one.partition} here and in {other.partition} on {place}"
        return "leak", message, "Word it differently, or scores will flatter"
    return "duplicate", f"{words} stands in {one.intent} {one.partition} already, on {place}", "Remove one of the two"


def _check_coverage(
    locale: str, examples: Sequence[Example], intents: Sequence[str], severity: Severity
) -> Iterator[Fault]:
    """What one locale lacks."""
    path = examples[0].path
    train = Counter(e.utterance.intent for e in examples if e.utterance.partition == "train")
    present = {example.utterance.partition for example in examples}
    needed: Mapping[Partition, Severity] = {"train": severity, "dev": severity, "test": "warning"}
    for partition, level in needed.items():
        if partition not in present:
            message = f"{locale} has no {partition} utterances"
            yield Fault(path, None, level, "missing-partition", message, f"Add some under {partition}")
    if train:
        yield from _check_counts(locale, path, train, intents, severity)


def _check_counts(
    locale: str, path: Path, train: Counter[str], intents: Sequence[str], severity: Severity
) -> Iterator[Fault]:
    """Intents of one locale without, with few, or with comparatively few training utterances."""
    for intent in intents:
        count = train[intent]
        if not count:
            message = f"{locale} has no train utterance of intent {intent!r}"
            yield Fault(path, None, severity, "missing-intent", message, "Add at least three")
        elif count < _FEW:
            message = f"{locale} has {count} train utterances of intent {intent!r}"
            yield Fault(path, None, "warning", "too-few", message, f"Write at least {_FEW}")
    (largest, most), (smallest, least) = train.most_common()[0], train.most_common()[-1]
    if most > _BALANCE * least:
        message = f"{locale} has {most} train utterances of {largest!r} and {least} of {smallest!r}"
        yield Fault(path, None, "warning", "unbalanced", message, f"Write more of {smallest!r}")
