"""The figures of one run of the benchmark."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from benchmarks.machine import Machine
from benchmarks.memory import Memory
from benchmarks.start import Start
from benchmarks.systems import OURS, Scope
from benchmarks.timing import Latency

__all__ = ["LeftOut", "Length", "Outcome", "Results", "Sizes", "Throughput"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One system, made and asked in processes of its own."""

    name: str
    """The system."""
    scope: Scope
    """What it speaks: one locale or all of them."""
    learned: int
    """Utterances of the sample that it learned from."""
    make_seconds: float
    """Time that making it took."""
    load_seconds: float
    """Time from its files to being ready, its packages' import included."""
    start_seconds: float
    """Time of a whole process that loads it and answers once."""
    latency: Latency
    """Of one utterance."""
    model_bytes: int
    """Size of the files that it is loaded from."""
    memory: int
    """Peak resident size of the process that answers, in bytes."""
    installed_bytes: int
    """Size on disk of its packages and all that they need."""
    intent: float | None
    """Intent accuracy on the sample's `dev`, in [0, 1]; None where it gives no intents that can be scored."""
    slot_f1: float | None
    """F1 of slots on the sample's `dev`, in [0, 1]; None where it gives no slots that can be scored."""
    scored: int
    """Utterances that it was scored on."""
    note: str
    """What a reader has to know about these figures."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A system without figures."""

    name: str
    """The system."""
    reason: str
    """Why."""
    failed: bool
    """Whether it was there and did not work."""


@dataclass(frozen=True, slots=True)
class Throughput:
    """Our model with batches of one size."""

    batch: int
    """Utterances of a batch."""
    milliseconds: float
    """Median time of a batch."""
    per_second: float
    """Utterances a second at that time."""


@dataclass(frozen=True, slots=True)
class Length:
    """Our model with utterances of one length."""

    units: int
    """Units of the utterance."""
    p50: float
    """Median milliseconds of a parse."""
    p99: float
    """Milliseconds that 99 of 100 parses stay within."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What there is to download and to install, in bytes."""

    model: int
    """Files of the model."""
    wheel: int | None
    """The wheel, models included; None where it could not be built here."""
    installed: dict[str, int]
    """Our package and each of those that it needs, largest first."""


@dataclass(frozen=True, slots=True)
class Results:
    """One run, one thread."""

    machine: Machine
    """Where."""
    model: str
    """Name and version of our model."""
    corpus: str
    """Name and signature of the data that the others learned from and all were asked."""
    locales: int
    """How many locales it has."""
    systems: tuple[Outcome, ...]
    """Ours first."""
    left_out: tuple[LeftOut, ...]
    """Systems without figures."""
    throughput: tuple[Throughput, ...]
    """By size of batch."""
    lengths: tuple[Length, ...]
    """By length of utterance."""
    parts: dict[str, float]
    """Microseconds of each part of one parse: the least of many, so below the median."""
    start: Start
    """Until the first answer."""
    memory: Memory
    """Of processes."""
    sizes: Sizes
    """On disk."""
    seconds: float
    """Time of the whole run."""

    def times_ours(self, outcome: Outcome) -> float | None:
        """How many times our median latency that of `outcome` is; None where ours was not measured."""
        ours = self.named(OURS)
        return None if ours is None else outcome.latency.p50 / ours.latency.p50

    def named(self, system: str) -> Outcome | None:
        """The figures of a system, None where it has none."""
        return next((each for each in self.systems if each.name == system), None)

    def to_json(self) -> str:
        """All figures as indented JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"
