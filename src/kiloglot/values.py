"""The values that every room passes on: frozen, slotted, one a hand-over.

Offsets are half-open and count Unicode code points of the text as given, never of a normalised copy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

__all__ = [
    "OUTSIDE",
    "PARTITIONS",
    "Alternative",
    "Dataset",
    "Evidence",
    "Explanation",
    "Ontology",
    "Parse",
    "Partition",
    "Prediction",
    "Slot",
    "Utterance",
]

Partition = Literal["train", "dev", "test"]
OUTSIDE = "outside"
"""The intent of utterances that are none of an assistant's business: a parse with it is rejected."""
PARTITIONS: tuple[Partition, ...] = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Slot:
    """A typed span of an utterance."""

    type: str
    """Slot type, a name of the ontology (`time`, `place_name`)."""
    start: int
    """First code point of the span."""
    end: int
    """One past the last code point of the span; `start < end`."""
    confidence: float = field(default=1.0, compare=False)
    """Probability in [0, 1] that the span has this type; 1 in gold data. Two slots are equal whatever it is."""

    def value(self, text: str) -> str:
        """The words of `text` that the slot covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One labelled sentence."""

    id: str
    """Name of the utterance. Within a data set, equal ids in several locales are translations of each other."""
    locale: str
    """BCP 47 tag, as `de-DE`."""
    text: str
    """What was said, as given."""
    intent: str
    """What the speaker wants, a name of the ontology."""
    slots: tuple[Slot, ...] = ()
    """Spans in order of `start`, not overlapping."""
    partition: Partition = "train"
    """The part of the data set that the utterance belongs to."""
    scenario: str = ""
    """Group of intents, empty where the data has none."""
    weight: float = 1.0
    """Share of the utterance in training losses, above 0."""


@dataclass(frozen=True, slots=True)
class Ontology:
    """The intents and slot types that a data set, a model or a prediction speaks of."""

    intents: tuple[str, ...]
    """Names in the order of a model's intent outputs."""
    slot_types: tuple[str, ...]
    """Names in the order of a model's slot outputs, without the tag for "no slot"."""

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that change when a name or the order changes."""
        content = json.dumps([self.intents, self.slot_types], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:12]

    @classmethod
    def of(cls, utterances: Iterable[Utterance]) -> Ontology:
        """The names that `utterances` use, sorted."""
        intents: set[str] = set()
        types: set[str] = set()
        for utterance in utterances:
            intents.add(utterance.intent)
            types.update(slot.type for slot in utterance.slots)
        return cls(tuple(sorted(intents)), tuple(sorted(types)))


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled utterances together with the ontology that they speak."""

    utterances: tuple[Utterance, ...]
    """In the order of their files."""
    ontology: Ontology
    """Every intent and slot type of the source, also those that no chosen utterance uses."""
    name: str
    """What to call the data in a report."""
    signature: str
    """Twelve hexadecimal digits of the SHA-256 of what was read: equal signatures mean equal data."""
    dropped: tuple[tuple[str, int], ...] = ()
    """(reason, count) for the records that were left out."""

    def only(self, partition: Partition) -> tuple[Utterance, ...]:
        """The utterances of one partition."""
        return tuple(u for u in self.utterances if u.partition == partition)

    @property
    def locales(self) -> tuple[str, ...]:
        """Locales in order of their tags."""
        return tuple(sorted({u.locale for u in self.utterances}))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a system said of one utterance; any system can write these."""

    id: str
    """The utterance's id."""
    locale: str
    """The utterance's locale; `id` and `locale` together name the utterance."""
    intent: str
    """Predicted intent."""
    slots: tuple[Slot, ...] = ()
    """Predicted spans, in order of `start`, not overlapping."""
    confidence: float | None = None
    """Probability of the intent in [0, 1], where the system gives one."""
    guessed_locale: str | None = None
    """The locale that the system decided for from the text, where it does."""
    rejected: str | None = None
    """Reason code where the system refused the utterance."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One candidate intent of a parse."""

    intent: str
    """Name of the ontology."""
    confidence: float
    """Calibrated probability in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How much one unit of the text spoke for the chosen intent."""

    text: str
    """The unit as written."""
    start: int
    """First code point of the unit."""
    end: int
    """One past its last code point."""
    weight: float
    """Fall of the intent's log-odds when the unit is taken away; negative where the unit spoke against it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What decided a parse."""

    evidence: tuple[Evidence, ...]
    """Every unit, in order."""
    runner_up: str
    """The second-best intent, empty where the ontology has only one."""
    threshold: float
    """Confidence below which this model rejects."""
    known: float
    """Share of the text's n-grams that the model saw in training, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Parse:
    """The answer to one utterance."""

    text: str
    """What was said, as given."""
    locale: str
    """The locale as given, else the one that the model guessed, else empty."""
    intent: str
    """Most likely intent, also where the utterance is rejected; empty where there was nothing to read."""
    confidence: float
    """Calibrated probability of `intent`, in [0, 1]."""
    slots: tuple[Slot, ...]
    """Spans in order of `start`, not overlapping."""
    alternatives: tuple[Alternative, ...]
    """The `top_k` most likely intents, best first."""
    rejected: str | None
    """None, or the reason code why nobody should act on this parse: `empty`, `too_long`, `outside` (`OUTSIDE`) or
    `low_confidence`.
    """
    model: str
    """Name and version of the model that answered."""
    explanation: Explanation | None = None
    """What decided, where it was asked for."""
