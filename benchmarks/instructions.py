"""What a parse costs in instructions and in bytes from memory, counted by valgrind, and what that means on a Raspberry
Pi: `python -m benchmarks.instructions`. Minutes; needs valgrind.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apart import FailedError, environment
from benchmarks.corpus import pieces
from kiloglot.cli.faults import ending
from kiloglot.data import load, starter_path
from kiloglot.errors import ConfigError
from kiloglot.runtime import DEFAULT_MODEL
from kiloglot.scoring.table import plain_table

__all__ = ["BOARDS", "Board", "Counts", "counted", "main", "profile", "text"]

_UNITS = 12
_LINE = 64  # bytes that come from memory at a time
# The caches of a Raspberry Pi 4, the smaller of the two: 48 and 32 KiB a core (Cortex-A72), 1 MiB together (BCM2711).
_CACHES = ("--I1=49152,3,64", "--D1=32768,2,64", "--LL=1048576,16,64")
_PROGRAM = """
import json, sys
from kiloglot import NLU
nlu = NLU.load(sys.argv[1])
nlu.parse("Größe")  # What is made once, for text beyond ASCII too.
for text in json.load(open(sys.argv[2]))[:int(sys.argv[3])]:
    nlu.parse(text)
"""
# Part of the path of an object file -> whose code it holds; the first that fits.
_FAMILIES = {
    "/kiloglot/runtime/kernel": "the kernel",
    "/onnxruntime/": "onnxruntime",
    "/numpy": "numpy",
    "python": "Python",
    "libcrypto": "hashes of files",
}


@dataclass(frozen=True, slots=True)
class Board:
    """A machine that instructions are divided by."""

    name: str
    """What it is sold as."""
    core: str
    """Its processor."""
    clock: float
    """Cycles a second."""
    source: str
    """Where the clock is told."""


BOARDS = (
    Board(
        "Raspberry Pi 4", "Cortex-A72", 1.5e9, "https://datasheets.raspberrypi.com/rpi4/raspberry-pi-4-datasheet.pdf"
    ),
    Board(
        "Raspberry Pi 5",
        "Cortex-A76",
        2.4e9,
        "https://datasheets.raspberrypi.com/rpi5/raspberry-pi-5-product-brief.pdf",
    ),
)
"""Boards that assistants run on."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What some work costs."""

    instructions: float
    """Instructions."""
    read: float
    """Data reads, whatever their width."""
    missed: float
    """Of reads and writes, those that the caches of a Raspberry Pi 4 do not answer: so many times 64 bytes."""
    where: dict[str, float]
    """Instructions by who runs them, most first."""

    @property
    def bytes(self) -> float:
        """Bytes that come from memory."""
        return _LINE * self.missed


def counted(model: str, parses: int) -> tuple[Counts, Counts]:
    """One parse, and a whole process that loads `model` and ends, both counted.

    Two processes parse `parses` and twice as many different texts of twelve units in all locales of the starter
    assistant; their difference is what so many parses cost. Raises FailedError without valgrind.
    """
    utterances = sorted(load(starter_path()).only("train"), key=lambda u: (u.id, u.locale))
    texts = pieces([u.text for u in utterances], _UNITS)
    if len(texts) < 2 * parses:
        raise ConfigError(f"{parses} parses", remedy=f"There are {len(texts)} texts: ask for half as many at most")
    with TemporaryDirectory() as scratch:
        asked = Path(scratch) / "texts.json"
        asked.write_text(json.dumps(texts), encoding="utf-8")
        few, many = (_run(model, asked, number, Path(scratch) / f"{number}.out") for number in (parses, 2 * parses))
    one = _scaled(many, few, -1.0, 1 / parses)
    return one, _scaled(few, one, -parses, 1.0)


def _run(model: str, texts: Path, parses: int, out: Path) -> Counts:
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise FailedError("valgrind is not installed", remedy="Install it: apt install valgrind")
    tool = [valgrind, "--quiet", "--tool=callgrind", "--cache-sim=yes", *_CACHES, f"--callgrind-out-file={out}"]
    command = [*tool, sys.executable, "-c", _PROGRAM, model, str(texts), str(parses)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"valgrind: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    with out.open(encoding="utf-8", errors="replace") as lines:
        return profile(lines)


def profile(lines: Iterable[str]) -> Counts:
    """The counts of a file of callgrind ("Callgrind Format Specification" of its manual).

    What a call costs stands at the caller as well, and is left out.
    """
    events: list[str] = []
    names: dict[str, str] = {}
    own: dict[str, Counter[str]] = {}
    family, called = "", False
    for line in lines:
        if line.startswith("events:"):
            events = line.split()[1:]
        elif named := re.match(r"(c?ob)=\((\d+)\)(?: (.*))?", line):
            kind, number, name = named.groups()
            names.setdefault(number, name or "")
            family = _family(names[number]) if kind == "ob" else family
        elif line.startswith("calls="):
            called = True
        elif line[:1].isdigit() or line[:1] in "+-*":
            if not called:
                costs = map(int, line.split()[1:])
                own.setdefault(family, Counter()).update(dict(zip(events, costs, strict=False)))
            called = False
    total = sum(own.values(), Counter())
    where = {name: float(costs["Ir"]) for name, costs in own.items()}
    return Counts(total["Ir"], total["Dr"], total["DLmr"] + total["DLmw"], _most_first(where))


def _family(path: str) -> str:
    """Whose code an object file holds."""
    return next((family for part, family in _FAMILIES.items() if part in path), "the rest")


def _scaled(these: Counts, those: Counts, times: float, factor: float) -> Counts:
    """(`these` + `times` `those`) times `factor`."""
    where = {name: factor * (count + times * those.where.get(name, 0.0)) for name, count in these.where.items()}
    pairs = ((getattr(these, name), getattr(those, name)) for name in ("instructions", "read", "missed"))
    instructions, read, missed = (factor * (this + times * that) for this, that in pairs)
    return Counts(instructions, read, missed, _most_first(where))


def _most_first(where: dict[str, float]) -> dict[str, float]:
    return dict(sorted(where.items(), key=lambda each: -each[1]))


def text(one: Counts, start: Counts) -> str:
    """The counts, and what they come to on the boards."""
    header = ("board", "core", "GHz", "a parse, ms", "at 2 a cycle", "a start, s", "at 2 a cycle")
    rows = [[b.name, b.core, f"{b.clock / 1e9:.1f}", *_times(one, b, 1e3), *_times(start, b, 1)] for b in BOARDS]
    lines = [
        f"one parse of {_UNITS} units, million instructions: {_shares(one)}",
        f"  {one.read / 1e6:.2f} million reads of data; {one.bytes / 1e3:.0f} kB come from memory, not from a cache",
        f"a process that loads the model and ends, million instructions: {_shares(start)}",
        plain_table(header, rows),
    ]
    return "\n".join([*lines, *(f"{board.name}: {board.source}" for board in BOARDS)])


def _shares(counts: Counts) -> str:
    shares = ", ".join(f"{name} {count / 1e6:,.2f}" for name, count in counts.where.items())
    return f"{counts.instructions / 1e6:,.2f} ({shares})"


def _times(counts: Counts, board: Board, unit: float) -> list[str]:
    """At one instruction a cycle, and at two."""
    once = unit * counts.instructions / board.clock
    return [f"{once:.2f}", f"{once / 2:.2f}"]


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a bundled model, or a model's folder")
    parser.add_argument("--parses", type=int, default=25, help="texts that the shorter of two processes parses")
    asked = parser.parse_args()
    if asked.parses < 1:
        raise ConfigError(f"{asked.parses} parses", remedy="Count at least one")
    sys.stdout.write(text(*counted(asked.model, asked.parses)) + "\n")


if __name__ == "__main__":
    sys.exit(ending(main))
