"""What the documents show is run: commands, Python and their output.

Every `console` block (its lines that begin with `$ `) and every `python` block of a page runs in a fresh folder, in
order. An HTML comment on the line above a block says otherwise: `<!-- slow -->` leaves it to `make test-slow`, and
`<!-- not run: reason -->` leaves it out.

Lines below a command, and a comment behind `print(...)`, must be printed, in order; others may be printed between
them. Numbers and hashes may differ, since no two machines give the same; `python tests/test_docs.py` runs every page
and writes today's into it.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from kiloglot.stages.run import shipped_recipes

ROOT = Path(__file__).resolve().parents[1]
FRONT = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES = [*FRONT, *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(r"^(?:<!-- (?P<mark>.*?) -->\n)?```(?P<kind>console|python)\n(?P<body>.*?)^```$", re.M | re.S)
_PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.M)
_HASH = re.compile(r"\b(?=\w*\d)[0-9a-f]{12}\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e-?\d+)?|\{\{[\w-]+\}\}")
_OPEN = re.compile(r"\{\{[\w-]+\}\}")  # a figure that is still to be filled in


@dataclass(frozen=True, slots=True)
class Block:
    """A block of a page that shows something to run."""

    kind: str
    """`console` or `python`."""
    body: str
    """What it holds."""
    mark: str
    """The comment above it, empty where there is none."""
    line: int
    """Line of its page, from 1."""


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["kind"], found["body"], found["mark"] or "", text.count("\n", 0, found.start("body")))
        for found in _BLOCK.finditer(text)
    ]


def chosen(page: Path, *, slow: bool) -> list[Block]:
    return [each for each in blocks(page) if not each.mark or (slow and each.mark == "slow")]


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def shown(line: str) -> str:
    """A line without what may differ: numbers, hashes, and how wide the gaps are."""
    return " ".join(_NUMBER.sub("#", _HASH.sub("#", line)).split())


def found(expected: Iterable[str], printed: str) -> list[str | None]:
    """For each expected line the printed one, in order; None where there is none."""
    rest = iter(printed.splitlines())
    return [
        line if line.strip() in ("", "...") else next((p.rstrip() for p in rest if shown(p) == shown(line)), None)
        for line in expected
    ]


def missing(expected: list[str], printed: str) -> list[str]:
    return [line for line, match in zip(expected, found(expected, printed), strict=True) if match is None]


def commands(body: str) -> Iterator[tuple[str, list[str]]]:
    """(command, the lines that it should print); a command goes on where its line ends with a backslash."""
    command, expected = "", list[str]()
    for line in body.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, expected
            command, expected = line.removeprefix("$ "), []
        elif command.endswith("\\"):
            command += "\n" + line
        else:
            expected.append(line)
    if command:
        yield command, expected


def output(command: str, folder: Path) -> tuple[int, str]:
    """(exit code, standard output and error)."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "XDG_STATE_HOME": str(folder), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8")


def run_console(block: Block, folder: Path, _: dict[str, Any]) -> list[str]:
    faults = []
    for command, expected in commands(block.body):
        code, printed = output(command, folder)
        absent = missing(expected, printed)
        if code or absent:
            faults.append(f"$ {command}\nends with {code}, does not print {absent}, but:\n{printed}")
    return faults


def run_python(block: Block, _: Path, names: dict[str, Any]) -> list[str]:
    stream = StringIO()
    with redirect_stdout(stream):
        exec(compile(block.body, f"<block at line {block.line}>", "exec"), names)
    absent = missing(_PRINTED.findall(block.body), stream.getvalue())
    return [f"does not print {absent}, but:\n{stream.getvalue()}"] if absent else []


_RUN: dict[str, Callable[[Block, Path, dict[str, Any]], list[str]]] = {"console": run_console, "python": run_python}


def run_page(page: Path, folder: Path, *, slow: bool) -> None:
    found = chosen(page, slow=slow)
    names: dict[str, Any] = {"__name__": "page"}
    for block in found:
        for fault in _RUN[block.kind](block, folder, names):
            pytest.fail(f"{name(page)}:{block.line}: {fault}")


@pytest.mark.parametrize("page", [page for page in PAGES if chosen(page, slow=False)], ids=name)
def test_what_a_page_shows_works(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page, tmp_path, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if chosen(p, slow=True) != chosen(p, slow=False)], ids=name)
def test_what_takes_a_page_longer_works_too(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(page, tmp_path, slow=True)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name)
def test_every_block_is_run_or_says_why_not(page: Path) -> None:
    known = re.compile(r"|slow|not run: .+")
    assert [(b.line, b.mark) for b in blocks(page) if not known.fullmatch(b.mark)] == []
    assert [b.line for b in blocks(page) if b.kind == "console" and not b.body.startswith("$ ")] == []


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=name)
def test_commands_that_are_not_run_here_are_written_as_they_could_be(page: Path) -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in reference.split("### kiloglot ")[1:]}
    left_out = [command for block in blocks(page) if block.mark for command, _ in commands(block.body)]
    for words in [shlex.split(command) for command in left_out if command.startswith("kiloglot ")]:
        section = sections.get(" ".join(words[1:3])) or sections[words[1]]
        assert [flag for flag in words if flag.startswith("--") and f"`{flag}" not in section] == []
        assert words[1] != "run" or words[2] in shipped_recipes()


def test_no_figure_is_left_open() -> None:
    pages = [*PAGES, *(ROOT / "docs").rglob("*.svg")]
    left = {name(page): _OPEN.findall(page.read_text(encoding="utf-8")) for page in pages}
    assert {page: figures for page, figures in left.items() if figures} == {}


def test_a_line_that_is_not_printed_is_found() -> None:
    printed = "alarm_set  98.6 %  en-US\n  time  nine\n"
    assert missing(["alarm_set 12.3 % en-US", "...", "  time  nine"], printed) == []
    assert missing(["  time  nine", "alarm_set 12.3 % en-US"], printed) == ["alarm_set 12.3 % en-US"]
    assert missing(["alarm_cancel 98.6 % en-US"], printed) == ["alarm_cancel 98.6 % en-US"]


def draw_demo() -> Any:
    spec = importlib.util.spec_from_file_location("draw_demo", ROOT / "docs" / "images" / "draw_demo.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_columns_of_the_picture_stand_below_each_other_in_every_script() -> None:
    table = Table("utterance", "intent", box=None)
    for text in ("good night", "明日の朝七時に起こして", "거실 불 꺼 줘", "คืนนี้ฝนจะตกไหม"):
        table.add_row(text, "intent_of_it")
    console = Console(record=True, width=60, file=StringIO())
    console.print(table)
    svg = draw_demo().straightened(console.export_svg(unique_id="demo"))
    assert len(set(re.findall(r'x="([\d.]+)"[^>]*>intent_of_it<', svg))) == 1
    assert svg.count(">intent_of_it<") == 4


@pytest.mark.slow
def test_the_documents_build_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def refresh(page: Path, folder: Path) -> None:
    """Runs all of a page and writes into its console blocks what is printed today, where the lines are the same."""
    names, written = {"__name__": "page"}, list[tuple[str, str]]()
    for block in chosen(page, slow=True):
        if block.kind == "python":
            run_python(block, folder, names)
            continue
        body = ""
        for command, expected in commands(block.body):
            today = found(expected, output(command, folder)[1])
            body += "\n".join([f"$ {command}", *(new or old for old, new in zip(expected, today, strict=True)), ""])
        written.append((block.body, body))
    text = page.read_text(encoding="utf-8")  # Somebody may have changed other lines meanwhile.
    for before, after in written:
        text = text.replace(before, after, 1)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for each in [Path(page).resolve() for page in sys.argv[1:]] or PAGES:
        with tempfile.TemporaryDirectory() as fresh, chdir(fresh):
            refresh(each, Path(fresh))
