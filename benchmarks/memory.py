"""What memory our model needs: after loading, after many parses, and in processes that share its tables."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.apart import FailedError, environment
from benchmarks.timing import peak_memory, resident_memory

__all__ = ["PARSES", "TOGETHER", "Memory", "after_parses", "shared"]

PARSES = 10_000
"""Parses after which memory is read again."""
TOGETHER = 10
"""Processes that share the tables."""
_READY = """
import sys
from kiloglot import NLU
nlu = NLU.load(sys.argv[1])
nlu.parse("wake me up at half past six on friday")
print("ready", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes in memory."""

    loaded: int
    """Resident size of a process that has loaded the model and parsed once."""
    after: int
    """The same after `PARSES` utterances, no two of them alike by design as far as there are so many."""
    peak: int
    """Largest resident size until then."""
    one: int | None
    """Proportional size (PSS) of one process that has loaded the model and parsed once; None where it is not told."""
    each: int | None
    """The same of each of `TOGETHER` processes that have: what they share is divided among them."""


def after_parses(argument: dict[str, Any]) -> dict[str, int]:
    """Resident bytes before and after many parses. Runs in a process of its own."""
    import json

    from kiloglot.runtime import NLU

    nlu = NLU.load(argument["model"])
    texts: list[str] = json.loads((Path(argument["corpus"]) / "all.json").read_text(encoding="utf-8"))
    nlu.parse(texts[0])
    loaded = resident_memory()
    for text in itertools.islice(itertools.cycle(texts), argument.get("parses", PARSES)):
        nlu.parse(text)
    return {"loaded": loaded, "after": resident_memory(), "peak": peak_memory()}


def shared(model: str, processes: int) -> int | None:
    """Proportional bytes (PSS) of each of so many processes that have loaded `model`, on average.

    None where the system does not tell. Other processes that run the same Python or model take their share too.
    """
    command = [sys.executable, "-c", _READY, model]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment(), text=True) for _ in range(processes)
    ]
    try:
        for process in running:
            if process.stdout is None or process.stdout.readline() != "ready\n":
                raise FailedError(f"one of {processes} processes did not load {model}")
        sizes = [_proportional(process.pid) for process in running]
    finally:
        for process in running:
            process.communicate()
    known = [size for size in sizes if size is not None]
    return sum(known) // processes if len(known) == processes else None


def _proportional(pid: int) -> int | None:
    told = Path(f"/proc/{pid}/smaps_rollup")
    if not os.access(told, os.R_OK):
        return None
    (line,) = (line for line in told.read_text().splitlines() if line.startswith("Pss:"))
    return 1024 * int(line.split()[1])
