"""The outside world: servers that answer with a model, over the protocols that assistants speak already."""

from kiloglot.serve.served import Served

__all__ = ["Served"]
