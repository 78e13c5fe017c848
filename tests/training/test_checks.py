"""Settings that cannot be are refused by name."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from kiloglot.errors import ConfigError
from kiloglot.settings import Fitting, LossWeights, Noise, Sizes
from kiloglot.stages import train
from kiloglot.training import check_settings

GROUPS: tuple[Any, ...] = (Sizes(), Noise(), LossWeights(), Fitting())

IMPOSSIBLE = [
    *(("unit_rows", 0), ("bag_rows", -1), ("unit_width", 7), ("bag_width", 0), ("hidden", 0), ("bits", 5)),
    *(("word_rows", 0), ("reader", 0), ("reader_layers", 0)),
    *(("embedding", 0), ("min_count", 0), ("feature_dropout", 1.0), ("unit_dropout", 1.0), ("dropout", -0.1)),
    *(
        ("locale_dropout", 1.1),
        ("misspelt", 1.0),
        ("slot_weight", -1.0),
        ("begins_weight", float("nan")),
        ("meaning_weight", -0.1),
    ),
    *(("locale_weight", float("inf")), ("smoothing", 1.0), ("epochs", 0), ("patience", 0), ("budget", 0)),
    *(("temperature", 0.0), ("row_rate", 0.0), ("rate", float("nan")), ("warmup", -1), ("decay", -1.0)),
    *(("clip", 0.0), ("seed", -1), ("seed", 2**31), ("save_seconds", -1.0), ("device", "cuda")),
]


def with_setting(name: str, value: object) -> tuple[Any, ...]:
    return tuple(
        replace(group, **{name: value}) if name in {f.name for f in fields(group)} else group for group in GROUPS
    )


@pytest.mark.parametrize(("name", "value"), IMPOSSIBLE)
def test_what_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigError) as caught:
        check_settings(*with_setting(name, value))
    assert f"{name} is {value!r}" in str(caught.value)


def test_every_setting_has_a_rule() -> None:
    assert {field.name for group in GROUPS for field in fields(group)} == {name for name, _ in IMPOSSIBLE}


def test_defaults_can_be() -> None:
    check_settings(Sizes(), Noise(), LossWeights(), Fitting())
    config = train.TrainConfig(folder=Path())
    check_settings(config.sizes, config.noise, config.weights, config.fitting)


@pytest.mark.parametrize(
    ("name", "value"),
    [("save_seconds", 0), ("warmup", 0), ("meaning_weight", 0), ("locale_dropout", 1), ("bits", 0), ("bits", 8)],
)
def test_the_edges_can_be(name: str, value: object) -> None:
    check_settings(*with_setting(name, value))
