"""The outside world: servers that answer with a model, over the protocols that assistants speak already."""

from kiloglot.serve.served import Served
from kiloglot.serve.wyoming import WyomingServer
from kiloglot.serve.wyoming_wire import WyomingLimits

__all__ = ["Served", "WyomingLimits", "WyomingServer"]
