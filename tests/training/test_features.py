"""Which sentences heads learn from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from kiloglot.training import Batcher, Examples, read_texts, segmented
from kiloglot.training.features import ENOUGH, chosen_in
from kiloglot.values import Ontology, Utterance


def chosen(sizes: dict[str, int]) -> Counter[str]:
    """How many sentences of each intent are chosen, of as many as there are."""
    utterances = [
        Utterance(f"{intent}{number}", "en-US", f"{intent} {number}", intent)
        for intent, size in sizes.items()
        for number in range(size)
    ]
    texts = segmented(utterances)
    reading = read_texts(texts)
    words = reading.vocabularies(unit_rows=100, bag_rows=100, min_count=1), Ontology.of(utterances), ["en-US"]
    plan = chosen_in(Batcher(Examples.of(utterances, texts, reading, *words), 4096))
    places = np.concatenate(plan) if plan else np.zeros(0, np.int64)
    assert len(set(places.tolist())) == len(places)
    return Counter(utterances[place].intent for place in places)


def test_all_sentences_of_many_intents_are_learned_from() -> None:
    sizes = {f"intent{number}": 3 for number in range(1200)}
    assert chosen(sizes) == sizes


@pytest.mark.parametrize("intents", [2, 60])
def test_of_too_many_every_intent_has_its_turn(intents: int) -> None:
    sizes = {"rare": 2} | {f"intent{number}": 4000 // intents for number in range(1, intents)}
    found = chosen(sizes)
    assert found.total() == max(1500, ENOUGH * intents)
    assert found.pop("rare") == 2
    assert max(found.values()) - min(found.values()) <= 1
