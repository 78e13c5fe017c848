"""Content as sentence templates of hassil: `<locale>/train.yaml`, and dev and test beside it.

A slot that is filled from its list is `{type}`; one with words of its own is a list of one value, local to its block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content, Sentence
from kiloglot.data.formats.expressions import TEMPLATE_SYNTAX, Expressions
from kiloglot.data.formats.located import Place
from kiloglot.data.formats.uttering import Said
from kiloglot.data.formats.writing import grouped, lined, note_bare, quoted, tidied
from kiloglot.data.templates import Choice, Piece, Template, is_literal, said
from kiloglot.errors import DataError
from kiloglot.values import Partition

__all__ = ["write_hassil"]

_SPECIAL = re.compile(r"[\\()\[\]{}<>|;]")


def write_hassil(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes a folder a locale. Templates stay templates."""
    note_bare(content, notes)
    places = grouped(tidied(content.sentences, notes), lambda sentence: (sentence.locale, sentence.partition))
    for (locale, partition), sentences in places.items():
        lines = [f"language: {quoted(locale)}", "intents:"]
        for intent, own in grouped(sentences, lambda sentence: sentence.intent).items():
            blocks = list(_blocks(own, notes))
            if blocks:
                lines += [f"  {quoted(intent)}:", "    data:", *blocks]
        lines += _lists(content, locale, partition)
        folder = out / locale
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{partition}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for each in content.lists:
        if each.partition != "train":
            notes.add(f"lists of slot values for {each.partition}: hassil has one list a name", each.slot)


def _blocks(sentences: Iterable[Sentence], notes: Notes) -> Iterable[str]:
    """One block for all sentences without words of their own in a slot, and one for each of the others."""
    plain: list[str] = []
    rest: list[str] = []
    for sentence in sentences:
        values: list[tuple[str, str]] = []
        source = _written(sentence.template, values).strip()
        if not _holds(source, sentence, values):
            notes.add(
                "sentences that hassil reads otherwise than they are meant", sentence.source, intent=sentence.intent
            )
        elif not values:
            plain.append(f"          - {quoted(source)}")
        else:
            rest += ["      - sentences:", f"          - {quoted(source)}", "        lists:"]
            for name, value in values:
                rest += [
                    f"          {quoted(name)}:",
                    "            values:",
                    f"              - {quoted(_value(value))}",
                ]
    return [*(["      - sentences:", *plain] if plain else []), *rest]


def _written(template: Template, values: list[tuple[str, str]]) -> str:
    """The template in hassil's notation; `values` gets a local list for each slot with words of its own."""
    written = ""
    for part in template:
        if isinstance(part, Choice):
            options = [_written(option, values) for option in part.options]
            full = "|".join(option for option in options if option)
            written += f"[{full}]" if len(full) and "" in options else f"({full})"
        elif not part.type:
            written += _SPECIAL.sub(r"\\\g<0>", part.text)
        elif not part.text:
            written += f"{{{part.type}}}"
        else:
            name = f"{part.type}_{len(values) + 1}"
            values.append((name, " ".join(part.text.split())))
            written += f"{{{name}:{part.type}}}"
    return written


def _value(words: str) -> str:
    """The words of a list's value; hassil takes a value without brackets as it stands."""
    return _SPECIAL.sub(r"\\\g<0>", words) if TEMPLATE_SYNTAX.search(words) else words


def _holds(source: str, sentence: Sentence, values: list[tuple[str, str]]) -> bool:
    """Whether hassil reads an utterance back as it is; templates are taken as they are written."""
    if not is_literal(sentence.template):
        return True
    pieces = [part for part in sentence.template if isinstance(part, Piece)]
    text = said(pieces)
    if lined(*text) is None or not source:
        return False
    place = Place(Path())
    local = Expressions(Expressions())
    local.add({"lists": {name: {"values": [_value(words)]} for name, words in values}}, place)
    try:
        read = local.template(source, place, str, {})
    except DataError:
        return False
    return is_literal(read) and said(part for part in read if isinstance(part, Piece)) == text


def _lists(content: Content, locale: str, partition: Partition) -> list[str]:
    """The lists of one locale, which stand beside its train sentences, each value with what it means."""
    means = {(s.slot, s.said): s.means for s in content.synonyms if s.locale == locale}
    own = [each for each in content.lists if each.locale == locale and each.partition == "train" == partition]
    lines = ["lists:"] if own else []
    for each in own:
        lines += [f"  {quoted(each.slot)}:", "    values:"]
        for value in each.values:
            meaning = means.get((each.slot, value), means.get(("", value)))
            if meaning is None:
                lines.append(f"      - {quoted(_value(value))}")
            else:
                lines += [f"      - in: {quoted(_value(value))}", f"        out: {quoted(meaning)}"]
    return lines
