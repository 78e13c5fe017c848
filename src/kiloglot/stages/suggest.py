"""`suggest`: where an assistant is weak, before its users find out. It proposes and changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kiloglot.data import abroad, background, is_project, load, scan_project
from kiloglot.errors import DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.runtime import DEFAULT_MODEL, Artifact, model_folder
from kiloglot.values import Dataset, Utterance

__all__ = ["SuggestConfig", "SuggestReport", "Suggestion", "run"]

_SURE = 0.6  # how likely another intent must be for a label to look wrong
_CONFUSED = 0.1  # share of an intent's sentences that go to another one
_FEW = 10  # sentences of an intent from which on it is well described
_VARIETY = 3  # values of a slot from which on it is more than a fixed word
_OPENINGS = 3  # ways to begin an intent's sentences
_EACH = 20  # suggestions of a kind
_TOLD = 5  # weak spots, and languages, that a summary names

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SuggestConfig:
    """Find an assistant's weak spots: confused intents, odd labels, missing phrasings, slots without variety."""

    folder: Path
    """The assistant's folder, or other labelled utterances."""
    locales: tuple[str, ...] = ()
    """Only these locales; default: all."""
    base: str = DEFAULT_MODEL
    """Model to read the sentences with, a bundled one by name or a folder."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One weak spot."""

    kind: str
    """`confused`, `label`, `phrasing` or `variety`."""
    about: str
    """The intent or slot type."""
    text: str
    """What was found and what to do, in words."""
    examples: tuple[str, ...] = ()
    """Sentences that show it."""
    where: str = ""
    """File and line of the first, where the data is an assistant's folder."""


@dataclass(frozen=True, slots=True)
class SuggestReport:
    """What was found."""

    suggestions: tuple[Suggestion, ...]
    """The most telling of each kind first."""
    sentences: int
    """Sentences that were looked at."""
    accuracy: float
    """Share of them, in [0, 1], whose intent is found by what was learned from the others."""
    first_locales: tuple[str, ...]
    """Languages to write more sentences in, the one that would help most first."""
    unwritten: tuple[tuple[str, float], ...]
    """(language without a sentence, intent accuracy in [0, 1] that was measured there with English alone), the weakest
    first; empty where the base is not the bundled model, of which alone this is known.
    """

    def told(self) -> tuple[str, ...]:
        """What matters most, in a few lines."""
        share = f"{100 * self.accuracy:.1f} % of the {self.sentences:,} sentences of train"
        lines = [f"Asked of what was learned from the others, {share} find their intent"]
        if len(self.first_locales) > 1:
            lines.append(f"More sentences would help most in {', '.join(self.first_locales[:_TOLD])}")
        if self.unwritten:
            weakest = ", ".join(f"{locale} ({100 * intent:.0f} %)" for locale, intent in self.unwritten[:_TOLD])
            lines.append(f"Of languages without a sentence, expect least in {weakest}, as measured with English alone")
        worst = [each for each in self.suggestions if each.kind in ("confused", "label")][:_TOLD]
        return (*lines, *(f"{each.text}{f' ({each.examples[0]!r})' if each.examples else ''}" for each in worst))


def run(config: SuggestConfig, progress: Progress = SILENT) -> SuggestReport:
    """Looks at `train`. Raises DataError where there is no sentence or but one intent."""
    data = load(config.folder, partitions=["train"], locales=config.locales or None)
    if len({u.intent for u in data.utterances}) < 2:
        raise DataError(
            "there are not two intents to tell apart", remedy="Write sentences of another", path=config.folder
        )
    likely = _likely(config, data, progress)
    intents = data.ontology.intents
    gold = np.array([intents.index(u.intent) for u in data.utterances])
    found = likely.argmax(axis=1)
    places = _places(config.folder)
    said = data.utterances
    suggestions = [
        *_confused(said, gold, found, intents),
        *_labels(said, gold, likely, intents, places),
        *_phrasings(said),
        *_variety(said),
    ]
    first = _locales(said, gold, likely)
    weak = sorted(abroad().items(), key=lambda pair: pair[1]) if config.base == DEFAULT_MODEL else []
    unwritten = tuple((locale, intent) for locale, intent in weak if locale not in data.locales)
    return SuggestReport(tuple(suggestions), len(said), float((found == gold).mean()), first, unwritten)


def _likely(config: SuggestConfig, data: Dataset, progress: Progress) -> Floats:
    """How likely each intent is for each sentence [N, intents], by heads that learned from the others."""
    try:
        from kiloglot.training import Background, Batcher, adapted, cross_validated, examples_of, revived
    except ModuleNotFoundError as missing:
        raise MissingExtraError("suggesting", "train") from missing
    base = revived(Artifact.read(model_folder(config.base)))
    student = adapted(base, data.ontology, data.locales)
    words = student.vocabularies, student.ontology, student.locales
    train = Batcher(examples_of(data.utterances, *words, progress), 4096)
    background = Background.of(base.ontology, student)
    found: Floats = cross_validated(student.student, train, background, progress=progress).numpy()
    return found


def _places(folder: Path) -> dict[tuple[str, str, str], str]:
    """Where each (locale, intent, text) of an assistant stands."""
    examples = scan_project(folder).examples if is_project(folder) else ()
    return {(e.utterance.locale, e.utterance.intent, e.utterance.text): f"{e.path}:{e.line}" for e in examples}


def _confused(
    said: Sequence[Utterance], gold: NDArray[np.int64], found: NDArray[np.int64], intents: Sequence[str]
) -> Iterator[Suggestion]:
    size = np.bincount(gold, minlength=len(intents))
    pairs = Counter((int(g), int(f)) for g, f in zip(gold, found, strict=True) if g != f)
    shares = sorted(pairs.items(), key=lambda pair: -pair[1] / size[pair[0][0]])
    for (right, wrong), count in shares[:_EACH]:
        if count / size[right] < _CONFUSED or count < 2:
            continue
        examples = [u.text for u, g, f in zip(said, gold, found, strict=True) if (g, f) == (right, wrong)]
        text = (
            f"{count} of {size[right]} sentences of {intents[right]} are taken for {intents[wrong]}: write more that "
            "differ, or make one intent of both with a slot"
        )
        yield Suggestion("confused", intents[right], text, tuple(examples[:3]))


def _labels(
    said: Sequence[Utterance],
    gold: NDArray[np.int64],
    likely: Floats,
    intents: Sequence[str],
    places: dict[tuple[str, str, str], str],
) -> Iterator[Suggestion]:
    best = likely.argmax(axis=1)
    lead = likely.max(axis=1) - likely[np.arange(len(gold)), gold]
    for place in np.argsort(-lead, kind="stable")[:_EACH]:
        utterance, other = said[place], intents[best[place]]
        if lead[place] < _SURE:
            break
        text = f"looks like {other} (by {100 * lead[place]:.0f} points): is {utterance.intent} right?"
        where = places.get((utterance.locale, utterance.intent, utterance.text), "")
        yield Suggestion("label", utterance.intent, text, (utterance.text,), where)


def _phrasings(said: Sequence[Utterance]) -> Iterator[Suggestion]:
    """Intents of a locale with few sentences, or whose sentences all begin alike; what others say of the same intent is
    shown where the package knows it.
    """
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for utterance in said:
        groups[utterance.locale, utterance.intent].append(utterance.text)
    ranked = sorted(groups.items(), key=lambda group: (len(group[1]), group[0]))
    weak = ((key, texts) for key, texts in ranked if len(texts) < _FEW or _openings(texts) < _OPENINGS)
    for (locale, intent), texts in list(weak)[:_EACH]:
        others = [u.text for u in background() if (u.locale, u.intent) == (locale, intent) and u.text not in texts]
        alike = "" if _openings(texts) >= _OPENINGS else f", which begin in {_openings(texts)} ways"
        count = f"{len(texts)} sentence{'s' * (len(texts) > 1)}"
        text = f"{intent} has {count} in {locale}{alike}: write it as a question, an order and a remark"
        yield Suggestion("phrasing", intent, text, tuple(others[:3]))


def _openings(texts: Sequence[str]) -> int:
    """In how many ways the texts begin: by their first word, or the first two characters where there is but one."""
    return len({text.split()[0].casefold() if " " in text.strip() else text[:2] for text in texts if text.strip()})


def _variety(said: Sequence[Utterance]) -> Iterator[Suggestion]:
    values: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for utterance in said:
        for slot in utterance.slots:
            values[utterance.locale, slot.type][slot.value(utterance.text).casefold()] += 1
    ranked = sorted(values.items(), key=lambda pair: (len(pair[1]), pair[0]))
    for (locale, kind), found in ranked[:_EACH]:
        if len(found) >= _VARIETY:
            break
        values_told = f"{len(found)} value{'s' * (len(found) > 1)} in {locale} ({', '.join(found)})"
        text = f"{kind} has only {values_told}: vary it, or it is learned by heart"
        yield Suggestion("variety", kind, text)


def _locales(said: Sequence[Utterance], gold: NDArray[np.int64], likely: Floats) -> tuple[str, ...]:
    """The locales by how unsure what was learned from the other sentences is of the right intent."""
    sure: dict[str, list[float]] = defaultdict(list)
    for utterance, right, row in zip(said, gold, likely, strict=True):
        sure[utterance.locale].append(float(row[right]))
    return tuple(sorted(sure, key=lambda locale: sum(sure[locale]) / len(sure[locale])))
