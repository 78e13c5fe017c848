"""A day of a server in an hour: a steady rate over every protocol, each answer compared. `make soak-serve`."""

from __future__ import annotations

import argparse
import asyncio
import io
import itertools
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.clients import WAYS, Client, Told, expected
from benchmarks.load import spoken
from benchmarks.machine import Machine, this_machine
from benchmarks.picture import INK, OURS, plain
from benchmarks.server import Server, serving
from benchmarks.timing import quantile
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import FAILED_CHECK, ending
from kiloglot.errors import ConfigError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.stages.record import named_folder, refuse_foreign

__all__ = ["Soak", "grown", "main", "soaked", "text"]

_FILES = ("soak-serve.json", "soak-serve.png", "log.jsonl")
_WARMING = 0.2  # share of the time in which memory may still grow: arenas reach their size
_TOLERANCE = 2 << 20  # bytes that the median of the last quarter may lie above that of the first after warming
_SHOWN = 20  # faults that are kept in words


@dataclass(frozen=True, slots=True)
class Soak:
    """One run."""

    machine: Machine
    """Where."""
    model: str
    """Name and version of the model."""
    rate: float
    """Requests a second that were asked for."""
    seconds: float
    """How long it lasted."""
    asked: int
    """Requests that were sent."""
    lost: int
    """Those without an answer."""
    wrong: int
    """Those answered otherwise than by the bare model."""
    faults: tuple[str, ...]
    """The first of the lost and wrong ones in words."""
    p50: float
    """Median milliseconds from asking to the whole answer."""
    p99: float
    """What 99 of 100 stay within."""
    memory: tuple[tuple[float, int], ...]
    """(seconds since the start, resident bytes of the server)."""
    grown: int
    """Bytes by which memory grew after warming: between the medians of the first and the last quarter."""
    errors: int
    """Faults in the server's log."""

    @property
    def ok(self) -> bool:
        """Whether nothing was lost or wrong and memory stayed flat."""
        return not (self.lost or self.wrong or self.errors) and self.grown <= _TOLERANCE

    def to_json(self) -> str:
        """All figures as indented JSON."""
        return json.dumps({**asdict(self), "ok": self.ok}, ensure_ascii=False, indent=1) + "\n"


class _Tally:
    """What has come so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.asked = 0
        self.lost = 0
        self.wrong = 0
        self.faults: list[str] = []
        self.times: list[float] = []
        self.memory: list[tuple[float, int]] = []

    def note(self, fault: str) -> None:
        if len(self.faults) < _SHOWN:
            self.faults.append(fault)


def soaked(
    out: Path,
    *,
    model: str = DEFAULT_MODEL,
    seconds: float = 3600.0,
    rate: float = 50.0,
    progress: Progress = SILENT,
) -> Soak:
    """Asks a server `rate` times a second for `seconds`; writes soak-serve.json, .png and its log into `out`.

    The ways to ask take turns. Raises FailedError where the server does not start, or does not stop well.
    """
    if seconds <= 0 or rate <= 0:
        raise ConfigError(f"{seconds:g} seconds at a rate of {rate:g}", remedy="Name numbers above 0")
    refuse_foreign(out, _FILES)
    nlu, texts, machine = NLU.load(model), spoken(), this_machine(("kiloglot", "fastapi", "uvicorn", "wyoming"))
    wanted = {each: expected(nlu.parse(each)) for each in texts}
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        fresh = Path(scratch) / "report"
        fresh.mkdir()
        with serving(model, fresh / "log.jsonl") as server:
            tally = asyncio.run(_asked(server, wanted, seconds, rate, progress))
            server.stop()
        lines = (fresh / "log.jsonl").read_text(encoding="ascii").splitlines()
        errors = sum(json.loads(line).get("level") in ("error", "critical") for line in lines)
        times = sorted(tally.times) or [float("nan")]
        soak = Soak(
            machine=machine,
            model=nlu.manifest.label,
            rate=rate,
            seconds=tally.seconds,
            asked=tally.asked,
            lost=tally.lost,
            wrong=tally.wrong,
            faults=tuple(tally.faults),
            p50=quantile(times, 0.5),
            p99=quantile(times, 0.99),
            memory=tuple(tally.memory),
            grown=grown([size for _, size in tally.memory]),
            errors=errors,
        )
        (fresh / "soak-serve.json").write_text(soak.to_json(), encoding="utf-8")
        (fresh / "soak-serve.png").write_bytes(_picture(soak))
        named_folder(fresh, out)
    return soak


def grown(sizes: Sequence[int]) -> int:
    """Bytes by which memory grew after warming, from its sizes at equal distances of time."""
    settled = sizes[int(len(sizes) * _WARMING) :]
    quarter = max(1, len(settled) // 4)
    return int(statistics.median(settled[-quarter:]) - statistics.median(settled[:quarter]))


async def _asked(server: Server, wanted: dict[str, Told], seconds: float, rate: float, progress: Progress) -> _Tally:
    tally, began = _Tally(), time.monotonic()
    idle = {way: list[Client]() for way in WAYS}
    turns = zip(itertools.count(), itertools.cycle(WAYS), itertools.cycle(wanted), strict=False)
    under_way: set[asyncio.Task[None]] = set()
    sampled = 0.0
    with progress.task("Soaking", seconds, "s") as task:
        for number, way, said in turns:
            await asyncio.sleep(began + number / rate - time.monotonic())
            now = time.monotonic() - began
            if now >= seconds:
                break
            if now >= sampled:
                tally.memory.append((now, server.memory()))
                task.advance(min(1.0, seconds - sampled), f"{tally.asked:,} asked, {tally.lost + tally.wrong} faults")
                sampled += 1.0
            client = idle[way].pop() if idle[way] else Client(way, server.http if way.http else server.wyoming)
            asking = asyncio.create_task(_one(client, said, wanted[said], tally))
            under_way.add(asking)
            asking.add_done_callback(under_way.discard)
            asking.add_done_callback(lambda _, way=way, client=client: idle[way].append(client))  # type: ignore[misc]
        await asyncio.gather(*under_way)
    tally.seconds = time.monotonic() - began
    for client in itertools.chain(*idle.values()):
        client.close()
    return tally


async def _one(client: Client, said: str, wanted: Told, tally: _Tally) -> None:
    tally.asked += 1
    began = time.perf_counter()
    try:
        told = await client.ask(said)
    except (OSError, EOFError, TimeoutError, ValueError) as fault:
        tally.lost += 1
        tally.note(f"{said!r}: {fault!r}")
        return
    tally.times.append(1000 * (time.perf_counter() - began))
    if told != wanted:
        tally.wrong += 1
        tally.note(f"{said!r}: {told} instead of {wanted}")


def text(soak: Soak) -> str:
    """The figures for a terminal."""
    sizes = [size for _, size in soak.memory]
    lines = [
        f"{soak.model}: {soak.asked:,} requests in {soak.seconds:.0f} s, {soak.rate:g} a second, by all ways in turn",
        f"lost {soak.lost}, wrong {soak.wrong}, faults in the log {soak.errors}",
        f"p50 {soak.p50:.2f} ms, p99 {soak.p99:.2f} ms",
        f"memory {sizes[0] / 1e6:.1f} MB at the start, {sizes[-1] / 1e6:.1f} MB at the end, "
        f"{soak.grown / 1e6:+.1f} MB after warming ({_TOLERANCE / 1e6:.1f} allowed)",
        *soak.faults,
    ]
    return "\n".join([*lines, "passed" if soak.ok else "FAILED"])


def _picture(soak: Soak) -> bytes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    minutes = [at / 60 for at, _ in soak.memory]
    axes.plot(minutes, [size / 1e6 for _, size in soak.memory], color=OURS)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("minutes", fontsize=8)
    plain(axes, "resident MB of the server")
    title = f"{soak.model}: {soak.asked:,} requests, {soak.rate:g} a second, {soak.lost + soak.wrong} lost or wrong"
    figure.suptitle(title, fontsize=10, color=INK)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=144)
    return buffer.getvalue()


def main() -> int:
    """Reads the flags, soaks, prints; fails where anything was lost or wrong, or memory grew."""
    parser = argparse.ArgumentParser(prog="make soak-serve", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="bundled model by name, or a model's folder")
    parser.add_argument("--out", type=Path, default=Path("work/soak-serve"), help="folder for the figures")
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long to ask")
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second")
    asked = parser.parse_args()
    soak = soaked(asked.out, model=asked.model, seconds=asked.seconds, rate=asked.rate, progress=reporter(quiet=False))
    sys.stdout.write(f"{text(soak)}\n{asked.out}: soak-serve.json, soak-serve.png, log.jsonl\n")
    return 0 if soak.ok else FAILED_CHECK


if __name__ == "__main__":
    sys.exit(ending(main))
