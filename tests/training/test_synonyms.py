"""Words give way to others whose vectors are near."""

from __future__ import annotations

import numpy as np
import pytest

from kiloglot.text import Vocabulary
from kiloglot.training.ragged import Ragged
from kiloglot.training.synonyms import Synonyms
from kiloglot.training.word_vectors import WordVectors

# Four near each other, two near each other, one alone, and one that the vocabulary does not know.
FORMS = ("alarm", "wecker", "alarma", "weck", "light", "licht", "xyz", "unknown")
VECTORS = np.array([[4, 0, 1], [4, 1, 0], [2, 0, 0], [8, 1, 1], [0, 1, 0], [0, 2, 1], [-1, -1, -1], [4, 1, 1]])
NEAR = {"alarm": "wecker alarma weck", "light": "licht", "xyz": ""}


@pytest.fixture(scope="module")
def rows() -> dict[str, int]:
    return dict(zip(FORMS, VOCABULARY.rows(MEANT.hashes()).tolist(), strict=True))


MEANT = WordVectors(np.array(FORMS), np.array([form == "weck" for form in FORMS]), VECTORS.astype(np.float32))
VOCABULARY = Vocabulary.holding(MEANT.hashes()[:-1], rows=4096)
SYNONYMS = Synonyms.of(MEANT, VOCABULARY)


def test_those_are_synonyms_whose_vectors_are_near(rows: dict[str, int]) -> None:
    names = {row: form for form, row in rows.items()}
    for form, near in NEAR.items():
        found = SYNONYMS.rows[rows[form]]
        assert {names[row] for row in found[found >= 0].tolist()} == set(near.split())
    assert (SYNONYMS.rows >= 0).any(axis=1).sum() == 6


def test_the_nearest_comes_first(rows: dict[str, int]) -> None:
    assert SYNONYMS.rows[rows["wecker"], 0] == rows["weck"]


def test_as_many_give_way_as_are_asked_for(rows: dict[str, int]) -> None:
    said = Ragged(np.array([rows["alarm"], rows["xyz"], rows["light"]] * 1000, np.int32), np.arange(0, 3001, 3))
    found = SYNONYMS.exchanged(said, 0.2, np.random.default_rng(0))
    assert found.at is said.at
    alarms, strange, lights = found.rows.reshape(-1, 3).T
    assert np.mean(alarms == rows["alarm"]) == pytest.approx(0.8, abs=0.05)
    assert np.mean(lights == rows["licht"]) == pytest.approx(0.2, abs=0.05)
    assert set(strange.tolist()) == {rows["xyz"]}
    for other in NEAR["alarm"].split():  # Each as likely.
        assert np.mean(alarms == rows[other]) == pytest.approx(0.2 / 3, abs=0.03)
    assert SYNONYMS.exchanged(said, 0.0, np.random.default_rng(0)).rows.tolist() == said.rows.tolist()


def test_a_lone_word_has_none() -> None:
    one = WordVectors(np.array(["light"]), np.array([False]), np.ones((1, 4), np.float32))
    known = Vocabulary.holding(one.hashes(), rows=2)
    assert (Synonyms.of(one, known).rows < 0).all()
