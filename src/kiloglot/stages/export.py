"""`export`: turns a trained student into the artifact that the runtime reads, and refuses one that says anything
else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kiloglot.data import load
from kiloglot.errors import ConfigError, DataError, GateError, MissingExtraError, OntologyError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import NLU, Artifact, Calibration, Manifest, Table
from kiloglot.stages.budget import Pruning, Space, read_budget
from kiloglot.stages.calibrate import calibrated
from kiloglot.stages.card import model_card
from kiloglot.stages.parity import differing, gold, right, spoken, taught_answers
from kiloglot.stages.record import RECORD, StageRecord, refuse_foreign, trained_on
from kiloglot.text import Vocabulary
from kiloglot.values import Partition, Utterance

if TYPE_CHECKING:
    from kiloglot.training import Taught

__all__ = ["MODEL_FILES", "ExportConfig", "ExportReport", "run"]

MODEL_FILES = ("manifest.json", "network.onnx", "README.md", "*.npy", RECORD)
"""Patterns of the files of a model's folder; the first is always there."""
_FIGURES = 1024  # bytes, at most, that figures add to a folder's texts once they are known
_FEW = 2  # utterances that may differ in any case: in a small dev set one near tie is more than the tolerance


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
    """Bits of a number in the tables, 2, 4 or 8; 0: as many as it was trained with."""
    budget: str = ""
    """Largest size of the folder, as 6MB or in bytes: rows that `train` uses least go; default: all rows stay."""
    tolerance: float = 0.01
    """Share of dev utterances, in [0, 1], that may be parsed otherwise than by torch."""
    keep: float = 0.98
    """Share of dev utterances, in (0, 1], that the rejection threshold accepts; fewer where half of them were wrong."""
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
    pruning: Pruning | None
    """What the budget cost; None where there was room for all rows."""


def run(config: ExportConfig, progress: Progress = SILENT) -> ExportReport:
    """Exports, checks and writes the model. Raises GateError where it differs from torch by more than the tolerance."""
    try:
        from kiloglot.nn import graph  # noqa: F401  Needs onnx.
        from kiloglot.training import Taught, examples_of
    except ModuleNotFoundError as missing:
        raise MissingExtraError("exporting", "train") from missing
    began = time.monotonic()
    notes, budget = _checked(config), read_budget(config.budget)
    whole = Taught.read(config.student)
    taught = whole if budget is None else _within(budget, whole, config, notes, progress)
    artifact = _artifact(taught, config)
    dev = _utterances(config, "dev", taught)
    nlu = NLU(artifact)
    examples = examples_of(dev, taught.vocabularies, taught.ontology, taught.locales, progress)
    said = spoken(nlu, dev, progress)
    differs = differing(said, taught_answers(taught, examples))
    if round(differs * len(dev)) > max(config.tolerance * len(dev), _FEW):
        problem = (
            f"the exported model parses {differs:.2%} of dev otherwise than torch, {config.tolerance:.2%} are allowed"
        )
        raise GateError(problem, remedy="Export with more --bits, or train with the bits of the file")
    intent, exact = right(said, gold(examples), dev)
    pruning = None if taught is whole else _pruning(taught, whole, dev, progress)
    calibration = calibrated(nlu, dev, config.keep, progress)
    artifact = replace(artifact, manifest=replace(artifact.manifest, calibration=calibration))
    report = ExportReport(config.out, 0, differs, intent, exact, calibration, pruning)
    report = _write(artifact, report, config, notes, time.monotonic() - began)
    cost = f"; {pruning.told(intent, exact)}" if pruning else ""
    progress.say(
        f"{artifact.manifest.label}: {report.bytes / 1e6:.1f} MB, {differs:.2%} of dev parsed otherwise than by torch"
        f"{cost}"
    )
    return report


def _within(budget: int, whole: Taught, config: ExportConfig, notes: str, progress: Progress) -> Taught:
    """`whole` with as many rows as there is room for: itself where that is all."""
    from kiloglot.training import pruned, read_texts, segmented

    shape = whole.student.shape
    there = shape.unit_rows, shape.bag_rows, shape.word_rows
    kept = _space(_artifact(whole, config), config, notes).rows(budget, *there)
    if kept == there:
        return whole
    unit_rows, bag_rows, word_rows = kept
    utterances = _utterances(config, "train", whole)
    texts = segmented(utterances, progress, in_letters=whole.vocabularies.in_letters)
    reading = read_texts(texts, progress)
    return pruned(whole, texts, reading, unit_rows=unit_rows, bag_rows=bag_rows, word_rows=word_rows)


def _space(artifact: Artifact, config: ExportConfig, notes: str) -> Space:
    """What a folder takes up, from one that is written with a single row a table and figures still unknown."""
    words = artifact.words and _first_row(artifact.words)
    least = replace(artifact, units=_first_row(artifact.units), bag=_first_row(artifact.bag), words=words)
    with TemporaryDirectory() as scratch:
        out = Path(scratch) / "model"
        report = ExportReport(config.out, 0, 0.0, 0.0, 0.0, Calibration(), Pruning(0, 0, 0, 0.0, 0.0))
        _write(least, report, replace(config, budget=""), notes, 0.0, out)
        size = sum(path.stat().st_size for path in out.iterdir())
    rows = _bytes(least.units), _bytes(least.bag), _bytes(least.words) if least.words else 0
    return Space(size + _FIGURES - sum(rows), *rows)


def _first_row(table: Table) -> Table:
    return Table(Vocabulary(table.vocabulary.tags[:1]), table.codes[:1], table.scales[:1], table.bits)


def _bytes(table: Table) -> int:
    return int(table.vocabulary.tags.nbytes + table.codes.nbytes + table.scales.nbytes)


def _pruning(taught: Taught, whole: Taught, dev: Sequence[Utterance], progress: Progress) -> Pruning:
    """What the rows that are gone were worth on dev."""
    from kiloglot.training import examples_of

    examples = examples_of(dev, whole.vocabularies, whole.ontology, whole.locales, progress)
    intent, exact = right(taught_answers(whole, examples), gold(examples), dev)
    shape, before = taught.student.shape, whole.student.shape
    return Pruning(shape.unit_rows, shape.bag_rows, before.unit_rows + before.bag_rows, intent, exact)


def _write(
    artifact: Artifact, report: ExportReport, config: ExportConfig, notes: str, seconds: float, out: Path | None = None
) -> ExportReport:
    """Writes the model with its card and record to where the config says, or to `out`; returns its report."""
    card = model_card(artifact.manifest, report.intent, report.exact, notes, report.pruning)
    manifest = artifact.write(out or config.out, card)
    report = replace(report, bytes=sum(record.size for record in manifest.files))
    record = StageRecord("export", asdict(config), {"student": manifest.trained_on}, asdict(report), seconds)
    record.write(out or config.out)
    return report


def _utterances(config: ExportConfig, partition: Partition, taught: Taught) -> tuple[Utterance, ...]:
    """The utterances of a partition in the student's locales; DataError where there is none."""
    data = load(config.data, partitions=(partition,))
    found = tuple(u for u in data.utterances if u.locale in taught.locales)
    if not found:
        problem = f"the data has no {partition} utterance in the student's locales"
        raise DataError(problem, remedy="Name the data it was trained on")
    _check_ontology(found, taught)
    return found


def _checked(config: ExportConfig) -> str:
    """The notes. Raises ConfigError for a setting that cannot be, before anything is read."""
    if config.bits not in (0, 2, 4, 8):
        raise ConfigError(f"tables of {config.bits} bits", remedy="Choose 2, 4 or 8, or 0 for as many as in training")
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


def _check_ontology(utterances: Sequence[Utterance], taught: Taught) -> None:
    foreign = {u.intent for u in utterances} - set(taught.ontology.intents)
    foreign |= {slot.type for u in utterances for slot in u.slots} - set(taught.ontology.slot_types)
    if foreign:
        names = ", ".join(sorted(foreign)[:5])
        raise OntologyError(f"the student does not know {names}", remedy="Name the data that it was trained on")


def _artifact(taught: Taught, config: ExportConfig) -> Artifact:
    from kiloglot.nn.graph import onnx_graph

    student, shape, known = taught.student, taught.student.shape, taught.vocabularies
    bits = config.bits or shape.bits
    if not bits:
        raise ConfigError("the student was trained in full precision", remedy="Choose --bits 2, 4 or 8")
    manifest = Manifest(
        name=config.name,
        version=config.version,
        ontology=taught.ontology,
        locales=taught.locales,
        hashing=taught.vocabularies.hashing,
        bits=bits,
        calibration=Calibration(),
        licence=config.licence,
        trained_on=trained_on(config.student),
        files=(),
    )
    return Artifact(
        manifest=manifest,
        network=onnx_graph(student.network, shape),
        units=Table.of(known.units, student.units.vectors().numpy(), bits),
        bag=Table.of(known.bag, student.bag.vectors().numpy(), bits),
        transitions=student.transitions.detach().numpy(),
        evoked=student.evoked.numpy(),
        words=Table.of(known.words, student.words.vectors().numpy(), bits) if student.words is not None else None,
    )
