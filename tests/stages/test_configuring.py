"""One description of settings: flags, help and tables of recipes come from the config class."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from kiloglot.errors import ConfigError
from kiloglot.settings import Fitting
from kiloglot.stages import STAGES, stage
from kiloglot.stages.configuring import built, options, summary
from kiloglot.stages.finetune import FinetuneConfig
from kiloglot.stages.train import TrainConfig


@dataclass(frozen=True, slots=True)
class Inner:
    """A group."""

    depth: int = 3
    """How deep."""
    share: float = 0.5
    """How much."""


@dataclass(frozen=True, slots=True)
class Config:
    """Do something.

    In more words.
    """

    path: Path
    """Where from."""
    mode: Literal["fast", "good"] = "fast"
    """How."""
    names: tuple[str, ...] = ()
    """Which ones,
    in two lines."""
    limit: int | None = None
    """How many at most."""
    loud: bool = False
    """Whether it is heard."""
    inner: Inner = field(default=Inner(depth=7))
    """The group."""


def test_options_are_fields_in_their_order_with_their_help() -> None:
    found = {option.name: option for option in options(Config)}
    assert list(found) == ["path", "mode", "names", "limit", "loud", "depth", "share"]
    assert found["path"].required and not found["mode"].required
    assert found["names"].help == "Which ones,\nin two lines."
    assert found["depth"].default == 7, "the owner's default, not the group's"
    assert found["share"].default == 0.5
    assert summary(Config) == "Do something."


def test_what_is_not_named_keeps_its_default() -> None:
    assert built(Config, {"path": "a"}) == Config(Path("a"))
    assert built(Config, {"path": "a", "share": 0.25}).inner == Inner(depth=7, share=0.25)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("path", "a/b", Path("a/b")),
        ("path", Path("a"), Path("a")),
        ("mode", "good", "good"),
        ("names", ["a", "b"], ("a", "b")),
        ("names", ("a",), ("a",)),
        ("names", "a", ("a",)),
        ("names", [], ()),
        ("limit", None, None),
        ("limit", 3, 3),
        ("limit", "3", 3),
        ("loud", True, True),
        ("loud", "true", True),
        ("loud", "false", False),
        ("depth", 4, 4),
        ("depth", "4", 4),
        ("share", 1, 1.0),
        ("share", "1e-3", 0.001),
    ],
)
def test_values_of_toml_and_shells_are_converted(name: str, value: object, wanted: object) -> None:
    config = built(Config, {"path": "x", name: value})
    found = getattr(config.inner if name in ("depth", "share") else config, name)
    assert found == wanted
    assert type(found) is type(wanted) or isinstance(wanted, Path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("path", 3, "path: expected a path, found 3"),
        ("mode", "slow", "mode: choose one of fast, good"),
        ("names", 3, "names: expected a list, found int"),
        ("names", [1], "names: expected a text, found 1"),
        ("limit", "three", "limit: expected a whole number, found 'three'"),
        ("limit", 3.5, "limit: expected a whole number, found 3.5"),
        ("limit", True, "limit: expected a whole number, found True"),
        ("loud", 1, "loud: expected true or false, found 1"),
        ("loud", "yes", "loud: expected true or false, found 'yes'"),
        ("depth", "1.5", "depth: expected a whole number, found '1.5'"),
        ("share", "much", "share: expected a number, found 'much'"),
        ("share", True, "share: expected a number, found True"),
        ("share", None, "share: expected a number, found None"),
    ],
)
def test_a_value_of_the_wrong_kind_names_its_setting(name: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        built(Config, {"path": "x", name: value})
    assert caught.value.problem == said
    helps = {option.name: option.help for option in options(Config)}
    assert caught.value.remedy == helps[name]


def test_an_unknown_setting_lists_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"no setting 'colour'. There are: path, mode, .*, depth, share"):
        built(Config, {"path": "x", "colour": "red"})


def test_a_missing_setting_says_what_it_is_for() -> None:
    with pytest.raises(ConfigError, match=r"'path' is missing\. Where from\."):
        built(Config, {"mode": "good"})


@pytest.mark.parametrize("verb", sorted(STAGES))
def test_settings_of_a_stage_are_unique_and_explained(verb: str) -> None:
    found = options(stage(verb).config)
    names = [option.name for option in found]
    assert len(set(names)) == len(names)
    assert all(option.help for option in found)
    assert summary(stage(verb).config).endswith(".")


@pytest.mark.parametrize("verb", sorted(STAGES))
def test_a_stage_built_from_its_own_defaults_is_its_default(verb: str) -> None:
    config = stage(verb).config
    needed: dict[str, Any] = {o.name: "x" for o in options(config) if o.required}
    defaults = {o.name: o.default for o in options(config) if not o.required}
    assert built(config, needed) == built(config, {**needed, **defaults})


def test_train_has_defaults_of_its_own_for_small_data() -> None:
    defaults = {option.name: option.default for option in options(TrainConfig)}
    config = TrainConfig(folder=Path())
    assert defaults["epochs"] == config.fitting.epochs
    assert defaults["bits"] == config.sizes.bits
    assert built(TrainConfig, {"folder": "x", "seed": 5}).fitting.epochs == config.fitting.epochs


def test_an_instance_holds_every_option() -> None:
    groups = [f for f in fields(FinetuneConfig) if f.default_factory is not MISSING]
    config = built(FinetuneConfig, {"data": "d", "out": "o", "epochs": 2, "bits": 8})
    assert all(is_dataclass(getattr(config, group.name)) for group in groups)
    assert (config.fitting, config.sizes.bits) == (Fitting(epochs=2), 8)
