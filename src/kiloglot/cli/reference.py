"""The page of the documents about the command line, made from the commands themselves.

Write it anew with `python -m kiloglot.cli.reference > docs/reference/cli.md`; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from kiloglot.cli.app import app, late_command
from kiloglot.cli.verbs import ASSISTANT, MODEL, PROVE, USE

__all__ = ["reference"]

_HEAD = """\
# Command line

`kiloglot --help` lists the commands, `kiloglot COMMAND --help` the flags of one.

- Results go to standard output, progress and errors to standard error. `--json` prints the result as JSON, `--quiet`
  shows no progress. Both may stand before or after the command.
- An error is one line that ends with the remedy; [exit codes](exit-codes.md) tell scripts what happened.
- `kiloglot --install-completion` sets up completion for the shell that it is typed in (bash, zsh, fish or PowerShell);
  open a new shell to use it. `kiloglot --show-completion` prints the script instead.
- `kiloglot --version --json` prints what a bug report needs.
"""


def reference() -> str:
    """The page."""
    return "\n".join([_HEAD, *_sections()])


def _sections() -> Iterator[str]:
    listed: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    for panel in (USE, ASSISTANT, MODEL, PROVE):
        yield f"## {panel}\n"
        for name, command in listed.items():
            if command.rich_help_panel == panel:
                yield from _command(name, late_command(name) or command)


def _command(name: str, command: Any) -> Iterator[str]:
    context = command.make_context(f"kiloglot {name}", [], resilient_parsing=True)
    parameters = [each for each in command.get_params(context) if each.name not in ("help", "json", "as_json", "quiet")]
    arguments = [_name(each) for each in parameters if each.param_type_name == "argument"]
    yield f"### kiloglot {name}\n\n{command.help}\n"
    yield f"```text\n{' '.join(['kiloglot', name, *arguments, '[OPTIONS]'])}\n```\n"
    panels = dict.fromkeys(getattr(each, "rich_help_panel", None) for each in parameters)
    for panel in panels:
        rows = [_row(each) for each in parameters if getattr(each, "rich_help_panel", None) == panel]
        yield "\n".join([f"| {panel or 'Setting'} | Meaning | Default |", "| --- | --- | --- |", *rows, ""])


def _row(parameter: Any) -> str:
    shown = parameter.show_default and parameter.default is not None and parameter.default is not False
    default = "required" if parameter.required else f"`{parameter.default}`" if shown else ""
    cells = (f"`{_name(parameter)}`", parameter.help.replace("\\[", "["), default)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _name(parameter: Any) -> str:
    """How the setting is written: FOLDER, [TEXT]..., --partition <train|dev|test>."""
    if parameter.param_type_name != "argument":
        flag = ", ".join([*parameter.opts, *parameter.secondary_opts])
        return f"{flag} {parameter.metavar}" if parameter.metavar else flag
    word = parameter.metavar if parameter.required else f"[{parameter.metavar}]"
    return word if parameter.nargs == 1 else f"{word}..."


if __name__ == "__main__":
    sys.stdout.write(reference())
