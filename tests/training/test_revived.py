"""A shipped model becomes a student again, and that student the same model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiloglot.data import load
from kiloglot.runtime import NLU, Artifact, bundled, model_folder
from kiloglot.stages import export
from kiloglot.stages.record import StageRecord
from kiloglot.training import read_texts, revived, segmented
from kiloglot.training.taught import Taught
from kiloglot.values import Utterance


def written(student: Path, artifact: Artifact) -> Path:
    """What `finetune` would have written."""
    student.mkdir()
    revived(artifact).write(student)
    StageRecord("finetune", {}, {}, {"data": artifact.manifest.trained_on}, 0.0).write(student)
    return student


def test_exported_again_it_is_the_same_model(tiny_model: Path, tiny_assistant: Path, tmp_path: Path) -> None:
    student = written(tmp_path / "student", Artifact.read(tiny_model))
    asked = export.ExportConfig(student=student, data=tiny_assistant, out=tmp_path / "again", name="tiny")
    export.run(asked)
    first, again = NLU.load(tiny_model), NLU.load(tmp_path / "again")
    assert again.artifact.network == first.artifact.network
    np.testing.assert_array_equal(again.artifact.units.codes, first.artifact.units.codes)
    texts = [u.text for u in load(tiny_assistant, partitions=["dev"]).utterances]
    for one, other in zip(first.parse_batch(texts), again.parse_batch(texts), strict=True):
        assert (one.intent, one.slots, one.locale) == (other.intent, other.slots, other.locale)


@pytest.mark.parametrize(("hashing", "found"), [("ngrams.v1", 4), ("ngrams.v2", 7)])
def test_a_student_goes_on_hashing_as_its_model_did(tiny_model: Path, tmp_path: Path, hashing: str, found: int) -> None:
    """The word, and the n-grams of " 켜 ", whose syllable has two letters."""
    artifact = Artifact.read(tiny_model)
    revived(replace(artifact, manifest=replace(artifact.manifest, hashing=hashing))).write(tmp_path)
    known = Taught.read(tmp_path).vocabularies
    said = [Utterance("1", "en-US", "켜", artifact.manifest.ontology.intents[0])]
    assert known.hashing == hashing
    assert len(read_texts(segmented(said, in_letters=known.in_letters)).distinct) == found


def test_the_bundled_model_comes_back() -> None:
    (name,) = (each for each in bundled() if each == "massive")
    artifact = Artifact.read(model_folder(name))
    taught = revived(artifact)
    assert (taught.ontology, taught.locales) == (artifact.manifest.ontology, artifact.manifest.locales)
    rows = taught.student.bag.vectors()[:1000].numpy()
    np.testing.assert_allclose(rows, artifact.bag.rows(np.arange(1000)), rtol=1e-6)
