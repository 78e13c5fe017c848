"""Content as training data of Rasa 3: config.yml, domain.yml and data/nlu.yml, a folder a locale where there are more.

Parts for dev and test stand in folders of those names, which `rasa train nlu` does not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content
from kiloglot.data.formats.rasa_notation import annotate_rasa
from kiloglot.data.formats.uttering import Said
from kiloglot.data.formats.writing import grouped, lined, note_bare, quoted, said_on_lines
from kiloglot.values import Slot

__all__ = ["write_rasa"]

_VERSION = 'version: "3.1"\n'
_FOLDERS = {"train": "data", "dev": "dev", "test": "test"}
_ByIntent = dict[str, list[tuple[str, tuple[Slot, ...]]]]


def write_rasa(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes a project of Rasa for each locale."""
    note_bare(content, notes)
    several = len(content.locales) > 1
    for (locale, partition), intents in said_on_lines(content, how, notes).items():
        root = out / locale if several else out
        lists = _lists(content, locale, notes) if partition == "train" else []
        body = [*_intents(intents, notes), *lists]
        folder = root / _FOLDERS[partition]
        folder.mkdir(parents=True)
        (folder / "nlu.yml").write_text(_VERSION + "nlu:\n" + "\n".join(body) + "\n", encoding="utf-8", newline="\n")
    for locale in content.locales:
        root = out / locale if several else out
        root.mkdir(parents=True, exist_ok=True)
        config = f"recipe: default.v1\nlanguage: {quoted(locale)}\npipeline:\npolicies:\n"
        (root / "config.yml").write_text(config, encoding="utf-8", newline="\n")
        (root / "domain.yml").write_text(_domain(content, locale), encoding="utf-8", newline="\n")


def _intents(intents: _ByIntent, notes: Notes) -> list[str]:
    lines: list[str] = []
    for intent, utterances in intents.items():
        examples = []
        for text, slots in utterances:
            example = annotate_rasa(text, slots)
            if example is None:
                notes.add("utterances that Rasa's brackets cannot write: they have no escape", text, intent=intent)
            else:
                examples.append(f"    - {example}")
        if examples:
            lines += [f"- intent: {quoted(intent)}", "  examples: |", *examples]
    return lines


def _lists(content: Content, locale: str, notes: Notes) -> list[str]:
    """Lookup tables and synonyms of one locale."""
    lines: list[str] = []
    for slot, lists in grouped((each for each in content.lists if each.locale == locale), lambda e: e.slot).items():
        values = dict.fromkeys(value for each in lists for value in each.values)
        lines += _entry("lookup", slot, values, notes)
    own = (synonym for synonym in content.synonyms if synonym.locale == locale)
    for means, synonyms in grouped(own, lambda e: e.means).items():
        said = dict.fromkeys(synonym.said for synonym in synonyms)
        lines += _entry("synonym", means, said, notes) if means.strip() else []
    return lines


def _entry(kind: str, name: str, values: Iterable[str], notes: Notes) -> list[str]:
    """A lookup table or synonym; nothing where none of its values fits a line of a block."""
    good: list[str] = []
    for value in values:
        line = lined(value, ())
        if line is None or not line[0]:
            notes.add("values with a character that fits no line of YAML", repr(value))
        else:
            good.append(f"    - {line[0]}")
    return [f"- {kind}: {quoted(name)}", "  examples: |", *good] if good else []


def _domain(content: Content, locale: str) -> str:
    intents = {s.intent.partition("/")[0]: None for s in content.sentences if s.locale == locale}
    lines = ["intents:", *(f"- {quoted(intent)}" for intent in intents)]
    if content.slots:
        lines += ["entities:", *(f"- {quoted(slot)}" for slot in sorted(content.slots))]
    return _VERSION + "\n".join(lines) + "\n"
