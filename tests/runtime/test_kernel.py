"""The compiled kernel says what NumPy says, and nobody misses it where it is not."""

from __future__ import annotations

import ctypes
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.runtime import NLU, Artifact, Chain, Table, likeliest
from kiloglot.runtime import kernel as kernels
from kiloglot.runtime.decode import certainty
from kiloglot.runtime.kernel import SWITCH, Kernel
from kiloglot.runtime.reading import inputs, read
from kiloglot.text import Vocabulary, hashes_of_parts, ngrams, segment

LETTERS = "ab ç\u0131I1.,?'\u00a8ﷺไทកខ東京の会カ㍿\u200d\ud800𠀀"
TEXTS = st.lists(st.one_of(st.text(LETTERS, max_size=40), st.text(max_size=12)), max_size=5)
KNOWN = ["ab aba ba b", "東京の会 カ東京", "ไทไท ab東京ab", "កខក b東"]

compiled = pytest.mark.skipif(
    os.environ.get(SWITCH) == "off" or not (kernels.library_path().exists() or shutil.which("cc")),
    reason="nothing compiles here, or it is switched off",
)


def model(nlu: NLU, bits: int) -> Artifact:
    """Tables that know the n-grams, the words and the parts of a few texts, some of them by chance."""
    rng, hashed = np.random.default_rng(bits), ngrams([segment(text) for text in KNOWN])
    parts = hashes_of_parts(["b", "ç", "京", "東京の", "ไท", "ខ"])

    def table(hashes: NDArray[np.uint64], width: int) -> Table:
        rows = rng.normal(0, 1, (3 * len(hashes), width)).astype(np.float32)
        return Table.of(Vocabulary.holding(np.unique(hashes), rows=len(rows)), rows, bits)

    words = np.concatenate([hashed.words, parts])
    return replace(nlu.artifact, units=table(hashed.unit, 8), bag=table(hashed.bag, 12), words=table(words, 16))


@pytest.fixture(scope="module", params=[2, 4, 8])
def both(nlu: NLU, request: pytest.FixtureRequest) -> tuple[Artifact, Kernel]:
    """A model, and the kernel on its tables."""
    artifact = model(nlu, request.param)
    kernel = Kernel.of(artifact)
    assert kernel
    return artifact, kernel


@compiled
@given(TEXTS)
def test_it_reads_what_numpy_reads(both: tuple[Artifact, Kernel], texts: list[str]) -> None:
    artifact, kernel = both
    reads = [read(text) for text in [*texts, *KNOWN]]
    ours, theirs = inputs(artifact, reads, kernel), inputs(artifact, reads)
    np.testing.assert_allclose(ours.units, theirs.units, atol=1e-5)
    np.testing.assert_allclose(ours.bag, theirs.bag, atol=1e-5)
    assert ours.words
    assert theirs.words
    np.testing.assert_allclose(ours.words.vectors, theirs.words.vectors, atol=1e-5)
    assert np.array_equal(ours.words.sizes, theirs.words.sizes)
    assert ours.bag.any()
    assert ours.words.vectors.any()


@compiled
def test_the_longest_text_is_read(both: tuple[Artifact, Kernel]) -> None:
    artifact, kernel = both
    for text in ("東" * 8192, "ab " * 1024, "a" * 8192, "\u00a8" * 3000):
        ours, theirs = inputs(artifact, [read(text)], kernel), inputs(artifact, [read(text)])
        np.testing.assert_allclose(ours.units, theirs.units, atol=1e-5)
        np.testing.assert_allclose(ours.bag, theirs.bag, atol=1e-4)


@compiled
@given(st.integers(1, 30), st.integers(0, 2**32 - 1), st.booleans())
def test_it_finds_the_path_that_numpy_finds(nlu: NLU, units: int, seed: int, tied: bool) -> None:
    rng, types = np.random.default_rng(seed), len(nlu.artifact.transitions)
    values = [rng.normal(0, 3, size).astype(np.float32) for size in ((units, types), (types, types))]
    emissions, transitions = [value.round() if tied else value for value in values]
    kernel = Kernel.of(replace(nlu.artifact, transitions=transitions))
    assert kernel
    chain, (path, certain) = Chain.of(transitions), kernel.likeliest(emissions)
    assert path == likeliest(emissions, chain)
    assert certain == pytest.approx(certainty(path, emissions, chain), abs=1e-6)


@compiled
def test_a_model_answers_with_it_as_without(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["set an alarm for nine", "", "九時に起こして", "play ab ab"]
    with_it = NLU.load(tiny_model).parse_batch(texts)
    monkeypatch.setenv(SWITCH, "off")
    assert Kernel.of(Artifact.read(tiny_model)) is None
    for ours, theirs in zip(with_it, NLU.load(tiny_model).parse_batch(texts), strict=True):
        assert ours.confidence == pytest.approx(theirs.confidence, abs=1e-5)
        assert replace(ours, confidence=0, alternatives=(), slots=()) == replace(
            theirs, confidence=0, alternatives=(), slots=()
        )
        assert [(s.type, s.start, s.end) for s in ours.slots] == [(s.type, s.start, s.end) for s in theirs.slots]


@pytest.mark.parametrize("content", [None, b"no library"])
def test_without_a_library_that_loads_a_model_works_all_the_same(
    content: bytes | None, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kernel.so"
    if content:
        path.write_bytes(content)
    monkeypatch.setattr(kernels, "library_path", lambda: path)
    monkeypatch.setattr(kernels, "_library", kernels._library.__wrapped__)
    assert kernels._library() is None
    assert NLU.load(tiny_model).parse("set an alarm").intent


@compiled
def test_a_library_of_another_version_is_left_alone(nlu: NLU, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "_VERSION", 0)
    monkeypatch.setattr(kernels, "_library", kernels._library.__wrapped__)
    assert Kernel.of(nlu.artifact) is None
    assert ctypes.CDLL(str(kernels.library_path())).kiloglot_version() == 4
