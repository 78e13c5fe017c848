"""Where the time of one parse goes, in microseconds on one core: `python -m benchmarks.parse_time --model MODEL`.

All parts are measured many times, in turn, and the least time of each counts: what is slower was disturbed. With
KILOGLOT_KERNEL=off in the environment NumPy and onnxruntime are measured in place of the compiled kernel.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import perf_counter

import numpy as np

from kiloglot.cli.faults import ending
from kiloglot.errors import ConfigError
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.runtime.kernel import SWITCH
from kiloglot.runtime.reading import Read, inputs

__all__ = ["main", "parse_time"]

TEXT = "wake me up at seven thirty tomorrow morning with some jazz please"


def parse_time(nlu: NLU, text: str = TEXT, repeats: int = 3000) -> dict[str, float]:
    """Microseconds of each part of `nlu.parse(text)`; the last part is what no other has of the whole."""
    r = nlu.read(text)
    within = _in_c(nlu, r) if nlu.compiled else _in_numpy(nlu, r)
    parts: dict[str, Callable[[], object]] = {"normalise, segment": lambda: nlu.read(text), **within}
    parts["whole"] = lambda: nlu.parse(text)
    least = dict.fromkeys(parts, np.inf)
    for _ in range(repeats):
        for name, part in parts.items():
            before = perf_counter()
            part()
            least[name] = min(least[name], perf_counter() - before)
    found = {name: time * 1e6 for name, time in least.items()}
    if nlu.compiled:
        found["network, path"] -= found["tables"]
    whole = found.pop("whole")
    return {**found, "Python around them" if nlu.compiled else "rest": whole - sum(found.values()), "whole": whole}


def _in_c(nlu: NLU, r: Read) -> dict[str, Callable[[], object]]:
    """The call of the kernel, and of it the tables alone."""
    compiled, kernel = nlu.compiled, nlu.kernel
    assert compiled
    assert kernel
    call = compiled.given([r], 0, 3)
    tables = kernel.given([r.units])
    return {"tables": lambda: kernel.run(tables), "network, path": lambda: compiled.run(call)}


def _in_numpy(nlu: NLU, r: Read) -> dict[str, Callable[[], object]]:
    """The steps of a parse."""
    given, told = inputs(nlu.artifact, [r]), np.zeros(1, np.int64)
    return {
        "tables": lambda: inputs(nlu.artifact, [r]),
        "network": lambda: nlu.network.run(given, told),
    }


def main(arguments: list[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a bundled model, or a model's folder")
    parser.add_argument("--text", default=TEXT, help="the utterance")
    parser.add_argument("--repeats", type=int, default=3000, help="measurements of each part")
    asked = parser.parse_args(arguments)
    if asked.repeats < 1:
        raise ConfigError(f"{asked.repeats} repeats", remedy="Measure at least once")
    nlu = NLU.load(asked.model)
    by = "the kernel" if nlu.compiled else f"NumPy and onnxruntime: {SWITCH} is off, or the kernel was not built"
    lines = [f"{nlu.manifest.label}: {asked.text!r}, {len(nlu.read(asked.text).units)} units, by {by}"]
    lines += [f"{part:20}{time:8.0f} us" for part, time in parse_time(nlu, asked.text, asked.repeats).items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(ending(main))
