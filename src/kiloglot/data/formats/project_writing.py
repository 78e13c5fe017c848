"""Content as a project that `kiloglot validate` accepts; templates stay where its notation can write them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kiloglot.data.checks import check_corpus
from kiloglot.data.faults import Fault
from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.uttering import Said, held_out, written_out
from kiloglot.data.formats.writing import grouped, note_bare, quoted, tidied
from kiloglot.data.project import Scan, scan_project
from kiloglot.data.templates import Piece, Template, flattened, is_literal, literal, slots_of, written
from kiloglot.errors import DataError

__all__ = ["write_project"]

_ROUNDS = 20
_DROPPED = {
    "two-intents": "sentences that stand under another intent too",
    "leak": "sentences that would be in two partitions",
    "duplicate": "sentences that say what another of their intent says",
    "empty": "sentences without words",
}
"""Faults of a sentence that is left out for them: code, reason."""


def write_project(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes the project; what its own check refuses is left out, counted. Raises DataError where nothing is left."""
    note_bare(content, notes, synonyms=True)
    content = held_out(_flat(content, how, notes), how, notes)
    (out / "locales").mkdir(parents=True)
    for _ in range(_ROUNDS):
        content = _taught(content, notes)
        lines = _written(content, out, how)
        refused = _refused(out)
        if not refused:
            return
        content = _without(content, lines, refused, notes)
    raise _invalid(refused[0])


def _flat(content: Content, how: Said, notes: Notes) -> Content:
    """The same with every sentence in the notation of a project."""
    sentences: list[Sentence] = []
    for sentence in tidied(content.sentences, notes):
        if is_literal(sentence.template):
            sentences.append(sentence)
            continue
        flat = flattened(sentence.template)
        if flat is not None:
            sentences.append(replace(sentence, template=_tidied(flat)))
            continue
        notes.add("templates with too many alternatives in each other, written out as sentences", sentence.source)
        for text, slots in written_out(content, sentence, how, notes):
            sentences.append(replace(sentence, template=literal(text, slots), source=text))
    return replace(content, sentences=tuple(sentences))


def _tidied(template: Template) -> Template:
    """The same without white space at its ends, for the eye."""
    first, last = template[0], template[-1]
    if isinstance(first, Piece) and not first.type:
        template = (Piece(first.text.lstrip()), *template[1:])
    if len(template) > 1 and isinstance(last, Piece) and not last.type:
        template = (*template[:-1], Piece(last.text.rstrip()))
    return tuple(part for part in template if not isinstance(part, Piece) or part.text or part.type)


def _taught(content: Content, notes: Notes) -> Content:
    """The same, the sentences of an intent that has none to train on moved there."""
    taught = {sentence.intent for sentence in content.sentences if sentence.partition == "train"}
    moved = [sentence for sentence in content.sentences if sentence.intent not in taught]
    if moved:
        names = sorted({sentence.intent for sentence in moved})
        notes.add("sentences moved to train, of intents that had none there", ", ".join(names), len(moved))
    sentences = (s if s.intent in taught else replace(s, partition="train") for s in content.sentences)
    return replace(content, sentences=tuple(sentences))


@dataclass(frozen=True, slots=True)
class _Line:
    file: Path
    """File that a sentence was written into."""
    number: int
    """Its line, from 1."""


def _written(content: Content, out: Path, how: Said) -> Mapping[_Line, int]:
    """Writes all files; returns the place of each sentence in `content.sentences`."""
    (out / "assistant.toml").write_text(_settings(content, how), encoding="utf-8", newline="\n")
    lines: dict[_Line, int] = {}
    places = grouped(enumerate(content.sentences), lambda pair: pair[1].locale)
    for locale, sentences in places.items():
        file = out / "locales" / f"{locale}.yaml"
        text = ["intents:"]
        for intent, own in grouped(sentences, lambda pair: pair[1].intent).items():
            text.append(f"  {quoted(intent)}:")
            for partition, group in grouped(own, lambda pair: pair[1].partition).items():
                text.append(f"    {partition}:")
                for at, sentence in group:
                    text.append(f"      - {quoted(written(sentence.template))}")
                    lines[_Line(file, len(text))] = at
        text += _lists(content, locale)
        file.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n")
    return lines


def _lists(content: Content, locale: str) -> list[str]:
    own = [each for each in content.lists if each.locale == locale]
    text = ["", "slots:"] if own else []
    for slot, lists in grouped(own, lambda each: each.slot).items():
        text.append(f"  {quoted(slot)}:")
        for each in lists:
            text.append(f"    {each.partition}:")
            text += [f"      - {quoted(written((Piece(value),)))}" for value in each.values]
    return text


def _settings(content: Content, how: Said) -> str:
    """assistant.toml."""
    name, locales = json.dumps(content.name, ensure_ascii=False), list(content.locales)
    lines = ["[assistant]", f"name = {name}", f"locales = {json.dumps(locales)}"]
    lines += [f"seed = {how.seed}", f"expand = {how.expand}"]
    for intent, own in grouped(content.sentences, lambda sentence: sentence.intent).items():
        slots = sorted({piece.type for sentence in own for piece in slots_of(sentence.template)})
        present = sorted({sentence.locale for sentence in own if sentence.partition == "train"})
        scenario = next((sentence.scenario for sentence in own if sentence.scenario), "")
        lines += ["", f"[intents.{json.dumps(intent, ensure_ascii=False)}]"]
        lines += [f"scenario = {json.dumps(scenario, ensure_ascii=False)}"] if scenario else []
        lines += [f"slots = {json.dumps(slots, ensure_ascii=False)}"] if slots else []
        lines += [f"locales = {json.dumps(present)}"] if present != locales else []
    for slot in sorted({*content.slots, *(each.slot for each in content.lists)}):
        lines += ["", f"[slots.{json.dumps(slot, ensure_ascii=False)}]"]
    return "\n".join(lines) + "\n"


def _refused(out: Path) -> list[Fault]:
    """The errors that `kiloglot validate` finds."""
    scan: Scan = scan_project(out)
    if scan.assistant is None:
        return list(scan.faults)
    checked = check_corpus(scan.examples, scan.assistant.ontology, "error", scan.assistant.limited)
    return [fault for fault in (*scan.faults, *checked) if fault.severity == "error"]


def _without(content: Content, lines: Mapping[_Line, int], refused: Iterable[Fault], notes: Notes) -> Content:
    """The same without the sentences that are refused. Raises DataError for a fault of another kind."""
    dropped: set[int] = set()
    others: list[Fault] = []
    for fault in refused:
        at = lines.get(_Line(fault.path, fault.line or 0))
        if at is None or fault.code not in _DROPPED:
            others.append(fault)
        elif at not in dropped:
            dropped.add(at)
            sentence = content.sentences[at]
            notes.add(_DROPPED[fault.code], sentence.source, intent=sentence.intent)
    if not dropped:
        raise _invalid(others[0])
    kept = tuple(sentence for at, sentence in enumerate(content.sentences) if at not in dropped)
    return replace(content, sentences=kept)


def _invalid(fault: Fault) -> DataError:
    remedy = f"{fault.remedy}; add sentences to the source, or convert it to another format"
    return DataError(f"no whole assistant can be made of it: {fault.message}", remedy=remedy)
