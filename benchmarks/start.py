"""How long it takes until the first answer."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.apart import FailedError, environment

__all__ = ["Start", "measured_start"]

_TEXT = "wake me up at half past six on friday"
_ANSWER = f"from kiloglot import NLU; NLU.load(sys.argv[1]).parse({_TEXT!r})"
_IMPORT = "import sys, time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


@dataclass(frozen=True, slots=True)
class Start:
    """Medians of some starts in seconds, files in the system's cache."""

    interpreter: float
    """A Python that does nothing, in seconds."""
    imports: float
    """`import kiloglot`, in seconds."""
    imports_runtime: float
    """`from kiloglot import NLU`, with numpy, in seconds."""
    first_answer: float
    """From the start of the process to its end after one parse, in seconds."""
    command: float
    """`kiloglot parse` of one utterance, in seconds."""


def measured_start(model: str, times: int = 7) -> Start:
    """Starts processes that load `model`, `times` times each after one that warms the caches."""
    run = "import sys; " + _ANSWER
    command = f"import sys; from kiloglot.cli import main; sys.argv = ['kiloglot', 'parse', {_TEXT!r}, '--model', "
    return Start(
        interpreter=_wall("pass", [], times),
        imports=_printed(_IMPORT.format("import kiloglot"), [], times),
        imports_runtime=_printed(_IMPORT.format("from kiloglot import NLU"), [], times),
        first_answer=_wall(run, [model], times),
        command=_wall(command + "sys.argv[1]]; main()", [model], times),
    )


def _wall(program: str, arguments: Sequence[str], times: int) -> float:
    """Median seconds from the start of the process to its end."""
    seconds = []
    for _ in range(times + 1):
        began = time.perf_counter()
        _run(program, arguments)
        seconds.append(time.perf_counter() - began)
    return median(seconds[1:])


def _printed(program: str, arguments: Sequence[str], times: int) -> float:
    """Median of the numbers that the process prints."""
    return median([float(_run(program, arguments)) for _ in range(times + 1)][1:])


def _run(program: str, arguments: Sequence[str]) -> str:
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailedError(f"a start failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    return done.stdout
