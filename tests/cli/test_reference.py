"""The page about the command line is the one that the commands make."""

from __future__ import annotations

from pathlib import Path

from kiloglot.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"


def test_the_page_agrees_with_the_commands() -> None:
    again = "Write it anew: python -m kiloglot.cli.reference > docs/reference/cli.md"
    assert PAGE.read_text(encoding="utf-8") == reference(), again
