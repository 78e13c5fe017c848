"""`train`: all that the owner of an assistant types. Checks the folder, trains, exports, scores, and shows what came
of it.
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from kiloglot.data import is_project, load, scan_project
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.scoring import EvaluationReport
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.stages import evaluate, export, finetune, predict, suggest, validate
from kiloglot.stages.record import named_folder, refuse_foreign
from kiloglot.stages.starts import Starts
from kiloglot.stages.suspicions import misplaced, renamed
from kiloglot.values import Partition

__all__ = ["CHEAP_FITTING", "CHEAP_NOISE", "CHEAP_SIZES", "TrainConfig", "TrainReport", "run"]

_REPORT_FILES = ("report.json", "report.html", "mistakes.jsonl", "*.png")
_CHEAP = 20_000  # utterances to train on, up to which a second student from nothing takes a minute
_CHEAP_LOGITS = 10_000_000  # and their number times that of the intents: few sentences of many intents need many passes
_WEAK = 0.5  # intent accuracy on dev below which a model is wrong more often than right
_WEIGHED = 3_000  # and up to which asking each of them of the others takes seconds
CHEAP_SIZES = Sizes(unit_rows=60_000, bag_rows=60_000, bits=8, min_count=2)
CHEAP_NOISE = Noise(feature_dropout=0.5)
CHEAP_FITTING = Fitting(epochs=10, patience=4, warmup=50, rate=3e-3, budget=2048)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Make a model of an assistant: check, train, export, score, report."""

    folder: Path
    """The assistant's folder, or other labelled utterances with train and dev."""
    out: Path | None = None
    """Folder for the model; default: FOLDER/model."""
    report: Path | None = None
    """Folder for the report; default: FOLDER/report."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    name: str = ""
    """Name of the model; default: the assistant's."""
    base: str = DEFAULT_MODEL
    """Model to start from, a bundled one by name or a folder."""
    from_scratch: bool = False
    """Start from nothing."""
    sizes: Sizes = field(default=CHEAP_SIZES)
    """How large a student from scratch is."""
    noise: Noise = field(default=CHEAP_NOISE)
    """What is hidden from it while it learns."""
    weights: LossWeights = field(default_factory=LossWeights)
    """How much each part of the loss counts."""
    fitting: Fitting = field(default=CHEAP_FITTING)
    """How it is trained."""


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What came of it."""

    model: Path
    """Folder of the model."""
    report: Path
    """The HTML page."""
    trained: finetune.FinetuneReport
    """What came of training."""
    starts: Starts | None
    """What the base was worth; None where there was none."""
    exported: export.ExportReport
    """What was exported."""
    scores: EvaluationReport
    """Scores on `test` where the data has one, else on `dev`."""
    seconds: float
    """Time of it all."""


def run(config: TrainConfig, progress: Progress = SILENT) -> TrainReport:
    """Makes the model.

    Raises DataError where the folder has faults, ConfigError where the model or the report would replace what is
    neither. An earlier model and its report are replaced at the very end, when the new ones are whole.
    """
    began = time.monotonic()
    _check_extras()
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("`train` is the work of one process", remedy="Train on many with `kiloglot finetune`")
    out, report = _places(config)
    refuse_foreign(out, export.MODEL_FILES)
    refuse_foreign(report, _REPORT_FILES)
    _check(config, progress)
    work = out.with_name(f".{out.name}.work")
    model, fresh = work / "model", report.with_name(f".{report.name}.part")
    trained, starts = _trained(config, work, progress)
    remarks = ((starts.told(),) if starts else ()) + _renamed(config, out, progress) + _advice(config, progress)
    exported = replace(export.run(_exporting(config, trained, model), progress), out=out)
    remarks += _warned(exported, progress)
    shutil.rmtree(fresh, ignore_errors=True)
    scores = _score(config, model, fresh, remarks, progress)
    named_folder(model, out)
    named_folder(fresh, report)
    shutil.rmtree(work)
    return TrainReport(out, report / "report.html", trained, starts, exported, scores, time.monotonic() - began)


def _check_extras() -> None:
    """Raises MissingExtraError before the work rather than after it."""
    if not all(map(find_spec, ("torch", "accelerate", "onnx", "jinja2", "matplotlib"))):
        raise MissingExtraError("training with a report", "train,report")


def _places(config: TrainConfig) -> tuple[Path, Path]:
    """Where the model and the report go."""
    if not config.folder.is_dir() and (config.out is None or config.report is None):
        problem = "is no folder that a model and a report could go into"
        raise ConfigError(problem, remedy="Say where with --out and --report", path=config.folder)
    return config.out or config.folder / "model", config.report or config.folder / "report"


def _trained(config: TrainConfig, work: Path, progress: Progress) -> tuple[finetune.FinetuneReport, Starts | None]:
    """The better student, and what made it so."""
    scratch = _finetuning(config, work / "student")
    if config.from_scratch:
        return finetune.run(scratch, progress), None
    progress.say(f"From {config.base}:")
    adapted = finetune.run(replace(scratch, out=work / "adapted", base=config.base), progress)
    data = load(config.folder, locales=config.locales or None)
    cheap = adapted.utterances <= min(_CHEAP, _CHEAP_LOGITS / len(data.ontology.intents))
    if cheap:
        progress.say("From scratch, to compare:")
    starts = Starts(config.base, len(data.only("dev")), adapted, finetune.run(scratch, progress) if cheap else None)
    progress.say(starts.told())
    return starts.kept, starts


def _exporting(config: TrainConfig, trained: finetune.FinetuneReport, model: Path) -> export.ExportConfig:
    """The model bears the name, version and licence of its assistant."""
    name = config.name or trained.data.rpartition("@")[0]
    asked = export.ExportConfig(student=trained.out, data=config.folder, out=model, name=name)
    assistant = scan_project(config.folder).assistant if is_project(config.folder) else None
    if assistant is None:
        return asked
    return replace(asked, version=assistant.version, licence=assistant.licence or asked.licence)


def _warned(exported: export.ExportReport, progress: Progress) -> tuple[str, ...]:
    """That the model is a bad one, if it is."""
    if exported.intent >= _WEAK:
        return ()
    warning = (
        f"Warning: it finds the intent of {100 * exported.intent:.1f} % of the dev sentences and rejects "
        f"{100 * (1 - exported.calibration.kept):.1f} %, so as not to be wrong more often than right. Write more "
        "sentences, or make one intent of those that differ in a word, and that word a slot"
    )
    progress.say(warning)
    return (warning,)


def _score(
    config: TrainConfig, model: Path, report: Path, remarks: tuple[str, ...], progress: Progress
) -> EvaluationReport:
    """Scores the model on `test`, or on `dev` where there is none, and writes the report."""
    data = load(config.folder, locales=config.locales or None)
    partition: Partition = "test" if data.only("test") else "dev"
    predicted = model.with_name("predicted.jsonl")
    asked = predict.PredictConfig(
        data=config.folder, out=predicted, partition=partition, model=str(model), locales=config.locales
    )
    predict.run(asked, progress)
    scored = evaluate.EvaluateConfig(
        data=config.folder,
        predicted=predicted,
        partition=partition,
        locales=config.locales,
        out=report,
        remarks=remarks,
    )
    return evaluate.run(scored, progress)


def _renamed(config: TrainConfig, out: Path, progress: Progress) -> tuple[str, ...]:
    """What changed since the model that is about to be replaced."""
    told = renamed(out, load(config.folder, locales=config.locales or None).ontology)
    for line in told:
        progress.say(f"Warning: {line}. Programs that act on the old names must learn the new ones")
    return told


def _advice(config: TrainConfig, progress: Progress) -> tuple[str, ...]:
    """Where more sentences would help most; nothing where that takes long or there is but one intent."""
    said = load(config.folder, partitions=["train"], locales=config.locales or None).utterances
    if config.from_scratch or len(said) > _WEIGHED or len({u.intent for u in said}) < 2:
        return ()
    asked = suggest.SuggestConfig(config.folder, config.locales, config.base)
    told = suggest.run(asked, progress).told()
    for line in told:
        progress.say(line)
    return (*told, "All weak spots, with examples: kiloglot suggest")


def _check(config: TrainConfig, progress: Progress) -> None:
    folder = config.folder
    found = validate.run(validate.ValidateConfig(path=folder), progress)
    errors = [fault for fault in found.faults if fault.severity == "error"]
    for fault in found.faults:
        progress.say(str(fault))
    if errors:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        raise DataError(
            f"{count} in the assistant", remedy=f"Mend them; `kiloglot validate {folder}` lists them", path=folder
        )
    if is_project(folder) and not config.from_scratch:
        for fault in misplaced(NLU.load(config.base), scan_project(folder).examples):
            progress.say(str(fault))


def _finetuning(config: TrainConfig, student: Path) -> finetune.FinetuneConfig:
    return finetune.FinetuneConfig(
        data=config.folder,
        out=student,
        locales=config.locales,
        overwrite=True,
        sizes=config.sizes,
        noise=config.noise,
        weights=config.weights,
        fitting=config.fitting,
    )
