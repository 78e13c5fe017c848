"""Calls a function in a process of its own, with one thread: memory, caches and thread pools are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiloglot.errors import KiloglotError

__all__ = ["FailedError", "apart", "environment"]

_ROOT = Path(__file__).resolve().parents[1]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_LIMIT = 900.0  # seconds that one measurement may take


class FailedError(KiloglotError):
    """A measurement ended without an answer."""


def apart(function: str, argument: Any, limit: float = _LIMIT) -> Any:
    """What `function` ("module:name") makes of `argument`; both are values of JSON.

    Raises FailedError with the last line that the process wrote where it fails or takes more than `limit` seconds.
    """
    with TemporaryDirectory() as scratch:
        answer = Path(scratch) / "answer.json"
        command = [sys.executable, "-m", "benchmarks.apart", function, str(answer)]
        try:
            done = subprocess.run(
                command, input=json.dumps(argument), cwd=_ROOT, env=environment(),
                capture_output=True, text=True, timeout=limit, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise FailedError(f"{function} took more than {limit:.0f} s") from None
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise FailedError(f"{function}: {last}")
        return json.loads(answer.read_text(encoding="utf-8"))


def environment() -> dict[str, str]:
    """The environment of a measured process: this one's, with one thread, and able to import what this one can."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**os.environ, **dict.fromkeys(_THREADS, "1"), "PYTHONPATH": paths}


def _answer(function: str, answer: Path) -> None:
    module, _, name = function.partition(":")
    made = getattr(import_module(module), name)(json.load(sys.stdin))
    answer.write_text(json.dumps(made), encoding="utf-8")


if __name__ == "__main__":
    _answer(sys.argv[1], Path(sys.argv[2]))
