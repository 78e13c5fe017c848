"""What settings of training can be. Told in one line before anything is read, rather than by a crash an hour later."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from kiloglot.errors import ConfigError
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes, WordNoise

__all__ = ["check_settings"]


def check_settings(*groups: Sizes | Noise | WordNoise | LossWeights | Fitting) -> None:
    """Raises ConfigError, naming the setting and what it may be, for the first that cannot be."""
    for group in groups:
        for name in type(group).__slots__:
            good, allowed = _RULES[name]
            value = getattr(group, name)
            if not good(value):
                raise ConfigError(f"{name} is {value!r}", remedy=f"It can be {allowed}")


_Rule = tuple[Callable[[Any], bool], str]

_COUNT: _Rule = (lambda value: value >= 1, "1 or more")
_FOURS: _Rule = (lambda value: value >= 4 and value % 4 == 0, "a multiple of 4")
_SHARE: _Rule = (lambda value: 0 <= value < 1, "0 or more and below 1")
_WEIGHT: _Rule = (lambda value: 0 <= value < math.inf, "0 or more")
_RATE: _Rule = (lambda value: 0 < value < math.inf, "above 0")

_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(
        ("unit_rows", "bag_rows", "word_rows", "reader", "reader_layers", "hidden", "embedding", "min_count"), _COUNT
    ),
    **dict.fromkeys(("unit_width", "bag_width"), _FOURS),
    "bits": (lambda value: value in (0, 2, 4, 8), "2, 4 or 8; 0 for full precision, which cannot be exported as it is"),
    **dict.fromkeys(("feature_dropout", "unit_dropout", "dropout", "misspelt", "smoothing"), _SHARE),
    **dict.fromkeys(("part_dropout", "synonyms"), _SHARE),
    "locale_dropout": (lambda value: 0 <= value <= 1, "0 to 1"),
    **dict.fromkeys(("slot_weight", "begins_weight", "locale_weight", "meaning_weight"), _WEIGHT),
    **dict.fromkeys(("epochs", "patience", "budget"), _COUNT),
    **dict.fromkeys(("temperature", "row_rate", "rate", "clip"), _RATE),
    **dict.fromkeys(("warmup", "decay", "save_seconds"), _WEIGHT),
    "seed": (lambda value: 0 <= value < 2**31, f"0 to {2**31 - 1}"),
    "device": (lambda value: value in ("auto", "cpu"), "auto or cpu"),
}
"""Setting -> (whether a value can be, what can be, in words). A test sees to it that all settings have a rule."""
