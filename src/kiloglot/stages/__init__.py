"""The verbs: each reads files, does one thing, and writes files. `STAGES` names them all, for the command line and
recipes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from kiloglot.errors import ConfigError

__all__ = ["STAGES", "Stage", "stage"]

STAGES: dict[str, str] = {
    "demo": "DemoConfig",
    "init": "InitConfig",
    "convert": "ConvertConfig",
    "validate": "ValidateConfig",
    "train": "TrainConfig",
    "suggest": "SuggestConfig",
    "prepare": "PrepareConfig",
    "prepare home-assistant": "PrepareHomeConfig",
    "words": "WordsConfig",
    "finetune": "FinetuneConfig",
    "reread": "RereadConfig",
    "doubt": "DoubtConfig",
    "export": "ExportConfig",
    "predict": "PredictConfig",
    "evaluate": "EvaluateConfig",
    "run": "RunConfig",
}
"""Verb -> name of its config class, in the order in which a newcomer meets them; the module has the verb's name, its
words joined by `_`.
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A verb."""

    verb: str
    """What it is called."""
    config: type
    """The class of its settings."""
    run: Callable[..., Any]
    """`run(config, progress) -> report`."""


def stage(verb: str) -> Stage:
    """The stage of a verb, imported now. Raises ConfigError where there is none."""
    if verb not in STAGES:
        raise ConfigError(f"there is no stage {verb!r}", remedy=f"There are: {', '.join(STAGES)}")
    module = import_module(f"kiloglot.stages.{verb.replace(' ', '_').replace('-', '_')}")
    return Stage(verb, getattr(module, STAGES[verb]), module.run)
