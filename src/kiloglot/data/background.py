"""Sentences of MASSIVE that come with the package: what people say at large, some of it in several languages."""

from __future__ import annotations

import functools
import json
import lzma
from importlib import resources

from kiloglot.values import Utterance

__all__ = ["background"]


@functools.cache
def background() -> tuple[Utterance, ...]:
    """Ten meanings of each intent of MASSIVE, each in en-US and three other locales: equal ids say the same.

    Without slots. `python -m benchmarks.background` chose them from its `train`; NOTICE has the attribution.
    """
    content = lzma.decompress(resources.files("kiloglot.data").joinpath("background.jsonl.xz").read_bytes())
    return tuple(Utterance(**json.loads(line)) for line in content.decode().splitlines())
