"""Sums of rows, and the three official figures made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.scoring.rows import Rows

__all__ = [
    "LOCALES_1_0",
    "METRICS",
    "METRIC_VERSION",
    "Figures",
    "figures_of_sums",
    "figures_over",
    "locale_figures",
    "locale_sums",
    "mean_columns",
    "mean_figures",
]

METRIC_VERSION = "massive-2022-06-22/1"
"""Name of these metrics in a signature: the official code whose figures they reproduce, and our revision of them."""

METRICS = ("intent_acc", "slot_micro_f1", "ex_match_acc")
"""The official figures, in the order of every array that holds them."""

# fmt: off
LOCALES_1_0 = frozenset({
    "af-ZA", "am-ET", "ar-SA", "az-AZ", "bn-BD", "cy-GB", "da-DK", "de-DE", "el-GR", "en-US", "es-ES", "fa-IR",
    "fi-FI", "fr-FR", "he-IL", "hi-IN", "hu-HU", "hy-AM", "id-ID", "is-IS", "it-IT", "ja-JP", "jv-ID", "ka-GE",
    "km-KH", "kn-IN", "ko-KR", "lv-LV", "ml-IN", "mn-MN", "ms-MY", "my-MM", "nb-NO", "nl-NL", "pl-PL", "pt-PT",
    "ro-RO", "ru-RU", "sl-SL", "sq-AL", "sv-SE", "sw-KE", "ta-IN", "te-IN", "th-TH", "tl-PH", "tr-TR", "ur-PK",
    "vi-VN", "zh-CN", "zh-TW",
})
# fmt: on
"""The 51 locales of MASSIVE 1.0, over which published means are taken; 1.1 added ca-ES."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The official figures of one set of utterances, or their mean over locales."""

    utterances: int
    """How many utterances they are about."""
    intent_acc: float
    """Share of utterances whose intent is right, in [0, 1]."""
    slot_micro_f1: float
    """F1 of slot spans (type and both ends) over all utterances, in [0, 1]; 0 where there is no span, as in seqeval."""
    ex_match_acc: float
    """Share of utterances whose intent and whole tag sequence are right, in [0, 1]."""


def locale_sums(rows: Rows) -> NDArray[np.float64]:
    """`Rows.statistics` summed by locale, [L, 6]."""
    sums = np.zeros((len(rows.locales), 6))
    np.add.at(sums, rows.locale, rows.statistics)
    return sums


def figures_of_sums(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """`METRICS` of sums of statistics: [..., 6] -> [..., 3]; F1 is 2 matching / (gold + predicted)."""
    count, intent_right, exact, gold, predicted, matching = np.moveaxis(sums, -1, 0)
    return np.stack(
        [
            intent_right / np.maximum(count, 1),
            2 * matching / np.maximum(gold + predicted, 1),
            exact / np.maximum(count, 1),
        ],
        axis=-1,
    )


def locale_figures(rows: Rows) -> tuple[Figures, ...]:
    """The figures of each locale, in the order of `rows.locales`."""
    sums = locale_sums(rows)
    return tuple(_named(int(total[0]), values) for total, values in zip(sums, figures_of_sums(sums), strict=True))


def mean_columns(rows: Rows, *, only_1_0: bool = False) -> NDArray[np.int64]:
    """Indices of the locales that a mean is over: all, or the 51 of MASSIVE 1.0 (empty where one of them is absent)."""
    if not only_1_0:
        return np.arange(len(rows.locales))
    columns = [at for at, locale in enumerate(rows.locales) if locale in LOCALES_1_0]
    return np.array(columns if len(columns) == len(LOCALES_1_0) else [], dtype=np.int64)


def mean_figures(rows: Rows, *, only_1_0: bool = False) -> Figures | None:
    """The unweighted mean over locales: all, or the 51 of MASSIVE 1.0 (None where one of them is absent)."""
    columns = mean_columns(rows, only_1_0=only_1_0)
    return figures_over(rows, columns) if len(columns) else None


def figures_over(rows: Rows, columns: NDArray[np.int64]) -> Figures:
    """The unweighted mean over the locales `columns`, at least one."""
    sums = locale_sums(rows)[columns]
    return _named(int(sums[:, 0].sum()), figures_of_sums(sums).mean(axis=0))


def _named(utterances: int, values: NDArray[np.float64]) -> Figures:
    return Figures(utterances, float(values[0]), float(values[1]), float(values[2]))
