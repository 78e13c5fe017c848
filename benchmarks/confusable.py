"""Which locales a model takes for each other when it is not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from kiloglot.values import Prediction

__all__ = ["ConfusedLocales", "confused_locales"]


@dataclass(frozen=True, slots=True)
class ConfusedLocales:
    """Two locales, one taken for the other."""

    locales: tuple[str, str]
    """Their tags, in order."""
    utterances: int
    """How often, both ways."""
    share: float
    """The same as a share of all utterances of the two, in [0, 1]."""


def confused_locales(predictions: Iterable[Prediction]) -> list[ConfusedLocales]:
    """Every pair of locales that was ever confused, largest share first; predictions without a guess do not count."""
    sizes: Counter[str] = Counter()
    wrong: Counter[tuple[str, str]] = Counter()
    for prediction in predictions:
        guess = prediction.guessed_locale
        if guess is None:
            continue
        sizes[prediction.locale] += 1
        if guess != prediction.locale:
            wrong[min(guess, prediction.locale), max(guess, prediction.locale)] += 1
    pairs = [ConfusedLocales((a, b), count, count / (sizes[a] + sizes[b])) for (a, b), count in wrong.items()]
    return sorted(pairs, key=lambda pair: (-pair.share, pair.locales))
