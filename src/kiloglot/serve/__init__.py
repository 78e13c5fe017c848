"""The outside world: servers that answer with a model, over the protocols that assistants speak already."""

from importlib import import_module
from typing import TYPE_CHECKING

from kiloglot.errors import MissingExtraError
from kiloglot.serve.address import Address
from kiloglot.serve.limits import Limits
from kiloglot.serve.log import Log
from kiloglot.serve.served import Served, ServedCounts
from kiloglot.serve.serving import Listening, ServeConfig, run

if TYPE_CHECKING:
    from kiloglot.serve.http import HttpServer
    from kiloglot.serve.wyoming import WyomingServer
    from kiloglot.serve.wyoming_wire import WyomingLimits

__all__ = [
    "Address",
    "HttpServer",
    "Limits",
    "Listening",
    "Log",
    "ServeConfig",
    "Served",
    "ServedCounts",
    "WyomingLimits",
    "WyomingServer",
    "run",
]

_EXTRA = {"HttpServer": "http", "WyomingLimits": "wyoming_wire", "WyomingServer": "wyoming"}  # Name -> its module.


def __getattr__(name: str) -> object:
    if name not in _EXTRA:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{_EXTRA[name]}"), name)
    except ModuleNotFoundError as missing:
        raise MissingExtraError("a server", "serve") from missing
