"""Memory of processes: of one alone, of one that has parsed much, and of several that share a model."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.apart import FailedError, apart
from benchmarks.corpus import Corpus
from benchmarks.memory import shared

needs_linux = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")


def test_memory_is_read_before_and_after_many_parses(corpus: Corpus, tiny_model: Path) -> None:
    asked = {"model": str(tiny_model), "corpus": str(corpus.folder), "parses": 300}
    found = apart("benchmarks.memory:after_parses", asked)
    assert 2e7 < found["loaded"] <= found["after"] * 1.1
    assert max(found["loaded"], found["after"]) <= found["peak"] < 1e9


@needs_linux
def test_processes_share_what_they_can() -> None:
    alone, each = shared("massive", 1), shared("massive", 3)
    assert alone is not None and each is not None
    assert 2e7 < each < alone - 5e6  # 20 MB of tables are mapped; what the system has of them in memory is shared.


@needs_linux
def test_a_model_that_cannot_be_loaded_is_named() -> None:
    with pytest.raises(FailedError, match="no-such-model"):
        shared("no-such-model", 2)
