"""Content as a CSV or TSV table."""

from __future__ import annotations

import csv
from pathlib import Path

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content
from kiloglot.data.formats.table import COLUMNS
from kiloglot.data.formats.uttering import Said, uttered
from kiloglot.data.formats.writing import note_bare
from kiloglot.errors import NotationError
from kiloglot.text.notation import annotate

__all__ = ["write_table"]


def write_table(content: Content, out: Path, how: Said, notes: Notes) -> None:
    """Writes one table; its columns are `text`, `annotated` (slots in brackets) and what else is known."""
    note_bare(content, notes, lists=True, synonyms=True)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if out.suffix.lower() == ".tsv" else ",", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for utterance, _ in uttered(content, how, notes):
            try:
                annotated = annotate(utterance.text, utterance.slots)
            except NotationError:
                notes.add(
                    "utterances with a slot of white space alone, which no bracket can hold",
                    utterance.text,
                    intent=utterance.intent,
                )
                continue
            cells = (utterance.intent, utterance.locale, utterance.partition, utterance.scenario, utterance.id)
            writer.writerow((utterance.text, annotated, *cells))
