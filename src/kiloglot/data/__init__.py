"""Files <-> values: MASSIVE, kiloglot's JSONL, the project format of people who write their own assistant, and the
formats of other assistants.
"""

from kiloglot.data.abroad import abroad
from kiloglot.data.archives import is_archive, members
from kiloglot.data.background import background
from kiloglot.data.checks import Example, check_corpus
from kiloglot.data.download import download, is_url, sha256_of
from kiloglot.data.exchange import FORMATS, format_named, format_of, outside_lists, target_format
from kiloglot.data.faults import Fault, Severity
from kiloglot.data.formats import Asked, Content, Files, Format, Left, Lost, Notes, Said
from kiloglot.data.household import Area, Device, Floor, Household, NamedList, read_household
from kiloglot.data.jsonl import read_predictions, write_predictions, write_utterances
from kiloglot.data.lines import text_lines
from kiloglot.data.massive import write_massive
from kiloglot.data.project import Scan, is_project, read_project, scan_project
from kiloglot.data.reading import is_foreign, load, recognise, scan_foreign, scan_rows
from kiloglot.data.signature import signature_of
from kiloglot.data.starting import starter_path
from kiloglot.data.whole import refuse_existing, whole_file, whole_folder

__all__ = [
    "FORMATS",
    "Area",
    "Asked",
    "Content",
    "Device",
    "Example",
    "Fault",
    "Files",
    "Floor",
    "Format",
    "Household",
    "Left",
    "Lost",
    "NamedList",
    "Notes",
    "Said",
    "Scan",
    "Severity",
    "abroad",
    "background",
    "check_corpus",
    "download",
    "format_named",
    "format_of",
    "is_archive",
    "is_foreign",
    "is_project",
    "is_url",
    "load",
    "members",
    "outside_lists",
    "read_household",
    "read_predictions",
    "read_project",
    "recognise",
    "refuse_existing",
    "scan_foreign",
    "scan_project",
    "scan_rows",
    "sha256_of",
    "signature_of",
    "starter_path",
    "target_format",
    "text_lines",
    "whole_file",
    "whole_folder",
    "write_massive",
    "write_predictions",
    "write_utterances",
]
