"""What a recipe has done and where it wrote it, so that a run goes on where the last one ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from kiloglot.data import whole_file
from kiloglot.errors import ConfigError

__all__ = ["Ledger"]


class Ledger:
    """A JSON file: step -> its output. The name of a step stands for its settings and those of all before it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: dict[str, str | None] = self._read() if path.exists() else {}

    def holds(self, step: str) -> bool:
        """Whether the step is done and its output lies there."""
        out = self._done.get(step)
        return step in self._done and (out is None or Path(out).exists())

    @contextmanager
    def entry(self, step: str, out: Path | None) -> Iterator[None]:
        """Notes the step when the block ends.

        What a step of before wrote to `out` is out of the way in the block, and back where the block fails.
        """
        ours = out is not None and out.exists() and str(out) in self._done.values()
        with _aside(out) if out is not None and ours else nullcontext():
            yield
        where = None if out is None else str(out)
        self._done = {name: other for name, other in self._done.items() if where is None or other != where}
        self._done[step] = where
        with whole_file(self._path) as file:
            json.dump(self._done, file, indent=1)

    def _read(self) -> dict[str, str | None]:
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            raise ConfigError(f"no ledger of a recipe ({fault})", remedy="Remove it", path=self._path) from fault
        if not isinstance(content, dict):
            raise ConfigError("no ledger of a recipe", remedy="Remove it", path=self._path)
        return content


@contextmanager
def _aside(path: Path) -> Iterator[None]:
    old = path.with_name(f".{path.name}.old")
    _remove(old)
    path.rename(old)
    try:
        yield
    except BaseException:
        if not path.exists():
            old.rename(path)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
