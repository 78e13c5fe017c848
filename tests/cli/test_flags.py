"""Flags are the settings of the stages, with the same defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from kiloglot.cli.flags import Shared, command, escaped, flags, given
from kiloglot.cli.verbs import VERBS
from kiloglot.stages import STAGES, stage
from kiloglot.stages.configuring import Option, built


def configured(verb: str, *args: str) -> tuple[Any, Shared]:
    """What a command line asks of a stage, and what it says to every command."""
    seen: list[tuple[Shared, dict[str, Any]]] = []
    config = stage(verb).config
    app = command(VERBS[verb], config, lambda shared, values: seen.append((shared, values)))
    done = CliRunner().invoke(app, list(args))
    assert done.exit_code == 0, done.output
    shared, values = seen[0]
    return built(config, given(values)), shared


def required(verb: str) -> dict[str, str]:
    return {flag.option.name: "x" for flag in flags(stage(verb).config) if flag.option.required}


def typed(verb: str) -> list[str]:
    words: list[str] = []
    for name, value in required(verb).items():
        words += [value] if name in VERBS[verb].arguments else [f"--{name}", value]
    return words


@pytest.mark.parametrize("verb", STAGES)
def test_what_is_not_said_keeps_the_default_of_the_stage(verb: str) -> None:
    config = stage(verb).config
    kinds: dict[str, Option] = {flag.option.name: flag.option for flag in flags(config)}
    as_kind = {Path: Path, tuple[Path, ...]: lambda value: (Path(value),)}
    values = {name: as_kind.get(kinds[name].kind, str)(value) for name, value in required(verb).items()}
    assert configured(verb, *typed(verb)) == (config(**values), Shared())


def test_what_is_said_arrives() -> None:
    config, shared = configured(
        "train", "home", "--epochs", "3", "--dropout", "0.5", "--out", "m", "--locales", "de-DE, fr-FR", "--locales",
        "ja-JP", "-q", "--json",
    )  # fmt: skip
    assert (config.folder, config.out, config.locales) == (Path("home"), Path("m"), ("de-DE", "fr-FR", "ja-JP"))
    assert (config.fitting.epochs, config.noise.dropout) == (3, 0.5)
    assert shared == Shared(json=True, quiet=True)


def test_a_switch_that_is_on_can_be_switched_off() -> None:
    config, _ = configured("predict", "--data", "d", "--out", "o", "--no-tell-locale")
    assert config.tell_locale is False


def test_a_comma_in_another_setting_stays() -> None:
    config, _ = configured("run", "massive", "--set", "note=a,b", "--set", "x=1")
    assert config.set == ("note=a,b", "x=1")


def test_brackets_in_help_are_no_markup() -> None:
    from rich.text import Text

    for help_ in ("a share in [0, 1]", "`slots` [{`type`}]", "a [place] and [/place]"):
        assert Text.from_markup(escaped(help_)).plain == help_
