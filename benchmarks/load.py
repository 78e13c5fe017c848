"""What the servers bear: requests a second and latency, beside the bare parse: `make bench-serve`, `make bench`."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.apart import apart
from benchmarks.clients import WAYS, expected
from benchmarks.machine import Machine, this_machine
from benchmarks.picture import INK, OTHERS, OURS, plain
from benchmarks.server import Server, serving
from benchmarks.timing import quantile
from kiloglot.assistant import answers
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import FAILED_CHECK, ending
from kiloglot.data import load, starter_path
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.scoring.table import plain_table
from kiloglot.stages.record import named_folder, refuse_foreign

__all__ = ["CLIENTS", "Load", "Loads", "bare", "loaded", "main", "spoken", "text"]

CLIENTS = (1, 8, 64)
"""How many clients ask at the same time."""
_FILES = ("bench-serve.json", "bench-serve.png")
_PACKAGES = ("fastapi", "h11", "kiloglot", "numpy", "onnxruntime", "pydantic", "uvicorn", "wyoming")


@dataclass(frozen=True, slots=True)
class Load:
    """Clients of one kind that asked as fast as they were answered."""

    way: str
    """Protocol and use of connections; `parse` for the bare model in one thread."""
    clients: int
    """How many asked at the same time."""
    per_second: float
    """Requests a second."""
    p50: float
    """Milliseconds from asking to the whole answer: the median."""
    p99: float
    """What 99 of 100 stay within."""
    requests: int
    """How many were answered."""
    faults: int
    """Requests that were lost or answered otherwise than by the bare model."""
    client_share: float
    """Share of the processor time that the clients used, in [0, 1]."""
    cores: float
    """Cores that server and clients used together, on average."""


@dataclass(frozen=True, slots=True)
class Loads:
    """One run."""

    machine: Machine
    """Where."""
    model: str
    """Name and version of the model."""
    texts: int
    """Different utterances that were asked in turn: those of the starter assistant, of all its locales."""
    loads: tuple[Load, ...]
    """The bare parse first."""
    seconds: float
    """Time of the whole run."""

    def to_json(self) -> str:
        """All figures as indented JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


def spoken(most: int = 1000) -> list[str]:
    """What is asked: utterances of the starter assistant, its locales mixed, always the same."""
    texts = sorted({utterance.text for utterance in load(starter_path()).utterances})
    return texts[:: max(1, len(texts) // most)][:most]


def loaded(
    out: Path,
    *,
    model: str = DEFAULT_MODEL,
    seconds: float = 5.0,
    counts: Sequence[int] = CLIENTS,
    progress: Progress = SILENT,
) -> Loads:
    """Measures each way with each of `counts` clients for `seconds`; writes bench-serve.json and .png into `out`.

    Raises FailedError where the server does not start or stop.
    """
    refuse_foreign(out, _FILES)
    began, machine = time.monotonic(), this_machine(_PACKAGES)
    with progress.task("The bare parse"):
        base = apart("benchmarks.load:bare", {"model": model, "texts": spoken(), "seconds": seconds})
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        loads = [_load("parse", 1, {**base, "faults": []}, 0.0)]
        with (
            serving(model, Path(os.devnull)) as server,
            progress.task("Under load", len(WAYS) * len(counts), "loads") as task,
        ):
            for way in range(len(WAYS)):
                for count in counts:
                    loads.append(_measured(server, way, count, base["expected"], seconds))
                    task.advance(1, f"{WAYS[way].name}, {count} clients")
            server.stop()
        found = Loads(machine, base["label"], len(base["expected"]), tuple(loads), time.monotonic() - began)
        fresh = Path(scratch) / "report"
        fresh.mkdir()
        (fresh / "bench-serve.json").write_text(found.to_json(), encoding="utf-8")
        (fresh / "bench-serve.png").write_bytes(_picture(found))
        named_folder(fresh, out)
    return found


def bare(argument: dict[str, Any]) -> dict[str, Any]:
    """The model without a server, in a process of its own: its latencies, and what it says of every text that is one
    command; several are answered one by one over Wyoming.
    """
    nlu = NLU.load(argument["model"])
    texts = [answer.whole.parse.text for answer in answers(nlu, argument["texts"]) if len(answer.commands) == 1]
    said = [(text, expected(nlu.parse(text))) for text in texts]
    times: list[float] = []
    began, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < argument["seconds"]:
        for each in texts[len(times) % len(texts) :][:100]:
            start = time.perf_counter()
            nlu.parse(each, top_k=10)  # As many intents as the servers list.
            times.append(1000 * (time.perf_counter() - start))
    return {
        "label": nlu.manifest.label,
        "expected": [(each, told.intent, told.slots) for each, told in said],
        "times": times,
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - used,
    }


def _measured(server: Server, way: int, count: int, wanted: Any, seconds: float) -> Load:
    address = server.http if WAYS[way].http else server.wyoming
    asked = {"way": way, "address": address, "count": count, "expected": wanted}
    apart("benchmarks.clients:clients", {**asked, "seconds": seconds / 5})  # The first answers are slower.
    before = server.cpu_seconds()
    found = apart("benchmarks.clients:clients", {**asked, "seconds": seconds})
    return _load(WAYS[way].name, count, found, server.cpu_seconds() - before)


def _load(way: str, clients: int, found: dict[str, Any], server_seconds: float) -> Load:
    times = sorted(found["times"]) or [float("nan")]
    used = found["cpu_seconds"] + server_seconds
    return Load(
        way=way,
        clients=clients,
        per_second=len(found["times"]) / found["seconds"],
        p50=quantile(times, 0.5),
        p99=quantile(times, 0.99),
        requests=len(found["times"]),
        faults=len(found["faults"]),
        client_share=found["cpu_seconds"] / used if server_seconds else 0.0,
        cores=used / found["seconds"],
    )


def text(loads: Loads) -> str:
    """The figures for a terminal."""
    machine = loads.machine
    head = f"{loads.model}, {loads.texts:,} utterances in turn. {machine.processor}, {machine.cores} cores"
    busy = f"Other work was running ({machine.load:.1f} processes on average): take ratios, not times"
    header = ("asked by", "clients", "requests/s", "p50 ms", "p99 ms", "requests", "faults", "client's CPU", "cores")
    rows = [
        [
            each.way,
            f"{each.clients}",
            f"{each.per_second:,.0f}",
            f"{each.p50:.2f}",
            f"{each.p99:.2f}",
            f"{each.requests:,}",
            f"{each.faults}",
            f"{100 * each.client_share:.0f} %",
            f"{each.cores:.2f}",
        ]
        for each in loads.loads
    ]
    return "\n".join([head, *([busy] if machine.busy else []), "", plain_table(header, rows)])


def _picture(loads: Loads) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4), layout="constrained")
    rates, latencies = figure.subplots(1, 2)
    styles = {way.name: (OURS if way.http else OTHERS, "o-" if way.kept else "o--") for way in WAYS}
    for name, (colour, style) in styles.items():
        own = [each for each in loads.loads if each.way == name]
        counts = [each.clients for each in own]
        rates.plot(counts, [each.per_second for each in own], style, color=colour, label=name)
        latencies.plot(counts, [each.p50 for each in own], style, color=colour)
        latencies.plot(counts, [each.p99 for each in own], style, color=colour, alpha=0.35)
    base = loads.loads[0]
    rates.axhline(base.per_second, color=INK, linewidth=0.8, label="the bare parse, one thread")
    for axes, title in ((rates, "requests a second"), (latencies, "ms: median, and pale the 99th percentile")):
        axes.set_xscale("log", base=2)
        axes.set_xticks([each.clients for each in loads.loads], [str(each.clients) for each in loads.loads])
        axes.set_xlabel("clients", fontsize=8)
        plain(axes, title)
    latencies.set_yscale("log")
    rates.set_ylim(bottom=0)
    rates.legend(frameon=False, fontsize=8)
    figure.suptitle(f"{loads.model} served on {loads.machine.processor}", fontsize=11, color=INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def main() -> int:
    """Reads the flags, measures, prints; fails where a request was lost or answered wrongly."""
    parser = argparse.ArgumentParser(prog="make bench-serve", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="bundled model by name, or a model's folder")
    parser.add_argument("--out", type=Path, default=Path("work/bench-serve"), help="folder for the figures")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load lasts")
    asked = parser.parse_args()
    found = loaded(asked.out, model=asked.model, seconds=asked.seconds, progress=reporter(quiet=False))
    sys.stdout.write(f"{text(found)}\n\nmeasured in {found.seconds:.0f} s: {asked.out}/bench-serve.json, .png\n")
    return FAILED_CHECK if any(each.faults for each in found.loads) else 0


if __name__ == "__main__":
    sys.exit(ending(main))
