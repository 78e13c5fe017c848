"""Labelled utterances -> flat arrays that batches are cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import SILENT, Progress
from kiloglot.text import HASH_VERSION, Unit, Vocabulary, hashes_letters, ngrams, segment
from kiloglot.training.ragged import Index, Ragged, spread, starts
from kiloglot.training.word_lists import words_of
from kiloglot.values import Ontology, Utterance

__all__ = ["NO_WORDS", "Examples", "Reading", "Vocabularies", "read_texts", "segmented"]

_CHUNK = 8192  # utterances hashed at a time


NO_WORDS = Vocabulary(np.zeros(1, np.uint16))
"""Knows no word."""


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """What a student knows."""

    units: Vocabulary
    """Which n-gram owns which row of the unit table."""
    bag: Vocabulary
    """Which n-gram owns which row of the utterance table."""
    words: Vocabulary = NO_WORDS
    """Which word owns which row of the table of words."""
    hashing: str = HASH_VERSION
    """The version by which texts are hashed."""

    @property
    def in_letters(self) -> bool:
        """Whether words are hashed in `kiloglot.text.letters`."""
        return hashes_letters(self.hashing)


@dataclass(frozen=True, slots=True)
class Reading:
    """Texts as hashed n-grams, before a vocabulary is chosen. Equal units in equal company are kept once."""

    unit_at: Index
    """[N + 1] where each utterance begins in `unit`."""
    unit: Index
    """[U] the distinct unit at each place."""
    distinct: NDArray[np.uint64]
    """Hashes of the distinct units, flat."""
    distinct_size: Index
    """[D] number of hashes of each distinct unit."""
    bag: NDArray[np.uint64]
    """Hashes of the utterances, flat."""
    bag_size: Index
    """[N] number of hashes of each utterance."""

    @property
    def words(self) -> NDArray[np.uint64]:
        """[U] the hash of each unit as a whole, which is the first of its hashes."""
        words: NDArray[np.uint64] = self.distinct[np.cumsum(self.distinct_size) - self.distinct_size]
        return words[self.unit]

    @property
    def unit_counts(self) -> tuple[NDArray[np.uint64], Index]:
        """The distinct hashes of units, and how many units of the texts have each."""
        hashes, place = np.unique(self.distinct, return_inverse=True)
        counts = np.zeros(len(hashes), np.int64)
        np.add.at(counts, place, self._occurrences)
        return hashes, counts

    @property
    def bag_counts(self) -> tuple[NDArray[np.uint64], Index]:
        """The distinct hashes of utterances, and how often each occurs."""
        return np.unique(self.bag, return_counts=True)

    @property
    def _occurrences(self) -> Index:
        """For each hash in `distinct`, how many units of the texts it stands for."""
        return np.repeat(np.bincount(self.unit, minlength=len(self.distinct_size)), self.distinct_size)

    def vocabularies(
        self, *, unit_rows: int, bag_rows: int, min_count: int, words: Vocabulary | None = None
    ) -> Vocabularies:
        """The vocabularies of units and of utterances that these texts give, beside one of `words`."""
        # Counting stops mattering far above `min_count`; the order of the frequent ones is kept by 64 steps.
        units = np.repeat(self.distinct, np.minimum(self._occurrences, 64))
        return Vocabularies(
            Vocabulary.build(units, rows=unit_rows, min_count=min_count),
            Vocabulary.build(self.bag, rows=bag_rows, min_count=min_count),
            words or NO_WORDS,
        )


def read_texts(texts: Sequence[Sequence[Unit]], progress: Progress = SILENT) -> Reading:
    """Hashes the n-grams of segmented texts."""
    keys, units, sizes, bags, bag_sizes = [], [], [], [], []
    with progress.task("Reading", len(texts), "utterances") as task:
        for start in range(0, len(texts), _CHUNK):
            part = texts[start : start + _CHUNK]
            hashed = ngrams(part)
            if len(hashed.unit_size):
                keys.append(np.add.reduceat(hashed.unit, np.cumsum(hashed.unit_size) - hashed.unit_size))
            units.append(hashed.unit)
            sizes.append(hashed.unit_size)
            bags.append(hashed.bag)
            bag_sizes.append(hashed.bag_size)
            task.advance(len(part))
    counts = np.fromiter(map(len, texts), np.int64, len(texts))
    key = np.concatenate(keys) if keys else np.zeros(0, np.uint64)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    size = np.concatenate(sizes)
    distinct = _taken(np.concatenate(units), starts(size), first)
    return Reading(starts(counts), place, distinct, size[first], np.concatenate(bags), np.concatenate(bag_sizes))


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled utterances as a student is trained on them; N utterances of U units in all, D of them distinct."""

    unit_at: Index
    """[N + 1] where each utterance begins in `unit`, `slot`, `begins`."""
    unit: Index
    """[U] the distinct unit at each place."""
    slot: NDArray[np.int16]
    """[U] 0, or 1 + the slot type's place in the ontology."""
    begins: NDArray[np.bool_]
    """[U] whether a slot begins at the unit."""
    units: Ragged
    """D lists of rows of the unit table."""
    bags: Ragged
    """N lists of rows of the utterance table."""
    words: Ragged
    """N lists of rows of the table of words."""
    intent: Index
    """[N] the intent's place in the ontology."""
    locale: Index
    """[N] 1 + the locale's place, 0 where it is none of the model's."""
    meaning: Index
    """[N] equal where utterances say the same."""
    weight: NDArray[np.float32]
    """[N] share in the losses."""

    def __len__(self) -> int:
        return len(self.intent)

    @property
    def length(self) -> Index:
        """[N] number of units of each utterance."""
        return np.diff(self.unit_at)

    @classmethod
    def of(
        cls,
        utterances: Sequence[Utterance],
        texts: Sequence[Sequence[Unit]],
        reading: Reading,
        vocabularies: Vocabularies,
        ontology: Ontology,
        locales: Sequence[str],
        progress: Progress = SILENT,
    ) -> Examples:
        """`utterances`, segmented as `texts` and hashed as `reading`, in the words of a model."""
        intents = {name: place for place, name in enumerate(ontology.intents)}
        known = {name: 1 + place for place, name in enumerate(locales)}
        slot, begins = _slot_labels(utterances, texts, ontology)
        return cls(
            unit_at=reading.unit_at,
            unit=reading.unit,
            slot=slot,
            begins=begins,
            units=Ragged.known(vocabularies.units.rows(reading.distinct), reading.distinct_size),
            bags=Ragged.known(vocabularies.bag.rows(reading.bag), reading.bag_size),
            words=words_of(texts, reading.words, vocabularies.words, progress),
            intent=np.array([intents[u.intent] for u in utterances], np.int64),
            locale=np.array([known.get(u.locale, 0) for u in utterances], np.int64),
            meaning=_meanings(utterances),
            weight=np.array([u.weight for u in utterances], np.float32),
        )


def segmented(
    utterances: Sequence[Utterance], progress: Progress = SILENT, *, in_letters: bool = True
) -> list[tuple[Unit, ...]]:
    """The units of each utterance, as they are hashed."""
    texts = []
    with progress.task("Segmenting", len(utterances), "utterances") as task:
        for utterance in utterances:
            texts.append(segment(utterance.text, in_letters=in_letters))
            task.advance()
    return texts


def _slot_labels(
    utterances: Sequence[Utterance], texts: Sequence[Sequence[Unit]], ontology: Ontology
) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
    """A unit belongs to the first slot that reaches into it, and a slot begins at the first unit that belongs to it."""
    types = {name: 1 + place for place, name in enumerate(ontology.slot_types)}
    total = sum(map(len, texts))
    labels, begins = np.zeros(total, np.int16), np.zeros(total, np.bool_)
    base = 0
    for utterance, units in zip(utterances, texts, strict=True):
        for slot in utterance.slots:
            inside = [place for place, unit in enumerate(units) if unit.start < slot.end and unit.end > slot.start]
            owned = [base + place for place in inside if not labels[base + place]]
            labels[owned] = types[slot.type]
            begins[owned[:1]] = True
        base += len(units)
    return labels, begins


def _meanings(utterances: Sequence[Utterance]) -> Index:
    """Utterances that share an id in several locales mean the same; where ids are not shared, intents stand in."""
    ids = {u.id for u in utterances}
    shared = len(ids) * 2 <= len(utterances)
    names: dict[str, int] = {}
    return np.array([names.setdefault(u.id if shared else u.intent, len(names)) for u in utterances], np.int64)


def _taken(values: NDArray[np.uint64], at: Index, lists: Index) -> NDArray[np.uint64]:
    """The `lists` of a flat array of lists, one after another."""
    return values[spread(at[lists], at[lists + 1] - at[lists])]
