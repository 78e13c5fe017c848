"""The classical pair in one locale, as one system: a LinearSVC for the intent, and a linear-chain conditional random
field on hand-made features of words for the slots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.systems import Answer, Made, System
from benchmarks.systems.linear_svc import untrained
from kiloglot.values import Slot, Utterance

__all__ = ["SYSTEMS", "answer", "asked", "features", "fitted", "tags"]

_LEARNED = 3_000  # utterances that the chain learns from: enough for its cost, in a minute
_WORD = re.compile(r"\S+")
_OUTSIDE = "O"


def _make(corpus: Path, model: str, folder: Path) -> Made:
    import joblib

    from benchmarks.corpus import utterances

    learned = utterances(corpus, "one", "train")
    joblib.dump(fitted(learned), folder / "model.joblib")
    return Made(learned=len(learned))


def fitted(learned: Sequence[Utterance]) -> tuple[Any, Any]:
    """The classifier of intents and the chain, trained on `learned`."""
    from sklearn_crfsuite import CRF

    classifier = untrained()
    classifier.fit([u.text for u in learned], [u.intent for u in learned])
    chain, some = CRF(algorithm="lbfgs", c1=0.1, c2=0.01, max_iterations=40), learned[:_LEARNED]
    chain.fit([features(_words(u.text)) for u in some], [tags(u.text, u.slots) for u in some])
    return classifier, chain


def asked(pair: tuple[Any, Any], text: str) -> Answer:
    """What a pair that `fitted` made says of `text`."""
    classifier, chain = pair
    return answer(text, (classifier.predict([text])[0], chain.predict_single(features(_words(text)))))


def _load(folder: Path) -> Callable[[str], Any]:
    import joblib

    classifier, chain = joblib.load(folder / "model.joblib")
    return lambda text: (classifier.predict([text])[0], chain.predict_single(features(_words(text))))


def answer(text: str, predicted: tuple[str, Sequence[str]]) -> Answer:
    """The intent, and runs of tags of one type as slots."""
    intent, said = predicted
    found: list[Slot] = []
    before = _OUTSIDE
    for match, tag in zip(_WORD.finditer(text), said, strict=True):
        kind = tag[2:]
        if tag != _OUTSIDE and (tag[0] == "B" or before[2:] != kind):
            found.append(Slot(kind, match.start(), match.end()))
        elif tag != _OUTSIDE:
            found[-1] = Slot(kind, found[-1].start, match.end())
        before = tag
    return Answer(str(intent), tuple(found))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def tags(text: str, slots: Sequence[Slot]) -> list[str]:
    """BIO tags of the words of `text`."""
    tags = []
    for match in _WORD.finditer(text):
        slot = next((s for s in slots if s.start < match.end() and match.start() < s.end), None)
        tags.append(_OUTSIDE if slot is None else f"{'B' if match.start() <= slot.start else 'I'}-{slot.type}")
    return tags


def features(words: Sequence[str]) -> list[list[str]]:
    """For each word: itself, its affixes and character trigrams, the words around it and the pairs with them."""
    padded = ["<s>", "<s>", *(word.lower() for word in words), "</s>", "</s>"]
    return [_of_word(padded, at) for at in range(2, len(padded) - 2)]


def _of_word(words: Sequence[str], at: int) -> list[str]:
    word = words[at]
    edged = f"<{word}>"
    around = [f"{shift}:{words[at + shift]}" for shift in (-2, -1, 0, 1, 2)]
    pairs = [f"-:{words[at - 1]} {word}", f"+:{word} {words[at + 1]}"]
    affixes = [f"p:{word[:size]}" for size in (1, 2, 3, 4)] + [f"s:{word[-size:]}" for size in (1, 2, 3, 4)]
    trigrams = [f"t:{edged[place : place + 3]}" for place in range(len(edged) - 2)]
    return [*around, *pairs, *affixes, *trigrams, f"digit:{word.isdigit()}"]


SYSTEMS = (
    System(
        name="LinearSVC with CRF, one locale",
        packages=("scikit-learn", "sklearn-crfsuite"),
        scope="one",
        make=_make,
        load=_load,
        answer=answer,
        note=f"the CRF learned from the first {_LEARNED:,} utterances alone",
    ),
)
