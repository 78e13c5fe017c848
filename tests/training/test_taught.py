"""A student as a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from kiloglot.errors import ArtifactError
from kiloglot.training import Taught


@pytest.fixture
def copy(tiny_student: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_student, tmp_path / "student"))


def test_round_trip(tiny_student: Path, tmp_path: Path) -> None:
    taught = Taught.read(tiny_student)
    taught.write(tmp_path)
    again = Taught.read(tmp_path)
    assert (again.ontology, again.locales) == (taught.ontology, taught.locales)
    assert np.array_equal(again.vocabularies.units.tags, taught.vocabularies.units.tags)
    assert np.array_equal(again.vocabularies.bag.tags, taught.vocabularies.bag.tags)
    assert again.student.shape == taught.student.shape
    state = taught.student.state_dict()
    assert all(torch.equal(state[name], value) for name, value in again.student.state_dict().items())
    assert not again.student.training


@pytest.mark.parametrize("name", ["student.pt", "student.json", "vocabularies.npz"])
@pytest.mark.parametrize("damage", ["absent", "empty", "cut", "other"])
def test_a_damaged_student_is_one_clear_error(copy: Path, name: str, damage: str) -> None:
    path = copy / name
    content = path.read_bytes()
    path.unlink()
    if damage != "absent":
        path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "other": b"[1, 2]"}[damage])
    with pytest.raises(ArtifactError, match="no readable student") as caught:
        Taught.read(copy)
    assert caught.value.path == copy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["shape", "ontology", "locales", "hashing"])
def test_words_that_lack_something_are_one_clear_error(copy: Path, key: str) -> None:
    words = json.loads((copy / "student.json").read_text("utf-8"))
    del words[key]
    (copy / "student.json").write_text(json.dumps(words), "utf-8")
    with pytest.raises(ArtifactError, match=key):
        Taught.read(copy)


def test_a_shape_that_is_not_that_of_the_weights_is_refused(copy: Path) -> None:
    words = json.loads((copy / "student.json").read_text("utf-8"))
    words["shape"]["hidden"] += 1
    (copy / "student.json").write_text(json.dumps(words), "utf-8")
    with pytest.raises(ArtifactError, match="no readable student"):
        Taught.read(copy)


def test_a_student_of_another_hashing_is_refused(copy: Path) -> None:
    words = json.loads((copy / "student.json").read_text("utf-8"))
    words["hashing"] = "ngrams.v0"
    (copy / "student.json").write_text(json.dumps(words), "utf-8")
    with pytest.raises(ArtifactError, match=r"ngrams\.v0.*Train it again"):
        Taught.read(copy)
