"""What servers answer with: a model, loaded when the first utterance comes, and a household's names.

Both are exchanged while requests are under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kiloglot.errors import ConfigError, KiloglotError, OverloadedError
from kiloglot.runtime import DEFAULT_MODEL, Manifest, model_folder

if TYPE_CHECKING:
    from kiloglot.assistant import Answer, Registry
    from kiloglot.data import Household
    from kiloglot.runtime import NLU

__all__ = ["Served", "ServedCounts"]

WAITING = 256
"""Calls that may wait or be under way unless another bound is named."""


@dataclass(frozen=True, slots=True)
class ServedCounts:
    """What has happened to a `Served` since it was made."""

    answered: int = 0
    """Utterances that were understood, or rejected."""
    rejected: int = 0
    """Those of them that were rejected."""
    refused: int = 0
    """Calls that were refused because too many were waiting."""
    swapped: int = 0
    """Models that took the place of another."""
    kept: int = 0
    """Models that were to take the place of another and could not be loaded."""


class Served:
    """One model for all servers of a process.

    Everything is called from one event loop, and nothing blocks it: parses run in `threads` threads, and the model is
    read in one of its own. The files of the model are read once, so that whatever becomes of them later does no harm.
    """

    def __init__(self, model: str | Path = DEFAULT_MODEL, *, threads: int = 1, waiting: int = WAITING) -> None:
        if threads < 1 or waiting < 1:
            raise ConfigError(f"{threads} threads and {waiting} calls waiting", remedy="Allow at least one of each")
        self._folder = model_folder(model)
        self._manifest: Manifest | None = None
        self._nlu: NLU | None = None
        self._registry: Registry | None = None
        self._most = waiting
        self._waiting = 0
        self._counts = ServedCounts()
        self._loading: asyncio.Task[NLU] | None = None
        self._swapping = asyncio.Lock()
        self._parsers = ThreadPoolExecutor(threads, "parse")
        self._loader = ThreadPoolExecutor(1, "load")

    @property
    def manifest(self) -> Manifest:
        """What the model says of itself; until the model is loaded this reads manifest.json and nothing else.

        Raises ArtifactError where there is no such model, or its manifest cannot be read.
        """
        if self._manifest is None:
            self._manifest = Manifest.read(self._folder / "manifest.json")
        return self._manifest

    @property
    def folder(self) -> Path:
        """Where the model lies, or lay when it was loaded."""
        return self._folder

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._nlu is not None

    @property
    def waiting(self) -> int:
        """Calls that wait or are under way."""
        return self._waiting

    @property
    def counts(self) -> ServedCounts:
        """What has happened so far."""
        return self._counts

    @property
    def names(self) -> int:
        """Things of the household; 0 without one."""
        return self._registry.size if self._registry else 0

    async def answer(self, texts: Sequence[str], locale: str | None = None, *, top_k: int = 3) -> tuple[Answer, ...]:
        """Understands `texts`; the answers stand in their order and are all of one model and one household.

        Raises OverloadedError at once where as many calls as may wait do so already, ArtifactError where the model
        cannot be loaded (the next call tries again), and DataError where `locale` is no locale tag. A call that is
        cancelled counts as waiting until its thread has done with it.
        """
        if self._waiting >= self._most:
            self._count(refused=1)
            raise OverloadedError(f"{self._waiting} requests are waiting already", remedy="Try again in a second")
        self._waiting += 1
        try:
            nlu = self._nlu or await self._load()
            work = self._parsers.submit(_answer, nlu, self._registry, tuple(texts), locale, top_k)
        except BaseException:
            self._waiting -= 1
            raise
        future = asyncio.wrap_future(work)
        future.add_done_callback(self._done)
        found = await asyncio.shield(future)
        self._count(answered=len(found), rejected=sum(answer.rejected is not None for answer in found))
        return found

    async def swap(self, model: str | Path) -> Manifest:
        """Loads `model` and answers with it from now on; calls under way finish with the old one.

        Two swaps run one after the other. Raises ArtifactError where the new one cannot be loaded; then the old one
        goes on answering.
        """
        async with self._swapping:
            try:
                folder = model_folder(model)
                nlu = await asyncio.get_running_loop().run_in_executor(self._loader, _load, folder)
            except KiloglotError:
                self._count(kept=1)
                raise
            self._folder, self._nlu, self._manifest = folder, nlu, nlu.manifest
            self._count(swapped=1)
            return nlu.manifest

    async def furnish(self, read: Callable[[], Household]) -> int:
        """Reads a household, answers with its names from now on, and returns how many things it has.

        Calls under way finish with the old one. Raises what `read` raises; then the old household goes on answering.
        """
        registry = await asyncio.get_running_loop().run_in_executor(self._loader, _furnish, read)
        self._registry = registry
        return registry.size

    async def close(self) -> None:
        """Waits for what is under way; later calls are errors."""
        loop = asyncio.get_running_loop()
        for pool in (self._loader, self._parsers):
            await loop.run_in_executor(None, pool.shutdown)

    async def _load(self) -> NLU:
        """The model, loaded once however many ask."""
        if self._loading is None:
            self._loading = asyncio.create_task(self._first())
        return await asyncio.shield(self._loading)

    async def _first(self) -> NLU:
        folder = self._folder
        try:
            nlu = await asyncio.get_running_loop().run_in_executor(self._loader, _load, folder)
        finally:
            self._loading = None
        if self._nlu is None:  # Else a swap came first.
            self._nlu, self._manifest = nlu, nlu.manifest
        return self._nlu

    def _done(self, future: asyncio.Future[tuple[Answer, ...]]) -> None:
        self._waiting -= 1
        future.exception()  # Whoever asked may be gone: then nobody else takes notice of it.

    def _count(self, **more: int) -> None:
        self._counts = ServedCounts(
            **{name: getattr(self._counts, name) + more.get(name, 0) for name in ServedCounts.__dataclass_fields__}
        )


def _load(folder: Path) -> NLU:
    """Reads and checks the model, and lets it answer once: what the first answer needs is then in memory."""
    from kiloglot.assistant import answers
    from kiloglot.runtime import NLU

    nlu = NLU.load(folder, mapped=False)
    answers(nlu, ["a"])
    return nlu


def _furnish(read: Callable[[], Household]) -> Registry:
    from kiloglot.assistant import Registry

    return Registry(read())


def _answer(
    nlu: NLU, registry: Registry | None, texts: tuple[str, ...], locale: str | None, top_k: int
) -> tuple[Answer, ...]:
    from kiloglot.assistant import answers

    return answers(nlu, texts, locale, top_k=top_k, registry=registry)
