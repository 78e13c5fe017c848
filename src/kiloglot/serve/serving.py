"""`kiloglot serve`: the servers that are asked for, in one process with one model, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from kiloglot.errors import ConfigError
from kiloglot.runtime import DEFAULT_MODEL
from kiloglot.serve.address import Address
from kiloglot.serve.household import HouseholdFile, HouseholdThere
from kiloglot.serve.limits import Limits
from kiloglot.serve.log import Log, LogHandler
from kiloglot.serve.served import Served

if TYPE_CHECKING:
    from kiloglot.serve.wyoming import WyomingServer

__all__ = ["Listening", "ServeConfig", "run"]

_HTTP = "127.0.0.1:5005"  # Rasa's port, for this machine alone
_SPARE_FILES = 256  # files that a process needs beside its connections


@dataclass(frozen=True, slots=True)
class ServeConfig:
    """Answer over HTTP and Wyoming."""

    model: str = DEFAULT_MODEL
    """Bundled model by name, or a model's folder."""
    http: str | None = None
    """Speak Rasa's HTTP at HOST:PORT; where no server is named, at 127.0.0.1:5005."""
    wyoming: str | None = None
    """Speak Wyoming at tcp://HOST:PORT or unix://PATH."""
    wyoming_role: Literal["intent", "handle"] = "intent"
    """What a Wyoming transcript is answered with: an intent, or a sentence to be spoken."""
    zeroconf: Literal["auto", "on", "off"] = "auto"
    """Announce Wyoming by Zeroconf; `auto`: where others can reach it."""
    token: str = ""
    """What HTTP clients have to show; others on this machine may see it in the list of processes."""
    token_file: Path | None = None
    """File that holds the token."""
    public: bool = False
    """Listen where others can reach it although no token protects it; Wyoming knows none."""
    household: Path | None = None
    """File of your devices, areas, floors and lists, whose exact names answers carry; read again when it changes."""
    household_url: str = ""
    """Websocket of a Home Assistant to have these names from; its token in the environment: HOME_ASSISTANT_TOKEN."""
    household_every: float = 300.0
    """Seconds until a Home Assistant is asked for its names again; a tenth where it does not answer."""
    models: Path | None = None
    """Folder of models that PUT /model may load beside the bundled ones."""
    threads: int = 1
    """Requests that are parsed at the same time."""
    log: Path | None = None
    """File that the log is appended to; default: standard error."""
    log_text: bool = False
    """Log what people say, too."""
    limits: Limits = field(default_factory=Limits)
    """Bounds of the HTTP server."""


@dataclass(frozen=True, slots=True)
class Listening:
    """What a process serves, once it does."""

    model: str
    """Name and version of the model."""
    http: str | None
    """URL of the HTTP server."""
    wyoming: str | None
    """URI of the Wyoming server."""


class _Server(Protocol):
    async def start(self) -> str: ...

    async def stop(self) -> None: ...


def run(config: ServeConfig, told: Callable[[Listening], None] = lambda _: None) -> None:
    """Serves until SIGTERM or SIGINT, then finishes what it has taken on; a second signal ends it at once.

    `told` is called once all servers listen. Raises ConfigError where an address cannot be had or would be open to
    everybody unasked, ArtifactError where there is no such model, DataError where the household's file is at fault,
    MissingExtraError where a package is absent.
    """
    log = Log(config.log, utterances=config.log_text)
    try:
        with _libraries_log_to(log):
            asyncio.run(_serve(config, log, told))
    finally:
        log.close()


async def _serve(config: ServeConfig, log: Log, told: Callable[[Listening], None]) -> None:
    served = Served(config.model, threads=config.threads, waiting=config.limits.waiting)
    model = served.manifest.label
    servers = _servers(config, served, log)
    household = _household(config, served, log)
    _allow_files(config.limits.connections)
    stop = _stopped_by_signal()
    started: dict[str, str] = {}
    try:
        if household:
            await household.start()
        for name, server in servers.items():
            started[name] = await server.start()
        log.event("start", model=model, http=started.get("http"), wyoming=started.get("wyoming"))
        told(Listening(model, started.get("http"), started.get("wyoming")))
        await stop.wait()
        log.event("stop")
    finally:
        await asyncio.gather(*(servers[name].stop() for name in started))
        if household:
            await household.stop()
        await served.close()
    log.event("end", answered=served.counts.answered, log_lost=log.lost)


def _household(config: ServeConfig, served: Served, log: Log) -> HouseholdFile | HouseholdThere | None:
    """Where the names of the household come from, if anywhere. Raises ConfigError where that is not clear."""
    if config.household and config.household_url:
        raise ConfigError(
            "a household from a file and from a Home Assistant", remedy="Give --household or --household-url"
        )
    if not config.household_url:
        return HouseholdFile(config.household, served, log) if config.household else None
    from kiloglot.data.home_assistant import TOKEN

    token = os.environ.get(TOKEN, "")
    if not token:
        raise ConfigError("Home Assistant needs a token", remedy=f"Put one into the environment, as {TOKEN}")
    every = config.household_every
    if every <= 0:
        raise ConfigError(f"--household-every {every:g} is no time", remedy="Give seconds, above 0")
    return HouseholdThere(config.household_url, token, served, log, every=every, soon=every / 10)


def _servers(config: ServeConfig, served: Served, log: Log) -> dict[str, _Server]:
    """The servers that are asked for, by name. Raises ConfigError where one would be open to everybody unasked."""
    from kiloglot.serve import HttpServer

    servers: dict[str, _Server] = {}
    wyoming = _wyoming(config, served)
    if config.http or wyoming is None:
        address, token = Address.read(config.http or _HTTP, "--http"), _token(config)
        if address.is_public and not token:
            _ask_for_leave(config, "--http", str(address), "Give a --token-file")
        servers["http"] = HttpServer(
            served, address, limits=config.limits, log=log, token=token, models=config.models, wyoming=wyoming
        )
    if wyoming is not None:
        servers["wyoming"] = wyoming
    return servers


def _wyoming(config: ServeConfig, served: Served) -> WyomingServer | None:
    from kiloglot.serve import WyomingServer
    from kiloglot.serve.wyoming_address import WyomingAddress

    if not config.wyoming:
        return None
    if not WyomingAddress.of(config.wyoming).loopback:
        _ask_for_leave(config, "--wyoming", config.wyoming, "Wyoming knows no tokens: name an address of loopback")
    announce = {"on": True, "off": False}.get(config.zeroconf)
    return WyomingServer(served, config.wyoming, role=config.wyoming_role, announce=announce)


def _ask_for_leave(config: ServeConfig, flag: str, address: str, remedy: str) -> None:
    if not config.public:
        problem = f"{flag}: others can reach {address}, and no token keeps them out"
        raise ConfigError(problem, remedy=f"{remedy}, or allow it with --public")


def _token(config: ServeConfig) -> str:
    if config.token_file is None:
        return config.token
    if config.token:
        raise ConfigError("both --token and --token-file are given", remedy="Give one of them")
    try:
        token = config.token_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError(f"the token cannot be read ({fault})", path=config.token_file) from fault
    if not token:
        raise ConfigError("the file holds no token", path=config.token_file, remedy="Write one into it")
    return token


def _stopped_by_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the next has its usual effect again."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def stopped() -> None:
        stop.set()
        for each in signals:
            loop.remove_signal_handler(each)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signals = (signal.SIGTERM, signal.SIGINT)
    for each in signals:
        loop.add_signal_handler(each, stopped)
    return stop


def _allow_files(connections: int) -> None:
    """Lets the process open as many files as its connections need, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def _libraries_log_to(log: Log) -> Iterator[None]:
    handler, root = LogHandler(log), logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
