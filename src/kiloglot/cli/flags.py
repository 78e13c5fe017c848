"""A stage's config class as a typer command: its settings are the flags, their docstrings the help."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer

from kiloglot.cli.verbs import Verb
from kiloglot.stages.configuring import Option, options

__all__ = ["JSON", "JSON_HELP", "QUIET", "QUIET_HELP", "Flag", "Shared", "command", "escaped", "flags", "given"]

JSON_HELP = "Print the result as JSON."
QUIET_HELP = "Show no progress."
_OUTPUT = "Output"

JSON = Annotated[bool, typer.Option("--json", help=JSON_HELP, rich_help_panel=_OUTPUT)]
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help=QUIET_HELP, rich_help_panel=_OUTPUT)]

_MANY = list[str] | None
_TAG = re.compile(r"\[(?=[a-z#/@])")


@dataclass(frozen=True, slots=True)
class Shared:
    """What every command can be told, before or after its name."""

    json: bool = False
    """Print the result as JSON."""
    quiet: bool = False
    """Show no progress."""

    @classmethod
    def of(cls, ctx: typer.Context, json: bool, quiet: bool) -> Shared:
        """What was said before the command's name, of which `ctx` knows, or after it."""
        before = ctx.obj if isinstance(ctx.obj, Shared) else Shared()
        return Shared(json or before.json, quiet or before.quiet)


@dataclass(frozen=True, slots=True)
class Flag:
    """One setting of a stage as the command line shows it."""

    option: Option
    """The setting, with the default that it has in this stage."""
    panel: str | None
    """Heading over it in the help, None for the stage's own settings."""


def flags(config: type) -> Iterator[Flag]:
    """The settings of a config class, those of a group under the group's name."""
    panels: dict[str, str] = {}
    kinds = typing.get_type_hints(config)
    for field in fields(config):
        kind = kinds[field.name]
        if is_dataclass(kind):
            panels.update({part.name: field.name.capitalize() for part in fields(kind)})
    for option in options(config):
        yield Flag(option, panels.get(option.name))


def command(verb: Verb, config: type, run: Callable[[Shared, dict[str, Any]], None]) -> typer.Typer:
    """An app of one command that hands the settings of `config`, by name, to `run`."""

    def call(ctx: typer.Context, json: bool, quiet: bool, **values: Any) -> None:
        run(Shared.of(ctx, json, quiet), values)

    shown = [_parameter(flag, flag.option.name in verb.arguments) for flag in flags(config)]
    shared = [_keyword("json", JSON, False), _keyword("quiet", QUIET, False)]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    call.__signature__ = inspect.Signature([context, *shown, *shared])  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    app.command(verb.name, help=verb.line)(call)
    return app


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was said on the command line, without what was not; locales may be joined by commas."""
    said = {name: value for name, value in values.items() if value is not None}
    if "locales" in said:
        said["locales"] = [tag.strip() for part in said["locales"] for tag in part.split(",") if tag.strip()]
    return said


def escaped(text: str) -> str:
    """`text` with its brackets kept from being read as rich's markup."""
    return _TAG.sub(r"\\[", text)


def _parameter(flag: Flag, positional: bool) -> inspect.Parameter:
    option = flag.option
    kind, choices = _kind(option.kind)
    many = kind == _MANY
    help_ = escaped(f"{option.help} May be repeated." if many else option.help)
    settings: dict[str, Any] = {"help": help_, "rich_help_panel": flag.panel}
    settings["show_default"] = not (option.default in (None, "", ()) or option.default is False)
    if choices:
        settings["autocompletion"] = lambda: list(choices)
    default = inspect.Parameter.empty if option.required else (option.default or None if many else option.default)
    if positional:
        return _keyword(option.name, Annotated[kind, typer.Argument(metavar=option.name.upper(), **settings)], default)
    if choices or many:
        settings["metavar"] = f"<{'|'.join(choices) or 'text'}>"
    return _keyword(option.name, Annotated[kind, typer.Option(*_names(option), **settings)], default)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _names(option: Option) -> tuple[str, ...]:
    name = option.name.rstrip("_").replace("_", "-")
    return (f"--{name}/--no-{name}",) if option.default is True else (f"--{name}",)


def _kind(kind: Any) -> tuple[Any, tuple[str, ...]]:
    """What typer shall read for a setting of this type, and the choices where there are few."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        read, choices = _kind(next(part for part in inner if part is not type(None)))
        return read | None, choices
    if origin is tuple:
        return _MANY, ()
    if origin is Literal:
        return str, tuple(map(str, inner))
    return (kind, ()) if kind in (bool, int, float, str, Path) else (str, ())
