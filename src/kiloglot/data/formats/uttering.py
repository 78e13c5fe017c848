"""Content whose sentences are said: templates written out, parts set aside for dev and test."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.templates import expand, holes, is_literal, literal
from kiloglot.errors import NotationError
from kiloglot.values import Partition, Slot, Utterance

__all__ = ["Said", "held_out", "said_of", "uttered", "written_out"]

_ENOUGH = 5
"""Training sentences of an intent and locale from which some are set aside, or templates stay templates."""


@dataclass(frozen=True, slots=True)
class Said:
    """How templates are written out and parts set aside."""

    expand: int = 12
    """Sentences made at most of one template of train."""
    seed: int = 0
    """Decides which sentences are made and which are set aside."""
    dev: float = 0.1
    """Share of an intent's sentences that becomes dev where a locale has none."""
    test: float = 0.1
    """Share of an intent's sentences that becomes test where a locale has none."""
    apart: int = 1
    """Sentences made at most of one template of dev and test."""


def written_out(content: Content, sentence: Sentence, how: Said, notes: Notes) -> list[tuple[str, tuple[Slot, ...]]]:
    """The utterances of a sentence; none, with a note, where its template stands for too many to draw from."""
    values = content.values()
    lists = {
        slot: values.get((slot, sentence.locale, sentence.partition)) or values[slot, sentence.locale, "train"]
        for slot in holes(sentence.template)
    }
    limit = how.expand if sentence.partition == "train" else how.apart
    source = sentence.source or "".join(map(repr, sentence.template))
    key = "\0".join((str(how.seed), sentence.locale, sentence.intent, sentence.partition, source))
    try:
        return [each for each in expand(sentence.template, lists, limit, key) if each[0]]
    except NotationError:
        notes.add("templates that stand for too many sentences to draw from", sentence.source, intent=sentence.intent)
        return []


def said_of(sentence: Sentence) -> tuple[str, tuple[Slot, ...]]:
    """Text and spans of a sentence without choices and holes, white space as it is."""
    text, slots = "", list[Slot]()
    for part in sentence.template:
        words = getattr(part, "text", "")
        if getattr(part, "type", ""):
            slots.append(Slot(part.type, len(text), len(text) + len(words)))  # type: ignore[union-attr]
        text += words
    return text, tuple(slots)


def uttered(content: Content, how: Said, notes: Notes) -> tuple[tuple[Utterance, Sentence], ...]:
    """Every utterance and the sentence that it is of; each has an id of its own in its locale."""
    numbers: Counter[tuple[str, str, Partition]] = Counter()
    taken: set[tuple[str, str]] = set()
    found: list[tuple[Utterance, Sentence]] = []
    for sentence, text, slots in _each(content, how, notes):
        key = (sentence.locale, sentence.intent, sentence.partition)
        name = sentence.id
        while not name or (sentence.locale, name) in taken:
            numbers[key] += 1
            name = f"{sentence.id or sentence.intent}/{sentence.partition}/{numbers[key]}"
        taken.add((sentence.locale, name))
        utterance = Utterance(
            name, sentence.locale, text, sentence.intent, slots, sentence.partition, sentence.scenario, sentence.weight
        )
        found.append((utterance, sentence))
    return tuple(found)


def _each(content: Content, how: Said, notes: Notes) -> Iterator[tuple[Sentence, str, tuple[Slot, ...]]]:
    """(sentence, text, spans), without what two templates of an intent both say."""
    seen: set[tuple[str, str, Partition, str, tuple[Slot, ...]]] = set()
    for sentence in content.sentences:
        if is_literal(sentence.template):
            text, slots = said_of(sentence)
            if text.strip():
                yield sentence, text, slots
                seen.add((sentence.locale, sentence.intent, sentence.partition, text, slots))
            else:
                notes.add("sentences without words", repr(text), intent=sentence.intent)
            continue
        for text, slots in written_out(content, sentence, how, notes):
            key = (sentence.locale, sentence.intent, sentence.partition, text, slots)
            if key not in seen:
                seen.add(key)
                yield sentence, text, slots


def held_out(content: Content, how: Said, notes: Notes) -> Content:
    """The same with some train sentences set aside as dev and test, in each locale that has none.

    Intents with few sentences keep them all; their templates are written out first.
    """
    wanted = [(partition, share) for partition, share in (("dev", how.dev), ("test", how.test)) if share > 0]
    for partition, share in wanted:
        present = {sentence.locale for sentence in content.sentences if sentence.partition == partition}
        lacking = frozenset(content.locales) - present
        if lacking:
            content = _filled(content, lacking, how, notes)
            content = _set_aside(content, lacking, partition, share, how, notes)  # type: ignore[arg-type]
    return content


def _filled(content: Content, locales: frozenset[str], how: Said, notes: Notes) -> Content:
    """The same with the templates of small intents written out."""
    counts = Counter((s.locale, s.intent) for s in content.sentences if s.partition == "train")
    sentences: list[Sentence] = []
    seen: set[tuple[str, str, str]] = set()
    for sentence in content.sentences:
        small = sentence.locale in locales and counts[sentence.locale, sentence.intent] < _ENOUGH
        if not small or is_literal(sentence.template):
            sentences.append(sentence)
            continue
        for text, slots in written_out(content, sentence, how, notes):
            if (sentence.locale, sentence.intent, text) not in seen:
                seen.add((sentence.locale, sentence.intent, text))
                sentences.append(replace(sentence, template=literal(text, slots), source=text))
    return replace(content, sentences=tuple(sentences))


def _set_aside(
    content: Content, locales: frozenset[str], partition: Partition, share: float, how: Said, notes: Notes
) -> Content:
    groups: dict[tuple[str, str], list[int]] = {}
    for at, sentence in enumerate(content.sentences):
        if sentence.locale in locales and sentence.partition == "train":
            groups.setdefault((sentence.locale, sentence.intent), []).append(at)
    chosen: set[int] = set()
    for locale in locales:
        own = [group for (other, _), group in groups.items() if other == locale]
        picked = [at for group in own if len(group) >= _ENOUGH for at in _drawn(content, group, share, how)]
        largest = max(own, key=len, default=[])
        chosen.update(picked or (_drawn(content, largest, 0.0, how) if len(largest) > 1 else ()))
    if chosen:
        notes.add(f"sentences set aside as {partition}, which the source has none of", count=len(chosen))
    sentences = (replace(s, partition=partition) if at in chosen else s for at, s in enumerate(content.sentences))
    return replace(content, sentences=tuple(sentences))


def _drawn(content: Content, group: Iterable[int], share: float, how: Said) -> list[int]:
    """A share of the group, one at least, in an order that the seed and the sentences alone decide."""
    members = sorted(group, key=lambda at: _digest(how.seed, content.sentences[at]))
    return members[: max(1, round(len(members) * share))]


def _digest(seed: int, sentence: Sentence) -> bytes:
    content = f"{seed}\0{sentence.locale}\0{sentence.intent}\0{sentence.source}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()
