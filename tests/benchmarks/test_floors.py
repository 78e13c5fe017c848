"""The floors of each locale."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import mean
from typing import get_args

import pytest

from benchmarks.floors import Figure, Floors, read_floors
from kiloglot.scoring import LOCALES_1_0


@pytest.mark.parametrize("figure", get_args(Figure))
def test_every_locale_of_massive_has_a_floor(figure: Figure) -> None:
    assert read_floors().least[figure].keys() == LOCALES_1_0 | {"ca-ES"}


def test_the_mean_is_the_one_that_was_measured() -> None:
    # 83.8 over the 51 locales of 1.0; each floor is rounded to a tenth.
    floors = read_floors().least["intent"]
    assert mean(floors[locale] for locale in LOCALES_1_0) == pytest.approx(0.838, abs=0.001)


def test_missed_floors_come_largest_gap_first() -> None:
    least: Mapping[Figure, Mapping[str, float]] = {"intent": {"de-DE": 0.8, "en-US": 0.9, "ja-JP": 0.7}, "slots": {}}
    floors = Floors({}, "dev", "", least)
    reached = {"de-DE": 0.79, "en-US": 0.8, "ja-JP": 0.7, "xx-XX": 0.1}
    assert floors.missed("intent", reached) == [("en-US", 0.8, 0.9), ("de-DE", 0.79, 0.8)]
    assert floors.missed("slots", reached) == []
