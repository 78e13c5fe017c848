"""`export`: turns a trained student into the artifact that the runtime reads, and refuses one that says anything
else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError, GateError, MissingExtraError, OntologyError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import NLU, Artifact, Calibration, Manifest, Table, likeliest
from kiloglot.runtime.reading import read
from kiloglot.stages.calibrate import calibrated
from kiloglot.stages.card import model_card
from kiloglot.stages.record import RECORD, StageRecord, refuse_foreign
from kiloglot.text import HASH_VERSION
from kiloglot.values import Partition, Utterance

if TYPE_CHECKING:
    from kiloglot.training import Examples, Taught

__all__ = ["MODEL_FILES", "ExportConfig", "ExportReport", "run"]

MODEL_FILES = ("manifest.json", "network.onnx", "README.md", "*.npy", RECORD)
"""Patterns of the files of a model's folder; the first is always there."""
_DEV: tuple[Partition, ...] = ("dev",)
_FEW = 2  # utterances that may differ in any case: in a small dev set one near tie is more than the tolerance
_BUDGET = 16_384  # units that torch reads at a time


@dataclass(frozen=True, slots=True)
class ExportConfig:
    """Turn a trained student into a model that runs without torch."""

    student: Path
    """Folder that `finetune` wrote."""
    data: Path
    """The data that it was trained on; its `dev` partition calibrates the model and checks it against torch."""
    out: Path
    """Folder for the model; what lies there is replaced once the new model is whole and has passed its checks."""
    name: str = "model"
    """Name of the model."""
    version: str = "1"
    """Version of the model."""
    licence: str = "Apache-2.0"
    """SPDX expression of the model's licence."""
    bits: int = 0
    """Bits of a number in the tables, 4 or 8; 0: as many as it was trained with."""
    tolerance: float = 0.005
    """Share of dev utterances, in [0, 1], that may be parsed otherwise than by torch."""
    keep: float = 0.98
    """Share of dev utterances, in (0, 1], that the rejection threshold accepts."""
    notes: Path | None = None
    """Markdown file that goes into the model card."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported."""

    out: Path
    """Folder of the model."""
    bytes: int
    """Size of all its files."""
    differing: float
    """Share of dev utterances, in [0, 1], that are parsed otherwise than by torch."""
    intent: float
    """Intent accuracy on dev, mean over locales in [0, 1]."""
    exact: float
    """Exact match on dev, mean over locales in [0, 1], counted on units."""
    calibration: Calibration
    """Temperature, threshold and calibration errors."""


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a system says of the dev utterances, as far as two systems can be compared."""

    intent: NDArray[np.int64]
    """[N] places in the ontology."""
    types: tuple[bytes, ...]
    """N sequences of slot types, an int64 a unit."""


def run(config: ExportConfig, progress: Progress = SILENT) -> ExportReport:
    """Exports, checks and writes the model. Raises GateError where it differs from torch by more than the tolerance."""
    try:
        from kiloglot.nn import graph  # noqa: F401  Needs onnx.
        from kiloglot.training import Taught, examples_of
    except ModuleNotFoundError as missing:
        raise MissingExtraError("exporting", "train") from missing
    began = time.monotonic()
    notes = _checked(config)
    taught = Taught.read(config.student)
    artifact = _artifact(taught, config)
    dev = tuple(u for u in load(config.data, partitions=_DEV).utterances if u.locale in taught.locales)
    _check_ontology(dev, taught)
    nlu = NLU(artifact)
    examples = examples_of(dev, (taught.units, taught.bag), taught.ontology, taught.locales, progress)
    said, wanted = _spoken(nlu, dev, progress), _taught(taught, examples)
    differing = _differing(said, wanted)
    if differing > max(config.tolerance, _FEW / len(dev)):
        problem = (
            f"the exported model parses {differing:.2%} of dev otherwise than torch, {config.tolerance:.2%} are allowed"
        )
        raise GateError(problem, remedy="Export with more --bits, or train with the bits of the file")
    intent, exact = _right(said, _gold(examples), dev)
    calibration = calibrated(nlu, dev, config.keep, progress)
    artifact = replace(artifact, manifest=replace(artifact.manifest, calibration=calibration))
    manifest = artifact.write(config.out, model_card(artifact.manifest, intent, exact, notes))
    size = sum(record.size for record in manifest.files)
    report = ExportReport(config.out, size, differing, intent, exact, calibration)
    StageRecord(
        "export", asdict(config), {"student": manifest.trained_on}, asdict(report), time.monotonic() - began
    ).write(config.out)
    progress.say(f"{manifest.label}: {size / 1e6:.1f} MB, {differing:.2%} of dev parsed otherwise than by torch")
    return report


def _checked(config: ExportConfig) -> str:
    """The notes. Raises ConfigError for a setting that cannot be, before anything is read."""
    if config.bits not in (0, 4, 8):
        raise ConfigError(f"tables of {config.bits} bits", remedy="Choose 4 or 8, or 0 for as many as in training")
    if not 0 < config.keep <= 1:
        raise ConfigError(f"keep is {config.keep}", remedy="It can be above 0, at most 1")
    if not 0 <= config.tolerance <= 1:
        raise ConfigError(f"tolerance is {config.tolerance}", remedy="It can be 0 to 1")
    refuse_foreign(config.out, MODEL_FILES)
    try:
        return config.notes.read_text(encoding="utf-8") if config.notes else ""
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(
            f"the notes cannot be read ({fault})", remedy="Name a text file", path=config.notes
        ) from fault


def _trained_on(student: Path) -> str:
    """Name and signature of the student's training data, from its record."""
    try:
        return str(json.loads((student / RECORD).read_text(encoding="utf-8"))["figures"]["data"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        problem = f"the record of the student's training cannot be read ({fault})"
        raise ArtifactError(problem, path=student, remedy="Name a folder that `kiloglot finetune` wrote") from fault


def _check_ontology(dev: Sequence[Utterance], taught: Taught) -> None:
    if not dev:
        raise DataError(
            "the data has no dev utterance in the student's locales", remedy="Name the data it was trained on"
        )
    foreign = {u.intent for u in dev} - set(taught.ontology.intents)
    foreign |= {slot.type for u in dev for slot in u.slots} - set(taught.ontology.slot_types)
    if foreign:
        names = ", ".join(sorted(foreign)[:5])
        raise OntologyError(f"the student does not know {names}", remedy="Name the data that it was trained on")


def _artifact(taught: Taught, config: ExportConfig) -> Artifact:
    from kiloglot.nn.graph import onnx_graph

    student, shape = taught.student, taught.student.shape
    bits = config.bits or shape.bits
    if not bits:
        raise ConfigError("the student was trained in full precision", remedy="Choose --bits 4 or 8")
    manifest = Manifest(
        name=config.name,
        version=config.version,
        ontology=taught.ontology,
        locales=taught.locales,
        hashing=HASH_VERSION,
        bits=bits,
        calibration=Calibration(),
        licence=config.licence,
        trained_on=_trained_on(config.student),
        files=(),
    )
    return Artifact(
        manifest=manifest,
        network=onnx_graph(student.network, shape),
        units=Table.of(taught.units, student.units.vectors().numpy(), bits),
        bag=Table.of(taught.bag, student.bag.vectors().numpy(), bits),
        transitions=student.transitions.detach().numpy(),
    )


def _spoken(nlu: NLU, dev: Sequence[Utterance], progress: Progress) -> _Answers:
    """What the artifact says, each locale told."""
    intent, types = np.zeros(len(dev), np.int64), [b""] * len(dev)
    transitions = np.array(nlu.artifact.transitions)
    with progress.task("Parsing dev", len(dev), "utterances") as task:
        for locale in sorted({u.locale for u in dev}):
            places = [place for place, u in enumerate(dev) if u.locale == locale]
            reads = [read(dev[place].text) for place in places]
            for chosen, scores in nlu.scores(reads, locale):
                for row, which in enumerate(chosen):
                    place = places[which]
                    intent[place] = scores.intent[row].argmax()
                    if reads[which].units:
                        types[place] = likeliest(scores.slot[row, : len(reads[which].units)], transitions).tobytes()
                task.advance(len(chosen))
    return _Answers(intent, tuple(types))


def _taught(taught: Taught, dev: Examples) -> _Answers:
    """What the torch student says."""
    import torch

    from kiloglot import nn
    from kiloglot.training import Batcher

    batcher = Batcher(dev, _BUDGET)
    intent, types = np.zeros(len(dev), np.int64), [b""] * len(dev)
    plan = batcher.in_order()
    with torch.no_grad():
        for chosen, batch in zip(plan, batcher.stream(plan), strict=True):
            output = taught.student(batch)
            best = nn.likeliest(output.slot, taught.student.transitions, batch.mask).numpy()
            intent[chosen] = output.intent.argmax(-1).numpy()
            for row, place in enumerate(chosen):
                types[place] = best[row, : int(dev.length[place])].tobytes()
    return _Answers(intent, tuple(types))


def _gold(dev: Examples) -> _Answers:
    slot = dev.slot.astype(np.int64)
    return _Answers(dev.intent, tuple(slot[a:b].tobytes() for a, b in zip(dev.unit_at, dev.unit_at[1:], strict=False)))


def _differing(first: _Answers, second: _Answers) -> float:
    same_types = np.array([a == b for a, b in zip(first.types, second.types, strict=True)])
    return float(1 - ((first.intent == second.intent) & same_types).mean())


def _right(said: _Answers, gold: _Answers, dev: Sequence[Utterance]) -> tuple[float, float]:
    """Intent accuracy and exact match, means over locales."""
    intent = said.intent == gold.intent
    exact = intent & np.array([a == b for a, b in zip(said.types, gold.types, strict=True)])
    locale = np.array([u.locale for u in dev])
    means = [(intent[locale == which].mean(), exact[locale == which].mean()) for which in np.unique(locale)]
    return float(np.mean([m[0] for m in means])), float(np.mean([m[1] for m in means]))
