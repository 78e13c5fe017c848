"""The formats of other assistants, as a table; what can be recognised, read and written, and by what names."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data.formats.builder import Notes
from kiloglot.data.formats.content import Content
from kiloglot.data.formats.dialogflow import is_dialogflow, read_dialogflow
from kiloglot.data.formats.files import Files
from kiloglot.data.formats.hassil import is_hassil, read_hassil
from kiloglot.data.formats.hassil_writing import write_hassil
from kiloglot.data.formats.json_writing import write_dialogflow, write_snips
from kiloglot.data.formats.ovos import is_ovos, read_ovos
from kiloglot.data.formats.ovos_writing import write_ovos
from kiloglot.data.formats.rasa import is_rasa, read_rasa
from kiloglot.data.formats.rasa_writing import write_rasa
from kiloglot.data.formats.snips import is_snips, read_snips
from kiloglot.data.formats.table import is_table, read_table
from kiloglot.data.formats.table_writing import write_table
from kiloglot.data.formats.tongue import Asked
from kiloglot.data.formats.uttering import Said

__all__ = ["FOREIGN", "Format", "foreign_format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write an assistant or its utterances down."""

    name: str
    """What `--from` and `--to` call it."""
    looks_for: str
    """What makes it recognisable, in words."""
    recognises: Callable[[Files], bool]
    """Whether a source is of this format."""
    read: Callable[[Files, Asked], Content]
    """Reads it whole, or raises DataError."""
    write: Callable[[Content, Path, Said, Notes], None]
    """Writes it to a path where nothing lies, noting what cannot be carried over."""
    suffixes: tuple[str, ...] = ()
    """Endings of a target's name that mean this format."""


FOREIGN: tuple[Format, ...] = (
    Format(
        "dialogflow",
        "an export of Dialogflow ES with agent.json, as folder or .zip",
        is_dialogflow,
        read_dialogflow,
        write_dialogflow,
        (".zip",),
    ),
    Format("ovos", "locale folders of OVOS or Mycroft with *.intent or *.voc", is_ovos, read_ovos, write_ovos),
    Format("rasa", "Rasa's *.yml with nlu:", is_rasa, read_rasa, write_rasa),
    Format(
        "hassil",
        "Home Assistant's *.yaml with language: and intents:, or the .json of its package",
        is_hassil,
        read_hassil,
        write_hassil,
    ),
    Format(
        "snips",
        "a .json of Snips with intents, utterances and entities, or its .yaml with type: intent",
        is_snips,
        read_snips,
        write_snips,
        (".json",),
    ),
    Format("csv", "a .csv or .tsv with columns text and intent", is_table, read_table, write_table, (".csv", ".tsv")),
)
"""What is tried, in this order."""


def foreign_format(path: Path) -> Format | None:
    """The format of another assistant that lies at `path`, None where there is none."""
    if not path.exists() or (path.is_file() and not _is_candidate(path)):
        return None
    files = Files(path)
    return next((each for each in FOREIGN if each.recognises(files)), None)


def _is_candidate(path: Path) -> bool:
    """Whether a file can be one of these: not where it is an archive with JSONL, which is a corpus."""
    if not zipfile.is_zipfile(path):
        return path.suffix.lower() in (".yml", ".yaml", ".json", ".csv", ".tsv", ".md")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, NotImplementedError, zipfile.BadZipFile, UnicodeDecodeError, struct.error):
        return False  # What reads it as an archive says what is wrong with it.
    return not any(name.endswith(".jsonl") for name in names)
