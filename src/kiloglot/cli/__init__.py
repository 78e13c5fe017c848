"""The command line: one thin command a stage, and parsing. It describes and shows; the work is done in the rooms below."""

from kiloglot.cli.app import main

__all__ = ["main"]
