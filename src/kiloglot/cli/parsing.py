"""`kiloglot parse`: utterances from the command line or standard input, one answer each."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from kiloglot.cli.flags import JSON, Shared
from kiloglot.cli.installed import known_locales, known_models
from kiloglot.errors import ConfigError

if TYPE_CHECKING:
    from kiloglot.runtime import NLU
    from kiloglot.values import Parse

__all__ = ["EXPLAIN_HELP", "LOCALE", "MODEL", "lines_of", "parse"]

EXPLAIN_HELP = "Say what decided."
_LONGEST_LINE = 1 << 20  # bytes that are kept of a line; no utterance is near it

MODEL = Annotated[
    str | None,
    typer.Option(
        help="Bundled model by name, or a model's folder; default: the bundled one.",
        autocompletion=known_models,
        show_default=False,
    ),
]
LOCALE = Annotated[
    str | None,
    typer.Option(
        help="Locale of what is said, as de-DE; default: guessed from the text.",
        autocompletion=known_locales,
        show_default=False,
    ),
]

HOUSEHOLD = Annotated[
    Path | None,
    typer.Option(
        help="File of your devices, areas, floors and lists: say which are meant, and split several commands.",
        show_default=False,
    ),
]


def parse(
    ctx: typer.Context,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="What was said; without it, each line of standard input."),
    ] = None,
    locale: LOCALE = None,
    model: MODEL = None,
    top_k: Annotated[int, typer.Option(help="How many intents to list.")] = 3,
    explain: Annotated[bool, typer.Option("--explain", help=EXPLAIN_HELP)] = False,
    household: HOUSEHOLD = None,
    as_json: JSON = False,
) -> None:
    """Say what is wanted: the intent and the slots of utterances.

    With --json each answer is one line of JSON.
    """
    from kiloglot.runtime import DEFAULT_MODEL, NLU

    if household and explain:
        raise ConfigError("--explain tells of one parse, --household of commands", remedy="Give one of them")
    nlu = NLU.load(model or DEFAULT_MODEL)
    said = map(os.fsencode, texts) if texts else lines_of(sys.stdin.buffer)
    as_json = Shared.of(ctx, as_json, False).json
    if household:
        _answer(nlu, household, said, locale, top_k, as_json=as_json)
        return
    show = _shower(as_json, brief=not texts and not explain)
    for utterance in said:
        show(nlu.parse(utterance, locale, top_k=top_k, explain=explain))
        sys.stdout.flush()


def _answer(nlu: NLU, household: Path, said: Iterable[bytes], locale: str | None, top_k: int, *, as_json: bool) -> None:
    """Shows the commands of utterances, and which things of the household they mean."""
    from kiloglot.assistant import Registry, answers
    from kiloglot.cli.answers import answered
    from kiloglot.cli.console import output
    from kiloglot.cli.jsons import plain, write
    from kiloglot.data import read_household

    registry, console = Registry(read_household(household)), output()
    for utterance in said:
        (answer,) = answers(nlu, [utterance], locale, top_k=top_k, registry=registry)
        if as_json:
            write(plain(answer))
        else:
            console.print(answered(answer), soft_wrap=True)
        sys.stdout.flush()


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a stream as they come, without their ends; of an endless one, its first MiB."""
    while part := stream.readline(_LONGEST_LINE):
        rest = part
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST_LINE)
        yield part.rstrip(b"\r\n")


def _shower(as_json: bool, brief: bool) -> Callable[[Parse], None]:
    """What writes a parse to standard output: JSON, a line, or a few lines."""
    if as_json:
        from kiloglot.cli.jsons import plain, write

        return lambda parse: write(plain(parse))
    from kiloglot.cli.answers import card, line
    from kiloglot.cli.console import output

    console, shown = output(), line if brief else card
    return lambda parse: console.print(shown(parse), soft_wrap=True)
