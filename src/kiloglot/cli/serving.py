"""`kiloglot serve`: its flags are those of `ServeConfig`, and it tells where it listens."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from kiloglot.cli.flags import Shared, command, given
from kiloglot.cli.jsons import plain, write
from kiloglot.cli.verbs import SERVE

if TYPE_CHECKING:
    from kiloglot.serve import Listening

__all__ = ["serve_command"]


def serve_command() -> Any:
    """The command, with the servers' settings imported now."""
    from kiloglot.serve import ServeConfig, run
    from kiloglot.stages.configuring import built

    def serve(shared: Shared, values: dict[str, Any]) -> None:
        run(built(ServeConfig, given(values)), lambda listening: _tell(shared, listening))

    return get_command(command(SERVE, ServeConfig, serve))


def _tell(shared: Shared, listening: Listening) -> None:
    if shared.json:
        write(plain(listening))
    elif not shared.quiet:
        where = [("HTTP", listening.http), ("Wyoming", listening.wyoming)]
        lines = [f"{name} at {address}" for name, address in where if address]
        sys.stdout.write("\n".join([f"{listening.model} answers", *lines, "Ctrl-C stops it"]) + "\n")
    sys.stdout.flush()
