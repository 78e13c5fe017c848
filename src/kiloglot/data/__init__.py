"""Files <-> values: MASSIVE, kiloglot's JSONL, and the project format of people who write their own assistant."""

from kiloglot.data.archives import is_archive, members
from kiloglot.data.checks import Example, check_corpus
from kiloglot.data.download import download, is_url, sha256_of
from kiloglot.data.faults import Fault, Severity
from kiloglot.data.jsonl import read_predictions, write_predictions, write_utterances
from kiloglot.data.massive import write_massive
from kiloglot.data.project import Scan, is_project, read_project, scan_project
from kiloglot.data.reading import load, recognise, scan_rows
from kiloglot.data.signature import signature_of
from kiloglot.data.starting import starter_path
from kiloglot.data.whole import refuse_existing, whole_file, whole_folder

__all__ = [
    "Example",
    "Fault",
    "Scan",
    "Severity",
    "check_corpus",
    "download",
    "is_archive",
    "is_project",
    "is_url",
    "load",
    "members",
    "read_predictions",
    "read_project",
    "recognise",
    "refuse_existing",
    "scan_project",
    "scan_rows",
    "sha256_of",
    "signature_of",
    "starter_path",
    "whole_file",
    "whole_folder",
    "write_massive",
    "write_predictions",
    "write_utterances",
]
