"""`predict`: writes what a model says of labelled utterances, for `evaluate` or anybody else to score."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data import load, write_predictions
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, NLU
from kiloglot.values import Parse, Partition, Prediction, Utterance

__all__ = ["PredictConfig", "PredictReport", "run"]

_CHUNK = 2048  # utterances between two signs of progress


@dataclass(frozen=True, slots=True)
class PredictConfig:
    """Write a model's predictions for labelled utterances."""

    data: Path
    """Labelled utterances: a project folder, MASSIVE, or JSONL."""
    out: Path
    """JSONL file for the predictions."""
    partition: Partition = "dev"
    """The part to predict."""
    model: str = DEFAULT_MODEL
    """Bundled model by name, or a model's folder."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    tell_locale: bool = True
    """Tell the model each utterance's locale."""
    threads: int = 1
    """Cores that the network may use."""


@dataclass(frozen=True, slots=True)
class PredictReport:
    """What was predicted."""

    out: Path
    """File of the predictions."""
    model: str
    """Name and version of the model."""
    utterances: int
    """How many there are."""
    rejected: int
    """How many of them the model refused."""
    seconds: float
    """Time that parsing took."""


def run(config: PredictConfig, progress: Progress = SILENT) -> PredictReport:
    """Parses every utterance of the partition and writes `config.out`."""
    data = load(config.data, partitions=(config.partition,), locales=config.locales or None)
    nlu = NLU.load(config.model, threads=config.threads)
    began = time.monotonic()
    predictions: list[Prediction] = []
    with progress.task("Parsing", len(data.utterances), "utterances") as task:
        for locale in data.locales:
            chosen = [u for u in data.utterances if u.locale == locale]
            for start in range(0, len(chosen), _CHUNK):
                part = chosen[start : start + _CHUNK]
                predictions += predicted(nlu, part, locale if config.tell_locale else None)
                task.advance(len(part), locale)
    seconds = time.monotonic() - began
    write_predictions(config.out, predictions)
    rejected = sum(p.rejected is not None for p in predictions)
    return PredictReport(config.out, nlu.manifest.label, len(predictions), rejected, seconds)


def predicted(nlu: NLU, utterances: Sequence[Utterance], locale: str | None) -> list[Prediction]:
    """The model's prediction for each of `utterances`, in their order."""
    parses = nlu.parse_batch([u.text for u in utterances], locale, top_k=1)
    return [_prediction(u, parse, locale is not None) for u, parse in zip(utterances, parses, strict=True)]


def _prediction(utterance: Utterance, parse: Parse, told: bool) -> Prediction:
    return Prediction(
        id=utterance.id,
        locale=utterance.locale,
        intent=parse.intent,
        slots=parse.slots,
        confidence=parse.confidence,
        guessed_locale=None if told else parse.locale or None,
        rejected=parse.rejected,
    )
