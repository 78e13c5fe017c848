"""What training selects on is what `evaluate` would say, counted on units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from accelerate import Accelerator

from kiloglot.data import load
from kiloglot.nn import Student
from kiloglot.runtime import NLU
from kiloglot.training import Batcher, Examples, Taught, assess, examples_of


@pytest.fixture(scope="module")
def taught(tiny_student: Path) -> Taught:
    return Taught.read(tiny_student)


@pytest.fixture(scope="module")
def dev(taught: Taught, tiny_assistant: Path) -> Examples:
    utterances = load(tiny_assistant, partitions=["dev"]).utterances
    return examples_of(utterances, taught.vocabularies, taught.ontology, taught.locales)


@pytest.fixture(scope="module")
def accelerator() -> Accelerator:
    return Accelerator(cpu=True)


def test_figures_are_means_over_locales_of_what_the_runtime_answers(
    taught: Taught, dev: Examples, accelerator: Accelerator, tiny_assistant: Path, tiny_model: Path
) -> None:
    found = assess(taught.student, Batcher(dev, 4096), accelerator)
    nlu, shares = NLU.load(tiny_model), []
    data = load(tiny_assistant, partitions=["dev"])
    for locale in data.locales:
        gold = [u for u in data.utterances if u.locale == locale]
        parses = nlu.parse_batch([u.text for u in gold], locale)
        intent = [parse.intent == u.intent for u, parse in zip(gold, parses, strict=True)]
        slots = [parse.slots == u.slots for u, parse in zip(gold, parses, strict=True)]
        shares.append((np.mean(intent), np.mean(np.array(intent) & np.array(slots))))
    intent_mean, exact_mean = np.mean(shares, axis=0)
    assert found.intent == pytest.approx(intent_mean, abs=0.02)  # the artifact rounds to 8 bits
    # A unit at the edge of a slot, or two slots side by side, make a difference of a few utterances.
    assert found.exact == pytest.approx(exact_mean, abs=0.05)


@pytest.mark.parametrize("budget", [1, 60, 100_000])
def test_figures_do_not_depend_on_batches(taught: Taught, dev: Examples, accelerator: Accelerator, budget: int) -> None:
    assert assess(taught.student, Batcher(dev, budget), accelerator) == assess(
        taught.student, Batcher(dev, 4096), accelerator
    )


def test_a_student_that_is_training_goes_on_training(taught: Taught, dev: Examples, accelerator: Accelerator) -> None:
    student = Student(taught.student.shape)
    student.load_state_dict(taught.student.state_dict())
    student.train()
    found = assess(student, Batcher(dev, 4096), accelerator)
    assert student.training
    assert found == assess(taught.student, Batcher(dev, 4096), accelerator), "it was read with dropout"
