"""The app: which commands there are, what is common to them, and how they end."""

from __future__ import annotations

import gc
import sys
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from kiloglot.cli.faults import FAILED_CHECK, INTERRUPTED, abandoned, ending
from kiloglot.cli.flags import JSON_HELP, QUIET_HELP, Shared, command, given
from kiloglot.cli.installed import models, show_version
from kiloglot.cli.parsing import parse
from kiloglot.cli.shell import shell
from kiloglot.cli.verbs import SERVE, USE, VERBS, Verb
from kiloglot.stages import stage
from kiloglot.stages.configuring import built

__all__ = ["app", "late_command", "main"]


class _Commands(TyperGroup):
    """The commands. A stage is imported only when its command is run or asked for help."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` names, with its flags, and the arguments that are left for it."""
        both = " ".join(args[:2])
        if both in VERBS and " " in both:
            args = [both, *args[2:]]
        name, found, rest = super().resolve_command(ctx, args)
        return name, late_command(name) or found, rest

    def invoke(self, ctx: Any) -> Any:
        """Runs the command, and ends quietly where it is stopped or nobody reads what it prints."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt as stopped:
            raise typer.Exit(INTERRUPTED) from stopped
        except BrokenPipeError as closed:
            raise typer.Exit(abandoned()) from closed
        return result

    def main(self, *args: Any, **settings: Any) -> NoReturn:
        """Runs the command line and ends the process with the right exit code."""
        run = super().main
        sys.exit(ending(lambda: run(*args, **{**settings, "standalone_mode": False})))


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Try: kiloglot parse 'wake me up tomorrow at nine'",
)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version; with --json, all of a bug report.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help=QUIET_HELP)] = False,
) -> None:
    """One small model that understands spoken commands, their intent and slots, in many languages."""
    ctx.obj = Shared(as_json, quiet)
    if version:
        show_version(as_json)
    elif ctx.invoked_subcommand is None:
        sys.stdout.write(f"{ctx.get_help()}\n".lstrip("\n"))


def late_command(name: str | None) -> Any:
    """The command of this name where it is one that is imported only now: a stage, or the servers."""
    if name == SERVE.name:
        from kiloglot.cli.serving import serve_command

        return serve_command()
    return _stage_command(VERBS[name]) if name in VERBS else None


def _stage_command(verb: Verb) -> Any:
    chosen = stage(verb.name)

    def run(shared: Shared, values: dict[str, Any]) -> None:
        from kiloglot.cli.console import reporter
        from kiloglot.cli.reports import show

        config: Any = built(chosen.config, given(values))
        report = chosen.run(config, reporter(shared.quiet))
        show(verb.name, config, report, shared.json)
        if not getattr(report, "ok", True):
            raise typer.Exit(FAILED_CHECK)

    return get_command(command(verb, chosen.config, run))


def _listed() -> None:
    """Stands in the list for a command that is imported late; `resolve_command` puts the real one in its place."""


app.command("parse", rich_help_panel=USE)(parse)
app.command("shell", rich_help_panel=USE)(shell)
app.command("models", rich_help_panel=USE)(models)
app.command(SERVE.name, help=SERVE.line, rich_help_panel=SERVE.panel)(_listed)
for _verb in VERBS.values():
    app.command(_verb.name, help=_verb.line, rich_help_panel=_verb.panel)(_listed)


def main() -> None:
    """The program `kiloglot`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # A terminal that lacks a letter shows `?` rather than no answer.
    try:
        get_command(app).main(prog_name="kiloglot")
    finally:
        gc.freeze()  # Python's end would look through all that was imported: a tenth of the time of one parse.
