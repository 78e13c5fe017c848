"""The command line: one thin command a stage, and parsing. It shows; the rooms below do the work."""

from kiloglot.cli.app import main

__all__ = ["main"]
