"""What slots say of the intent, beside scikit-learn's naive Bayes classifier."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sklearn.naive_bayes import BernoulliNB

from kiloglot.data import load
from kiloglot.nn import Output
from kiloglot.training import Taught, examples_of
from kiloglot.training.evoked import evoked


def test_it_is_a_share_of_naive_bayes(tiny_assistant: Path, tiny_student: Path) -> None:
    taught = Taught.read(tiny_student)
    said = load(tiny_assistant, partitions=["train"]).utterances
    ontology = taught.ontology
    examples = examples_of(said, taught.vocabularies, ontology, taught.locales)
    there = np.array([[kind in {slot.type for slot in u.slots} for kind in ontology.slot_types] for u in said])
    intents = np.array([ontology.intents.index(u.intent) for u in said])
    peer = BernoulliNB(alpha=0.5, fit_prior=False).fit(there, intents)
    found = evoked(examples, len(ontology.intents), len(ontology.slot_types)).numpy()
    ours = found[0] + there @ found[1:]
    theirs = peer.predict_log_proba(there)
    ours, theirs = (each - each.mean(axis=1, keepdims=True) for each in (ours, theirs))
    shares = ours[np.abs(theirs) > 0.1] / theirs[np.abs(theirs) > 0.1]
    np.testing.assert_allclose(shares, shares.mean(), rtol=1e-3)
    assert 0 < shares.mean() < 1


def test_slots_that_are_found_decide_between_equal_intents(tiny_student: Path) -> None:
    student = Taught.read(tiny_student).student
    shape = student.shape
    student.evoked.zero_()
    student.evoked[2, 1] = 1.0
    slot = torch.zeros(1, 3, 1 + shape.slot_types)
    slot[0, 1, 2] = 50.0
    nothing = torch.zeros(1, shape.intents)
    output = Output(nothing, slot, slot[..., 0], nothing, nothing, nothing)
    for mask, wanted in ((torch.tensor([[1.0, 1.0, 0.0]]), 1.0), (torch.tensor([[1.0, 0.0, 0.0]]), 0.0)):
        logits, _ = student.decided(output, mask)
        assert logits[0, 1] == wanted
        assert logits[0, 0] == 0
