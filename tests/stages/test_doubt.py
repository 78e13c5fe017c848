"""`doubt`: a student that learned from plain text what is no command."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiloglot.data import load
from kiloglot.errors import ArtifactError, ConfigError, DataError
from kiloglot.runtime import NLU
from kiloglot.runtime.reading import read
from kiloglot.stages import doubt, export
from kiloglot.stages.doubt import DoubtConfig
from kiloglot.stages.export import ExportConfig
from kiloglot.training import adapted, revived

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


@pytest.mark.parametrize(("setting", "problem"), [({"each": 0}, "each is 0"), ({"keep": 1.0}, "keep is 1.0")])
def test_settings_that_cannot_be_are_refused(
    setting: dict[str, float], problem: str, config: DoubtConfig, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=problem):
        doubt.run(replace(config, out=tmp_path / "out", **setting))  # type: ignore[arg-type]


def test_no_plain_text_is_refused(config: DoubtConfig, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file of plain text"):
        doubt.run(replace(config, texts=(tmp_path,), out=tmp_path / "out"))
    (tmp_path / "a.txt").write_text("\n", encoding="utf-8")
    with pytest.raises(DataError, match="0 lines to learn from"):
        doubt.run(replace(config, texts=(tmp_path / "a.txt",), out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()
