"""`reread`: a reader of words that is taught by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU
from kiloglot.settings import WordNoise
from kiloglot.stages import export, reread, words
from kiloglot.stages.export import ExportConfig
from kiloglot.stages.reread import RereadConfig
from kiloglot.stages.words import VECTORS, WordsConfig
from kiloglot.training import Batcher, Taught, examples_of
from tests.stages.test_words import encoder_at


@pytest.fixture(scope="module")
def config(tiny_assistant: Path, tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> RereadConfig:
    folder = tmp_path_factory.mktemp("reread")
    encoder = encoder_at(folder / "encoder", tiny_assistant)
    vectors = words.run(WordsConfig(tiny_assistant, encoder, folder / "vectors", width=8)).out / VECTORS
    return RereadConfig(tiny_student, tiny_assistant, vectors, folder / "student", reader=32, epochs=60)


@pytest.fixture(scope="module")
def taught(config: RereadConfig) -> Taught:
    report = reread.run(config)
    assert report.after[0] > report.before[0] - 0.1  # This encoder is random: it knows nothing that helps.
    return Taught.read(report.out)


def test_all_but_the_reader_stays(taught: Taught, tiny_student: Path) -> None:
    before, after = Taught.read(tiny_student).student.state_dict(), taught.student.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert {name.split(".")[0] for name in after.keys() - before.keys()} == {"words", "network"}
    assert (taught.student.shape.reader, taught.student.shape.reader_layers) == (32, 2)


def test_words_alone_know_intents(taught: Taught, config: RereadConfig) -> None:
    train = load(config.data, partitions=("train",)).utterances
    examples = examples_of(train, taught.vocabularies, taught.ontology, taught.locales)
    batcher = Batcher(examples, 4096)
    with torch.no_grad():
        for batch in batcher.stream(batcher.in_order()):
            found = taught.student(batch)
            right = (found.by_words.argmax(dim=-1) == batch.labels.intent).float().mean()
            assert right > 0.6


def test_it_is_exported(taught: Taught, config: RereadConfig) -> None:
    out = config.out.parent / "model"
    report = export.run(ExportConfig(config.out, config.data, out, tolerance=0.05))
    assert taught.locales == NLU.load(report.out).manifest.locales


def test_a_killed_run_goes_on_after_its_last_pass(
    config: RereadConfig, killed_after: Callable[[int], list[int]]
) -> None:
    whole = replace(config, epochs=4, noise=WordNoise(0.2, 0.2), out=config.out.parent / "whole")
    reread.run(whole)
    saved = killed_after(2)
    again = replace(whole, out=config.out.parent / "again")
    with pytest.raises(KeyboardInterrupt):
        reread.run(again)
    reread.run(again)
    assert saved == [1, 2, 3, 4]
    once, twice = (Taught.read(each.out).student.state_dict() for each in (whole, again))
    assert all(torch.equal(value, twice[name]) for name, value in once.items())


def test_what_cannot_be_is_told(config: RereadConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="epochs is 0"):
        reread.run(replace(config, epochs=0, out=tmp_path / "out"))
    with pytest.raises(ConfigError, match=r"part_dropout is 1\.0"):
        reread.run(replace(config, noise=WordNoise(part_dropout=1.0), out=tmp_path / "out"))
    with pytest.raises(DataError, match="no readable word vectors"):
        reread.run(replace(config, words=tmp_path / "none.npz", out=tmp_path / "out"))
    with pytest.raises(ArtifactError, match="no readable student"):
        reread.run(replace(config, student=tmp_path, out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
