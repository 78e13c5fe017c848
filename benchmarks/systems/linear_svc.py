"""scikit-learn's LinearSVC on tf-idf of character 2- to 5-grams and word 1- and 2-grams: intents alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.systems import Answer, Made, Scope, System

__all__ = ["SYSTEMS", "untrained"]


def untrained() -> Any:
    """The pipeline from texts to intents, to be fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    characters = TfidfVectorizer(analyzer="char", ngram_range=(2, 5), min_df=2, sublinear_tf=True)
    words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", sublinear_tf=True)
    return make_pipeline(make_union(characters, words), LinearSVC(C=0.5))


def _maker(scope: Scope) -> Callable[[Path, str, Path], Made]:
    def make(corpus: Path, model: str, folder: Path) -> Made:
        import joblib

        from benchmarks.corpus import utterances

        learned, classifier = utterances(corpus, scope, "train"), untrained()
        classifier.fit([u.text for u in learned], [u.intent for u in learned])
        joblib.dump(classifier, folder / "model.joblib")
        return Made(learned=len(learned))

    return make


def _load(folder: Path) -> Callable[[str], Any]:
    import joblib

    classifier = joblib.load(folder / "model.joblib")
    return lambda text: classifier.predict([text])


def _answer(text: str, predicted: Any) -> Answer:
    return Answer(intent=str(predicted[0]))


_PACKAGES = ("scikit-learn",)

SYSTEMS = (
    System("LinearSVC, one locale", _PACKAGES, "one", _maker("one"), _load, _answer),
    System("LinearSVC, all locales", _PACKAGES, "all", _maker("all"), _load, _answer),
)
