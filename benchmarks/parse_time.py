"""Where the time of one parse goes, in microseconds on one core: `python -m benchmarks.parse_time --model MODEL`.

All parts are measured many times, in turn, and the least time of each counts: what is slower was disturbed. With
KILOGLOT_KERNEL=off in the environment NumPy and onnxruntime are measured in place of the compiled kernel.
"""

from __future__ import annotations

import argparse
import sys
from time import perf_counter

import numpy as np

from kiloglot.cli.faults import ending
from kiloglot.errors import ConfigError
from kiloglot.runtime import DEFAULT_MODEL, NLU, Chain, Network
from kiloglot.runtime.decode import certainty, likeliest, probabilities, slots
from kiloglot.runtime.kernel import SWITCH, Kernel
from kiloglot.runtime.nlu import network_of
from kiloglot.runtime.reading import inputs, read

__all__ = ["main", "parse_time"]

TEXT = "wake me up at seven thirty tomorrow morning with some jazz please"
PARTS = ("normalise, segment", "tables", "network", "decode", "whole")


def parse_time(nlu: NLU, text: str = TEXT, repeats: int = 3000) -> dict[str, float]:
    """Microseconds of each part of `nlu.parse(text)`; "rest" is what no other part has of the whole."""
    network, artifact, calibration = network_of(nlu.artifact.network), nlu.artifact, nlu.manifest.calibration
    types, chain = nlu.manifest.ontology.slot_types, Chain.of(np.array(artifact.transitions))
    kernel = Kernel.of(artifact)
    given = inputs(artifact, [read(text)], kernel)
    least = np.full(len(PARTS), np.inf)
    for _ in range(repeats):
        times = [perf_counter()]
        r = read(text)
        times.append(perf_counter())
        inputs(artifact, [r], kernel)
        times.append(perf_counter())
        scores = network.run(given, np.zeros(1, np.int64))
        times.append(perf_counter())
        probabilities(scores.intent, calibration.temperature)
        if kernel:
            path, certain = kernel.likeliest(scores.slot)
        else:
            path = likeliest(scores.slot, chain)
            certain = certainty(path, scores.slot, chain)
        slots(r.units, path, certain, scores.begins, types)
        times.append(perf_counter())
        nlu.parse(text)
        times.append(perf_counter())
        least = np.minimum(least, np.diff(times))
    *parts, whole = (least * 1e6).tolist()
    return {**dict(zip(PARTS, parts, strict=False)), "rest": whole - sum(parts), "whole": whole}


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
    by = "the kernel" if Kernel.of(nlu.artifact) else f"NumPy: {SWITCH} is off, or the kernel was not built"
    by += ", the network by " + ("the kernel" if Network.of(nlu.artifact.network) else "onnxruntime")
    lines = [f"{nlu.manifest.label}: {asked.text!r}, {len(read(asked.text).units)} units, by {by}"]
    lines += [f"{part:20}{time:8.0f} us" for part, time in parse_time(nlu, asked.text, asked.repeats).items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(ending(main))
