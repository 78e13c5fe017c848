"""Locales that are taken for each other."""

from __future__ import annotations

from benchmarks.confusable import ConfusedLocales, confused_locales
from kiloglot.values import Prediction


def said(locale: str, guess: str | None) -> Prediction:
    return Prediction(id="1", locale=locale, intent="stop", guessed_locale=guess)


def test_both_directions_count_for_one_pair() -> None:
    danish = [said("da-DK", "nb-NO"), said("da-DK", "da-DK"), said("da-DK", "da-DK")]
    norwegian = [said("nb-NO", "da-DK"), said("nb-NO", "nb-NO")]
    assert confused_locales(danish + norwegian) == [ConfusedLocales(("da-DK", "nb-NO"), 2, 2 / 5)]


def test_the_most_confused_pair_comes_first() -> None:
    few = [said("en-US", "de-DE"), *[said("en-US", "en-US")] * 9]
    many = [*[said("zh-TW", "zh-CN")] * 3, said("zh-CN", "zh-CN")]
    assert [pair.locales for pair in confused_locales(few + many)] == [("zh-CN", "zh-TW"), ("de-DE", "en-US")]


def test_no_guess_is_no_confusion() -> None:
    assert confused_locales([said("en-US", None)]) == []
