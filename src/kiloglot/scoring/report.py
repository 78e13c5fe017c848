"""All figures of one system on one data set, with the signature that says what they are about."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from kiloglot.scoring.bootstrap import Interval
from kiloglot.scoring.breakdown import Confusion, IntentScores, Mistake, SlotScores
from kiloglot.scoring.calibration import Calibration
from kiloglot.scoring.metrics import Figures
from kiloglot.scoring.table import plain_table
from kiloglot.values import Partition

__all__ = ["Answers", "EvaluationReport", "LocaleScores", "Means", "Signature"]

_HEADER = ("locale", "utterances", "intent", "95 %", "slot F1", "95 %", "exact", "95 %", "corrected")


@dataclass(frozen=True, slots=True)
class Signature:
    """What a score is about: two scores compare only where all but `model` are equal."""

    data: str
    """Name of the data set."""
    data_signature: str
    """Twelve hexadecimal digits of its content."""
    partition: Partition
    """The part that was scored."""
    ontology: str
    """Version of the ontology."""
    locales: int
    """How many locales."""
    utterances: int
    """How many utterances."""
    model: str
    """Who made the predictions."""
    metric: str
    """Name and revision of the metrics."""
    seed: int
    """Seed of the resampling."""
    resamples: int
    """Bootstrap resamples behind every interval."""

    def __str__(self) -> str:
        return (
            f"data:{self.data}@{self.data_signature}|part:{self.partition}|ontology:{self.ontology}|"
            f"locales:{self.locales}|n:{self.utterances}|model:{self.model}|metric:{self.metric}|"
            f"seed:{self.seed}|bs:{self.resamples}"
        )


@dataclass(frozen=True, slots=True)
class Means:
    """The unweighted mean over a set of locales."""

    locales: int
    """How many locales it is over."""
    official: Figures
    """As the official code scores."""
    corrected: Figures
    """With the fault of the official conversion in ja-JP, zh-CN and zh-TW corrected."""
    intervals: tuple[Interval, ...]
    """95 % intervals of the three official figures, in the order of `METRICS`."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the predictions say beside intents and slots; None where they do not say it."""

    rejected: float | None
    """Share of utterances that the system refused, in [0, 1]; the scores take its intents and slots all the same."""
    accepted_intent_acc: float | None
    """Intent accuracy of the utterances that it did not refuse."""
    locale_acc: float | None
    """Share of guessed locales that are right, of those that were guessed."""
    ece: float | None
    """Expected calibration error of its confidences."""

    def lines(self) -> list[str]:
        """What is known, one figure a line."""
        named = (
            ("rejected", self.rejected),
            ("intent accuracy of the rest", self.accepted_intent_acc),
            ("guessed locales that are right", self.locale_acc),
            ("expected calibration error", self.ece),
        )
        return [f"{name}: {100 * value:.1f} %" for name, value in named if value is not None]


@dataclass(frozen=True, slots=True)
class LocaleScores:
    """The figures of one locale."""

    locale: str
    """BCP 47 tag."""
    official: Figures
    """As the official code scores."""
    corrected: Figures
    """The same, but in ja-JP, zh-CN and zh-TW without the fault of the official conversion."""
    intervals: tuple[Interval, ...]
    """95 % intervals of the three official figures, in the order of `METRICS`."""
    answers: Answers
    """What else the predictions say in this locale."""


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Everything that is known about how well one system did."""

    signature: Signature
    """What the figures are about."""
    mean: Means
    """Over all locales of the data."""
    mean_1_0: Means | None
    """Over the 51 locales of MASSIVE 1.0, as published results are; None where one of them is absent."""
    answers: Answers
    """What else the predictions say, over all utterances."""
    locales: tuple[LocaleScores, ...]
    """In order of their tags."""
    intents: tuple[IntentScores, ...]
    """In the order of the ontology, over all utterances."""
    slots: tuple[SlotScores, ...]
    """In the order of the ontology, over all utterances."""
    confusions: tuple[Confusion, ...]
    """Every pair of a right and a wrong intent, most frequent first."""
    calibration: Calibration | None
    """Of the confidences, None where the predictions carry none."""
    calibration_before: Calibration | None
    """Of the confidences before calibration, where the caller knows them."""
    confidence_counts: tuple[tuple[int, int], ...]
    """(right, wrong) utterances in each of 20 equal-width ranges of confidence; empty without confidences."""
    mistakes: tuple[Mistake, ...]
    """Every utterance that is no exact match, in the order of the data."""
    remarks: tuple[str, ...] = ()
    """What else is to be said, a line each."""

    def to_text(self) -> str:
        """The report for a terminal: a table of means and locales, what else is known, the signature."""
        means = [(f"mean of {mean.locales}", mean) for mean in (self.mean, self.mean_1_0) if mean is not None]
        scored: list[tuple[str, Means | LocaleScores]] = [*means, *((each.locale, each) for each in self.locales)]
        lines = [plain_table(_HEADER, [_cells(name, scores) for name, scores in scored]), *self.answers.lines()]
        if self.mean.corrected != self.mean.official:
            lines.append("corrected: without the fault of the official conversion in ja-JP, zh-CN and zh-TW")
        return "\n".join([*lines, *self.remarks, str(self.signature)])

    def to_json(self) -> str:
        """The report as indented JSON: all figures, and of the mistakes their number."""
        content: dict[str, Any] = asdict(replace(self, mistakes=()))
        content["signature_line"] = str(self.signature)
        content["mistakes"] = len(self.mistakes)
        return json.dumps(content, ensure_ascii=False, indent=1)


def _cells(name: str, scores: Means | LocaleScores) -> list[str]:
    """One line of the table; the corrected slot F1 and exact match only where they differ."""
    official, corrected = scores.official, scores.corrected
    figures = (official.intent_acc, official.slot_micro_f1, official.ex_match_acc)
    cells = [name, f"{official.utterances:,}"]
    for figure, interval in zip(figures, scores.intervals, strict=True):
        cells += [f"{100 * figure:.1f}", f"{100 * interval.low:.1f}-{100 * interval.high:.1f}"]
    differs = corrected != official
    return [*cells, f"{100 * corrected.slot_micro_f1:.1f} / {100 * corrected.ex_match_acc:.1f}" if differs else ""]
