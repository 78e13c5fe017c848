"""Draws demo.svg: what a real run of the demo prints about the bundled model, as a terminal shows it.

    python docs/images/draw_demo.py docs/images/demo.svg

The starter assistant is trained for one epoch in one locale only, since the picture does not show it.
"""

from __future__ import annotations

import re
import sys
import tempfile
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from kiloglot.cli.demonstration import told_demo
from kiloglot.runtime import DEFAULT_MODEL
from kiloglot.stages import demo

_COLUMNS = 132
_CELL = 12.2  # width of a cell in rich's pictures: 20 pixels high, aspect ratio 0.61
_TEXT = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="[^"]+">([^<]*)</text>'
)
_PIECE = re.compile(r"\S+(?:\s\S+)*")  # words with single spaces between them; wider gaps separate columns
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class _TitledTables(Console):
    """Records tables that have a title, the demo's answers, and nothing else."""

    def print(self, *objects: Any, **settings: Any) -> None:
        if any(isinstance(each, Table) and each.title for each in objects):
            super().print(*objects, **settings)


def picture(report: demo.DemoReport) -> str:
    """The answers of a demo as SVG, which loads nothing from elsewhere."""
    console = _TitledTables(record=True, width=_COLUMNS, file=StringIO(), highlight=False, force_terminal=True)
    told_demo(console, report)
    svg = console.export_svg(title="make demo", unique_id="demo")
    return straightened(_FONT_FACE.sub("", svg).replace("Fira Code, monospace", "ui-monospace, monospace"))


def straightened(svg: str) -> str:
    """`svg` with each piece of text at the column where a terminal has it.

    Rich counts a character as a column where it sets a line's length, which shifts all that follows a wide character,
    and stretches letters that should join. A piece in ASCII keeps its exact width, others are as wide as they are.
    """
    return _TEXT.sub(lambda match: _pieces(*match.groups()), svg)


def _pieces(style: str, x: str, y: str, content: str) -> str:
    text = unescape(content).replace("\xa0", " ")
    placed = []
    for match in _PIECE.finditer(text):
        left = float(x) + _CELL * cell_len(text[: match.start()])
        width = f' textLength="{_CELL * len(match[0]):g}"' if match[0].isascii() else ""
        shown = match[0].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(" ", "&#160;")
        placed.append(f'<text class="{style}" x="{left:g}" y="{y}"{width}>{shown}</text>')
    return "".join(placed)


def main(out: Path, model: str = DEFAULT_MODEL) -> None:
    """Runs the demo and writes the picture."""
    with tempfile.TemporaryDirectory() as folder:
        report = demo.run(demo.DemoConfig(Path(folder) / "demo", locales=("en-US",), epochs=1, model=model))
    if report.trouble:
        sys.exit(report.trouble)
    out.write_text(picture(report), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(f"Use: {sys.argv[0]} OUT.svg [MODEL]")
    main(Path(sys.argv[1]), *sys.argv[2:])
