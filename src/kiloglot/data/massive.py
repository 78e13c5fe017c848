"""Rows of MASSIVE (alexa/massive, releases 1.0 and 1.1) <-> utterances.

Needed fields: id, locale, partition, intent, utt, annot_utt. Others (worker_id, slot_method, judgments) are ignored.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kiloglot.data.fields import locale_field, partition_field, text_field
from kiloglot.data.whole import whole_folder
from kiloglot.text.notation import align_annotated, annotate
from kiloglot.values import Utterance

__all__ = ["massive_row", "utterance_of_massive", "write_massive"]

_SPACED = frozenset({"ja-JP", "zh-CN", "zh-TW"})
"""Locales where MASSIVE sets spaces around brackets that the utterance itself does not have."""


def utterance_of_massive(row: Mapping[str, Any]) -> Utterance:
    """One row as an utterance. Raises DataError where a field is missing or wrong, or the annotation does not fit."""
    text = text_field(row, "utt")
    return Utterance(
        id=sys.intern(text_field(row, "id")),
        locale=locale_field(row),
        text=text,
        intent=sys.intern(text_field(row, "intent")),
        slots=align_annotated(text_field(row, "annot_utt"), text),
        partition=partition_field(row),
        scenario=sys.intern(text_field(row, "scenario", "", blank=True)),
    )


def massive_row(utterance: Utterance) -> dict[str, str]:
    """The row of one utterance, its fields in the order of the release."""
    return {
        "id": utterance.id,
        "locale": utterance.locale,
        "partition": utterance.partition,
        "scenario": utterance.scenario,
        "intent": utterance.intent,
        "utt": utterance.text,
        "annot_utt": annotate(utterance.text, utterance.slots, spaced=utterance.locale in _SPACED),
    }


def write_massive(folder: Path, utterances: Iterable[Utterance]) -> None:
    """Writes `<locale>.jsonl` files into a new folder, which appears only once it is whole.

    Raises DataError where the folder exists already.
    """
    by_locale: dict[str, list[Utterance]] = {}
    for utterance in utterances:
        by_locale.setdefault(utterance.locale, []).append(utterance)
    with whole_folder(folder) as fresh:
        for locale, rows in by_locale.items():
            with (fresh / f"{locale}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(json.dumps(massive_row(row), ensure_ascii=False) + "\n" for row in rows)
