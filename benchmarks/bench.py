"""What our model costs, beside other systems: latency, throughput, start, memory and size. `make bench`."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Collection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.apart import FailedError, apart
from benchmarks.archive import unpacked
from benchmarks.corpus import make_corpus
from benchmarks.machine import this_machine
from benchmarks.memory import TOGETHER, Memory, shared
from benchmarks.picture import picture
from benchmarks.readme import rows
from benchmarks.results import LeftOut, Length, Outcome, Results, Sizes, Throughput
from benchmarks.sizes import folder_bytes, installed, missing, wheel_bytes
from benchmarks.start import measured_start
from benchmarks.systems import MODULES, keys, system_of
from benchmarks.tables import text
from benchmarks.timing import Latency
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import FAILED_CHECK, ending
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU, Manifest
from kiloglot.stages.record import named_folder, refuse_foreign

__all__ = ["main", "measured"]

_FILES = ("bench.json", "bench.png")
_STARTS = 3  # whole processes of each system, of which the median counts


def measured(
    out: Path,
    *,
    data: Path | None = None,
    model: str = DEFAULT_MODEL,
    modules: Collection[str] = MODULES,
    seconds: float = 5.0,
    progress: Progress = SILENT,
) -> Results:
    """Measures `model` and the systems of `modules`, and writes bench.json and bench.png into `out`.

    The others learn from a sample of `data`, of the starter assistant without it. Every latency is taken for about
    `seconds`. What an earlier run wrote is replaced at the end. Raises the errors of `load` and `NLU.load`.
    """
    refuse_foreign(out, _FILES)
    manifest = NLU.load(model).manifest
    model = str(Path(model).resolve()) if Path(model).is_dir() else model
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        work = Path(scratch).resolve()
        results = _results(work, data, model, manifest, modules, seconds, progress)
        _write(results, work / "report", out)
    return results


def _results(
    work: Path,
    data: Path | None,
    model: str,
    manifest: Manifest,
    modules: Collection[str],
    seconds: float,
    progress: Progress,
) -> Results:
    """Everything, one after another; `work` is a folder for what only the run needs."""
    began = time.monotonic()
    machine = this_machine(["numpy", *(name for key in keys() for name in system_of(key).packages)])
    with progress.task("Drawing the sample"):
        corpus = make_corpus(data, work / "corpus")
    asked = {"model": model, "corpus": str(corpus.folder), "seconds": seconds}
    found = [_outcome(key, work, asked, progress) for key in keys() if key.partition(":")[0] in modules]
    with progress.task("Batches, lengths and parts"):
        throughput, lengths, parts = _own_costs({**asked, "seconds": seconds / 4})
    with progress.task("Starts, memory and sizes"):
        start = measured_start(model)
        memory = Memory(
            **apart("benchmarks.memory:after_parses", asked), one=shared(model, 1), each=shared(model, TOGETHER)
        )
        sizes = Sizes(sum(file.size for file in manifest.files), wheel_bytes(), installed(["kiloglot"]))
    return Results(
        machine=machine,
        model=manifest.label,
        corpus=corpus.name,
        locales=len(corpus.locales),
        systems=tuple(each for each in found if isinstance(each, Outcome)),
        left_out=tuple(each for each in found if isinstance(each, LeftOut)),
        throughput=throughput,
        lengths=lengths,
        parts=parts,
        start=start,
        memory=memory,
        sizes=sizes,
        seconds=time.monotonic() - began,
    )


def _outcome(key: str, work: Path, asked: dict[str, Any], progress: Progress) -> Outcome | LeftOut:
    """Makes and asks one system; a failure is told, and stops no other one."""
    system, own = system_of(key), work / key.replace(":", "-")
    absent = missing(system.packages)
    if absent:
        return LeftOut(system.name, f"not installed: {', '.join(absent)}", failed=False)
    own.mkdir()
    argument = {**asked, "key": key, "folder": str(own / "model"), "questions": str(own / "questions.json")}
    with progress.task(f"Measuring {system.name}"):
        try:
            made = apart("benchmarks.serving:made", argument)
            served = apart("benchmarks.serving:served", argument)
            starts = [_seconds("benchmarks.serving:answered", argument) for _ in range(_STARTS)]
        except FailedError as fault:
            return LeftOut(system.name, str(fault), failed=True)
    outcome = Outcome(
        name=system.name,
        scope=system.scope,
        make_seconds=made["seconds"],
        start_seconds=median(starts),
        learned=made["learned"],
        model_bytes=folder_bytes(own / "model"),
        installed_bytes=sum(installed(system.packages).values()),
        note=system.note,
        **{**served, "latency": Latency(**served["latency"])},
    )
    shutil.rmtree(own)
    return outcome


def _seconds(function: str, argument: dict[str, Any]) -> float:
    began = time.perf_counter()
    apart(function, argument)
    return time.perf_counter() - began


def _own_costs(asked: dict[str, Any]) -> tuple[tuple[Throughput, ...], tuple[Length, ...], dict[str, float]]:
    batches, lengths, parts = (
        apart(f"benchmarks.own_costs:{name}", asked) for name in ("throughput", "lengths", "parts")
    )
    return tuple(Throughput(**each) for each in batches), tuple(Length(**each) for each in lengths), parts


def _write(results: Results, fresh: Path, out: Path) -> None:
    fresh.mkdir()
    (fresh / "bench.json").write_text(results.to_json(), encoding="utf-8")
    (fresh / "bench.png").write_bytes(picture(results))
    named_folder(fresh, out)


def main() -> int:
    """Reads the flags, measures, prints; fails where a system that is installed did."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--data", type=Path, help="MASSIVE 1.1, its archive or folder; default: the starter assistant")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="bundled model by name, or a model's folder")
    parser.add_argument("--out", type=Path, default=Path("work/bench"), help="folder for bench.json and bench.png")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each latency is measured")
    parser.add_argument("--only", nargs="+", choices=MODULES, default=MODULES, help="measure only these systems")
    asked = parser.parse_args()
    results = measured(
        asked.out,
        data=unpacked(asked.data, asked.out.parent) if asked.data else None,
        model=asked.model,
        modules=asked.only,
        seconds=asked.seconds,
        progress=reporter(quiet=False),
    )
    parts = (
        text(results),
        "\n".join(rows(results)),
        f"measured in {results.seconds:.0f} s: {asked.out}/bench.json, bench.png",
    )
    sys.stdout.write("\n\n".join(parts) + "\n")
    return FAILED_CHECK if any(each.failed for each in results.left_out) else 0


if __name__ == "__main__":
    sys.exit(ending(main))
