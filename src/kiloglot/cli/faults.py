"""How a command ends: the exit code and, where something is wrong, one line on standard error."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

import typer

from kiloglot.errors import KiloglotError

__all__ = ["CLOSED_PIPE", "FAILED_CHECK", "INTERRUPTED", "UNEXPECTED", "USAGE", "abandoned", "ending", "told"]

FAILED_CHECK = 1
"""A check ran and was not passed, as `validate` with faults."""
USAGE = 2
"""The command line asks for something that does not exist."""
UNEXPECTED = 70
"""A fault of kiloglot itself (EX_SOFTWARE of sysexits.h)."""
INTERRUPTED = 130
"""Ended by Ctrl-C (128 + SIGINT)."""
CLOSED_PIPE = 141
"""Whoever read the output stopped reading (128 + SIGPIPE)."""

_UsageError: type[Exception] = typer.BadParameter.mro()[1]  # Typer gives the base of what it refuses no public name.


def ending(work: Callable[[], object]) -> int:
    """Runs `work` and says how it ended: its exit code, or that of the error, which is told in one line."""
    try:
        code = work()
        sys.stdout.flush()
    except KiloglotError as error:
        return told(str(error), error.exit_code)
    except _UsageError as error:
        return told(_usage(error), USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        return told(_system(error), KiloglotError.exit_code)
    except Exception:  # The last stop: whatever comes here is a fault of ours, and is shown in full.
        traceback.print_exc()
        remedy = "Please report it, with the lines above and what `kiloglot --version --json` prints"
        return told(f"this is a fault of kiloglot. {remedy}", UNEXPECTED)
    return code if isinstance(code, int) else 0


def told(message: str, code: int) -> int:
    """Writes the message as one line and returns the code."""
    line = " ".join(message.split())
    sys.stderr.write(f"kiloglot: {line.encode('utf-8', 'backslashreplace').decode()}\n")
    return code


def _usage(error: BaseException) -> str:
    message = str(getattr(error, "format_message", error.__str__)())
    message = message if message.endswith(("?", ".")) else f"{message}."
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "kiloglot")
    return f"{message} See: {path} --help"


def _system(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def abandoned() -> int:
    """Nobody reads any more: what is still in the buffer goes nowhere, so that Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE
