"""fastText as a classifier: character 2- to 5-grams and pairs of words, intents alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.systems import Answer, Made, System

__all__ = ["SYSTEMS"]

_LABEL = "__label__"


def _make(corpus: Path, model: str, folder: Path) -> Made:
    import fasttext

    from benchmarks.corpus import utterances

    learned = utterances(corpus, "all", "train")
    lines = folder.with_name("fasttext.txt")
    lines.write_text("".join(f"{_LABEL}{u.intent} {' '.join(u.text.split())}\n" for u in learned), encoding="utf-8")
    classifier = fasttext.train_supervised(
        input=str(lines), dim=64, minn=2, maxn=5, wordNgrams=2, bucket=300_000, epoch=20, lr=0.5, thread=1, verbose=0
    )
    classifier.save_model(str(folder / "model.bin"))
    return Made(learned=len(learned))


def _load(folder: Path) -> Callable[[str], Any]:
    import fasttext

    classifier = fasttext.load_model(str(folder / "model.bin"))
    return lambda text: classifier.predict(text)


def _answer(text: str, predicted: Any) -> Answer:
    (label,), _ = predicted
    return Answer(intent=str(label).removeprefix(_LABEL))


SYSTEMS = (System("fastText, all locales", ("fasttext-numpy2-wheel",), "all", _make, _load, _answer),)
