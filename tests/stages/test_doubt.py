"""`doubt`: a student that learned from plain text what is no command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU
from kiloglot.runtime.reading import read
from kiloglot.settings import WordNoise
from kiloglot.stages import doubt, export, reread, words
from kiloglot.stages.doubt import DoubtConfig
from kiloglot.stages.export import ExportConfig
from kiloglot.stages.reread import RereadConfig
from kiloglot.stages.words import VECTORS, WordsConfig
from kiloglot.training import Sentences, Taught, adapted, revived
from tests.stages.test_words import encoder_at

NONE = ["river", "history", "professor", "mountain", "war", "emperor", "chemistry", "novel", "species", "village"]


def plain(words: list[str]) -> list[str]:
    """Sentences that ask for nothing."""
    return [f"the {one} of the {other} was {third}" for one in words for other in words for third in words[:3]]


@pytest.fixture(scope="module")
def config(tiny_assistant: Path, tiny_student: Path, tmp_path_factory: pytest.TempPathFactory) -> DoubtConfig:
    folder = tmp_path_factory.mktemp("doubt")
    (folder / "text.txt").write_text("\n".join(plain(NONE)), encoding="utf-8")
    return DoubtConfig(student=tiny_student, data=tiny_assistant, texts=(folder,), out=folder / "student")


@pytest.fixture(scope="module")
def model(config: DoubtConfig) -> NLU:
    """The tiny model, after it has learned to doubt."""
    report = doubt.run(config)
    assert report.sentences > 200
    assert report.auroc > 0.95
    assert report.accepted < 0.1
    asked = ExportConfig(student=config.out, data=config.data, out=config.out.parent / "model", tolerance=0.05)
    export.run(asked)
    return NLU.load(asked.out)


def foreign(nlu: NLU, texts: list[str]) -> list[float]:
    found = [scores.foreign for _, scores, _ in nlu.scores([read(text) for text in texts])]
    return [float(each) for part in found if part is not None for each in part[:, 0]]


def test_what_is_no_command_is_doubted_and_commands_are_not(model: NLU, nlu: NLU, config: DoubtConfig) -> None:
    strange = [f"the {one} was the {other} of it" for one in NONE for other in NONE[:3]]
    dev = [u.text for u in load(config.data, partitions=("dev",)).utterances]
    assert np.mean(np.array(foreign(model, dev)) < 0.5) == pytest.approx(config.keep, abs=0.03)
    assert np.mean(np.array(foreign(model, strange)) > 0.5) > 0.9
    refused = [[each.parse(text).rejected == "outside" for text in strange] for each in (nlu, model)]
    assert not any(refused[0])
    assert np.mean(refused[1]) > 0.9


def test_intents_and_slots_stay(model: NLU, nlu: NLU, config: DoubtConfig) -> None:
    for u in load(config.data, partitions=("dev",)).utterances:
        before, after = (each.parse(u.text, u.locale) for each in (nlu, model))
        assert (before.intent, before.slots, before.alternatives) == (after.intent, after.slots, after.alternatives)


def test_an_assistant_of_ones_own_on_it_doubts_for_itself(model: NLU) -> None:
    base = revived(model.artifact)
    assert base.student.shape.doubt
    assert not adapted(base, base.ontology, base.locales).student.shape.doubt


def test_what_is_no_student_is_refused_before_anything_is_learned(config: DoubtConfig, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no readable student"):
        doubt.run(replace(config, student=tmp_path, out=tmp_path / "out"))
    unrecorded = shutil.copytree(config.student, tmp_path / "student")
    (unrecorded / "stage.json").unlink()
    with pytest.raises(ArtifactError, match="record of the student's training"):
        doubt.run(replace(config, student=unrecorded, out=tmp_path / "out"))


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ({"each": 0}, "each is 0"),
        ({"keep": 1.0}, "keep is 1.0"),
        ({"reader_passes": -1}, "reader_passes is -1"),
        ({"noise": WordNoise(part_dropout=1.0)}, "part_dropout is 1.0"),
        ({"noise": WordNoise(part_dropout=0.1)}, "no reader learns along"),
        ({"noise": WordNoise(synonyms=0.1), "reader_passes": 1}, "synonyms are found by word vectors"),
        ({"words": Path("words.npz"), "reader_passes": 1}, "synonyms are found by word vectors"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    setting: dict[str, Any], problem: str, config: DoubtConfig, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=problem):
        doubt.run(replace(config, out=tmp_path / "out", **setting))


def test_no_plain_text_is_refused(config: DoubtConfig, tmp_path: Path) -> None:
    for texts in ((tmp_path,), (*config.texts, tmp_path), ()):
        with pytest.raises(DataError, match="no file of plain text"):
            doubt.run(replace(config, texts=texts, out=tmp_path / "out"))
    (tmp_path / "a.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="0 lines to learn from"):
        doubt.run(replace(config, texts=(tmp_path / "a.txt",), out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def reader(config: DoubtConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student with a reader of words."""
    folder = tmp_path_factory.mktemp("reader")
    encoder = encoder_at(folder / "encoder", config.data)
    vectors = words.run(WordsConfig(config.data, encoder, folder / "vectors", width=8)).out / VECTORS
    asked = RereadConfig(config.student, config.data, vectors, folder / "student", reader=32, epochs=30)
    return reread.run(asked).out


def test_a_reader_learns_along_and_still_knows_the_intents(reader: Path, config: DoubtConfig, tmp_path: Path) -> None:
    asked = replace(
        config, student=reader, out=tmp_path / "student", reader_passes=30, noise=WordNoise(part_dropout=0.1)
    )
    report = doubt.run(asked)
    assert report.commands == len(load(config.data, partitions=("train",)).utterances)
    assert report.auroc > 0.95
    before, after = (Taught.read(folder).student.state_dict() for folder in (reader, asked.out))
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert {name.rpartition(".")[0] for name in changed} >= {"words.table", "network.reader.near"}
    assert all(name.startswith(("words.", "network.reader.")) for name in changed)
    right = []
    for student in (reader, asked.out):
        model = tmp_path / f"model-{len(right)}"
        export.run(ExportConfig(student=student, data=config.data, out=model, tolerance=0.05))
        dev, nlu = load(config.data, partitions=("dev",)).utterances, NLU.load(model)
        right.append(np.mean([nlu.parse(u.text, u.locale).intent == u.intent for u in dev]))
    assert right[1] > right[0] - 0.05
    strange = [f"the {one} was the {other} of it" for one in NONE for other in NONE[:3]]
    assert np.mean(np.array(foreign(nlu, strange)) > 0.5) > 0.9


def test_a_killed_run_goes_on_after_its_last_pass(
    reader: Path, config: DoubtConfig, tmp_path: Path, killed_after: Callable[[int], list[int]]
) -> None:
    vectors, noise = reader.parent / "vectors" / VECTORS, WordNoise(part_dropout=0.1, synonyms=0.1)
    whole = replace(config, student=reader, out=tmp_path / "whole", reader_passes=3, words=vectors, noise=noise)
    doubt.run(whole)
    saved = killed_after(2)
    again = replace(whole, out=tmp_path / "again")
    with pytest.raises(KeyboardInterrupt):
        doubt.run(again)
    doubt.run(again)
    assert saved == [1, 2, 3]
    once, twice = (Taught.read(each.out).student.state_dict() for each in (whole, again))
    assert all(torch.equal(value, twice[name]) for name, value in once.items())


def test_a_student_without_a_reader_has_none_that_learns_along(config: DoubtConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no reader of words"):
        doubt.run(replace(config, out=tmp_path / "out", reader_passes=1))


def test_sources_weigh_the_same_however_large_they_are(config: DoubtConfig, tmp_path: Path) -> None:
    small = tmp_path / "small.txt"
    small.write_text("\n".join(f"{one} {other} bread" for one in NONE for other in NONE[:4]), encoding="utf-8")
    seen: list[float] = []
    for texts in ((*config.texts, small), (config.texts[0] / "text.txt",)):
        out = tmp_path / f"student-{len(texts)}"
        doubt.run(replace(config, texts=texts, out=out))
        export.run(ExportConfig(student=out, data=config.data, out=out / "model", tolerance=0.05))
        seen.append(
            np.mean(foreign(NLU.load(out / "model"), [f"{one} {other} bread" for one in NONE for other in NONE]))
        )
    assert seen[0] > 0.9 > seen[1]


def test_a_language_with_many_sentences_is_not_doubted_for_them(config: DoubtConfig, tmp_path: Path) -> None:
    """Of two files that say the same in other words the larger one weighs more, and not as much as it is larger."""
    commands = load(config.data, partitions=("train",)).utterances[:40]
    files = [[replace(commands[0], text=f"{place}") for place in range(size)] for size in (100, 4)]
    weights = Sentences(commands, [files, [[], files[1]]]).weights()
    assert weights[:40].tolist() == [1.0] * 40
    large, small, other = weights[40:140].sum(), weights[140:144].sum(), weights[144:].sum()
    assert large + small == pytest.approx(20)
    assert other == pytest.approx(20)
    assert large / small == pytest.approx(5)
