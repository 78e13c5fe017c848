from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from kiloglot.scoring import accepted, auroc


def test_auroc_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    own, foreign = rng.integers(0, 9, 50).astype(float), rng.integers(0, 7, 40).astype(float)
    wanted = roc_auc_score([1] * 50 + [0] * 40, np.concatenate([own, foreign]))
    assert abs(auroc(own, foreign) - wanted) < 1e-12


def test_a_score_that_tells_all_apart_accepts_none() -> None:
    own, foreign = np.array([0.7, 0.8, 0.9]), np.array([0.1, 0.2])
    assert (auroc(own, foreign), accepted(own, foreign)) == (1, 0)


def test_a_score_that_tells_nothing_accepts_as_many() -> None:
    values = np.linspace(0, 1, 1001)
    for keep in (0.5, 0.95, 1.0):
        assert abs(accepted(values, values, keep) - keep) < 0.01
