"""A small sample, as `make bench` draws it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.corpus import Corpus, make_corpus


@pytest.fixture(scope="session")
def corpus(tiny_assistant: Path, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_corpus(tiny_assistant, tmp_path_factory.mktemp("sample") / "corpus")
