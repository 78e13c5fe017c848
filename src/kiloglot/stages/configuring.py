"""One description of a stage's settings: its config class is its flags, its help and its table in a recipe.

The fields of a group, a dataclass inside a config, stand beside the others under their own names, which are unique
in a config.
"""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from kiloglot.errors import ConfigError

__all__ = ["Option", "built", "options", "summary"]

Config = TypeVar("Config")


@dataclass(frozen=True, slots=True)
class Option:
    """One setting."""

    name: str
    """Name of the field; as a flag, `_` becomes `-`."""
    kind: Any
    """Its annotated type."""
    help: str
    """The line under the field."""
    required: bool
    """Whether it has no default."""
    default: Any
    """Its default, None where it has none."""


def summary(config: type) -> str:
    """The first line of the class's docstring."""
    return (inspect.getdoc(config) or "").splitlines()[0]


def options(config: type) -> tuple[Option, ...]:
    """The settings of a config class, those of its groups among them."""
    return tuple(_options(config))


def built(config: type[Config], values: Mapping[str, Any]) -> Config:
    """An instance of `config` with `values` by the names of its options; what is not named keeps its default.

    Values are converted from what TOML or a shell can say. Raises ConfigError on an unknown name, a missing one, or a
    value of the wrong kind.
    """
    known = {option.name: option for option in options(config)}
    for name in values:
        if name not in known:
            raise ConfigError(f"there is no setting {name!r}", remedy=f"There are: {', '.join(known)}")
    for option in known.values():
        if option.required and option.name not in values:
            raise ConfigError(f"the setting {option.name!r} is missing", remedy=option.help)
    converted = {name: _converted(known[name], value) for name, value in values.items()}
    return _assembled(config, converted)


def _options(config: type, group: Any = None) -> Iterator[Option]:
    """The options of `config`; the defaults of a group are those of the instance that its owner starts from."""
    lines, kinds = _field_lines(config), typing.get_type_hints(config)
    for field in fields(config):
        kind = kinds[field.name]
        default = _default(field) if group is None else getattr(group, field.name)
        if is_dataclass(kind):
            yield from _options(typing.cast(type, kind), default)
            continue
        yield Option(
            field.name, kind, lines.get(field.name, ""), default is MISSING, None if default is MISSING else default
        )


def _default(field: Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _assembled(config: type[Config], values: Mapping[str, Any]) -> Config:
    chosen: dict[str, Any] = {}
    for field in fields(config):  # type: ignore[arg-type]
        if is_dataclass(typing.get_type_hints(config)[field.name]):
            group: Any = _default(field)
            named = {part.name: values[part.name] for part in fields(group) if part.name in values}
            chosen[field.name] = replace(group, **named)
        elif field.name in values:
            chosen[field.name] = values[field.name]
    return config(**chosen)


@functools.cache
def _field_lines(config: type) -> dict[str, str]:
    """The docstring under each field."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(config))).body
    lines: dict[str, str] = {}
    if isinstance(body, ast.ClassDef):
        for field, below in zip(body.body, body.body[1:], strict=False):
            named = isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            told = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if named and told:
                lines[field.target.id] = inspect.cleandoc(str(below.value.value))  # type: ignore[attr-defined]
    return lines


def _converted(option: Option, value: Any) -> Any:
    try:
        return _as(option.kind, value)
    except (TypeError, ValueError) as fault:
        raise ConfigError(f"{option.name}: {fault}", remedy=option.help) from fault


def _as(kind: Any, value: Any) -> Any:
    """`value` as `kind`. Raises TypeError or ValueError where it is none."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else _as(next(part for part in inner if part is not type(None)), value)
    if origin is tuple:
        if not isinstance(value, str | list | tuple):
            raise TypeError(f"expected a list, found {type(value).__name__}")
        return tuple(_as(inner[0], part) for part in ([value] if isinstance(value, str) else value))
    if origin is Literal:
        if value not in inner:
            raise ValueError(f"choose one of {', '.join(map(str, inner))}")
        return value
    if kind is Path and isinstance(value, str):
        return Path(value)
    if kind in (bool, int, float) and isinstance(value, str):
        return _read(kind, value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"expected {_NAMES.get(kind, kind.__name__)}, found {value!r}")
    return value


def _read(kind: Any, value: str) -> Any:
    """A number or a truth value in words, as a shell or an open end of a recipe gives it."""
    try:
        return {"true": True, "false": False}[value] if kind is bool else kind(value)
    except (KeyError, ValueError):
        raise ValueError(f"expected {_NAMES[kind]}, found {value!r}") from None


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path"}
