"""`run`: the stages of a recipe one after another, without those that are done."""

from __future__ import annotations

import hashlib
import json
import string
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from kiloglot.errors import ConfigError
from kiloglot.progress import SILENT, Progress
from kiloglot.stages import Stage, stage
from kiloglot.stages.configuring import built
from kiloglot.stages.ledger import Ledger

__all__ = ["Recipe", "RunConfig", "RunReport", "Step", "read_recipe", "run", "shipped_recipes"]

_LEDGER = "recipe.json"
_EXAMPLE = "See the recipes that are shipped"


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Run the stages of a recipe, without those that are done."""

    recipe: str
    """A recipe's TOML file, or the name of one that is shipped."""
    set: tuple[str, ...] = ()
    """What the recipe leaves open, as `name=value`."""
    force: bool = False
    """Run every stage again."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a recipe."""

    stage: Stage
    """What to run."""
    config: Any
    """Its settings, of the stage's config class."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Stages with all their settings."""

    name: str
    """What it is called."""
    work: Path
    """Folder where it keeps its ledger and writes its results."""
    steps: tuple[Step, ...]
    """The stages in order."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What was run."""

    recipe: str
    """Name of the recipe."""
    done: tuple[str, ...]
    """Verbs that ran, in order."""
    skipped: tuple[str, ...]
    """Verbs that had run before."""
    seconds: float
    """Time of it all."""


def run(config: RunConfig, progress: Progress = SILENT) -> RunReport:
    """Runs what is not done yet. A stage is done when it ran with these settings after these same stages, and its
    output lies there. What a stage of this recipe wrote before is replaced when it runs again.
    """
    began = time.monotonic()
    recipe = read_recipe(config.recipe, _given(config.set))
    ledger = Ledger(recipe.work / _LEDGER)
    done, skipped, chain = list[str](), list[str](), ""
    for step in recipe.steps:
        chain = _chained(chain, step)
        if not config.force and ledger.holds(chain):
            progress.say(f"{step.stage.verb}: done already")
            skipped.append(step.stage.verb)
            continue
        progress.say(f"{step.stage.verb} ...")
        with ledger.entry(chain, getattr(step.config, "out", None)):
            step.stage.run(step.config, progress)
        done.append(step.stage.verb)
    return RunReport(recipe.name, tuple(done), tuple(skipped), time.monotonic() - began)


def shipped_recipes() -> tuple[str, ...]:
    """Names of the recipes that lie in the package."""
    folder = resources.files("kiloglot") / "recipes"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def read_recipe(source: str, given: Mapping[str, str]) -> Recipe:
    """The recipe in the file `source`, or shipped under that name, with its open ends filled from `given`.

    `${here}` stands for the recipe's own folder. Raises ConfigError where it is not a recipe, a stage or a setting of
    it does not exist, or an open end is left.
    """
    path, known = Path(source), shipped_recipes()
    if source not in known and not path.is_file():
        raise ConfigError(f"no recipe {source!r}", remedy=f"Name a TOML file, or one of: {', '.join(known)}")
    file = resources.files("kiloglot") / "recipes" / f"{source}.toml" if source in known else path
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise ConfigError(f"not TOML: {fault}", path=path) from fault
    try:
        return _recipe(path.stem, content, given, Path(str(file)).parent)
    except ConfigError as fault:
        raise ConfigError(fault.problem, remedy=fault.remedy, path=path) from fault


def _recipe(name: str, content: Mapping[str, Any], given: Mapping[str, str], here: Path) -> Recipe:
    _refuse_unknown(content, ("recipe", "stage"), "a recipe")
    head = _table(content.get("recipe", {}), "[recipe]")
    _refuse_unknown(head, ("inputs", "defaults"), "[recipe]")
    inputs, defaults = (_table(head.get(part, {}), f"[recipe.{part}]") for part in ("inputs", "defaults"))
    _refuse_unknown(given, (*inputs, *defaults), "the recipe")
    values = {"here": str(here), **{name: str(value) for name, value in {**defaults, **given}.items()}}
    for wanted, help_ in inputs.items():
        if wanted not in values:
            raise ConfigError(f"the recipe needs {wanted!r}", remedy=f"Give it with --set {wanted}=... ({help_})")
    stages = content.get("stage")
    if "work" not in values or not isinstance(stages, list) or not stages:
        raise ConfigError("a recipe has a default for `work` and at least one [[stage]]", remedy=_EXAMPLE)
    steps = tuple(_step(_table(table, "[[stage]]"), values) for table in stages)
    return Recipe(name, Path(values["work"]), steps)


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{name} is no table", remedy=_EXAMPLE)
    return value


def _refuse_unknown(named: Mapping[str, Any], known: Sequence[str], whose: str) -> None:
    for name in named:
        if name not in known:
            raise ConfigError(f"{whose} has no {name!r}", remedy=f"It has: {', '.join(known) or 'nothing to set'}")


def _step(table: Mapping[str, Any], values: Mapping[str, str]) -> Step:
    try:
        filled = {name: _filled(value, values) for name, value in table.items()}
        chosen = stage(str(filled.pop("run", "")))
        if chosen.run is run:
            raise ConfigError("a recipe does not run recipes", remedy="Copy the other recipe's stages")
        return Step(chosen, built(chosen.config, filled))
    except ConfigError as fault:
        raise ConfigError(f"[[stage]] {table.get('run', '')}: {fault.problem}", remedy=fault.remedy) from fault


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    """`value` with `${name}` replaced in its texts."""
    if isinstance(value, list):
        return [_filled(part, values) for part in value]
    if not isinstance(value, str):
        return value
    try:
        return string.Template(value).substitute(values)
    except KeyError as fault:
        known = ", ".join(values)
        raise ConfigError(
            f"{value!r} names {fault}, which the recipe does not declare", remedy=f"It has: {known}"
        ) from fault
    except ValueError as fault:
        raise ConfigError(
            f"{value!r} has a $ that names nothing", remedy="Write ${name}, or $$ for a dollar"
        ) from fault


def _given(pairs: tuple[str, ...]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"--set {pair!r} has no `=`", remedy="Write --set name=value")
        given[name] = value
    return given


def _chained(before: str, step: Step) -> str:
    asked = json.dumps([before, step.stage.verb, asdict(step.config)], sort_keys=True, default=str)
    return hashlib.sha256(asked.encode()).hexdigest()
