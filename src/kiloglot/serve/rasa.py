"""What goes over the wire in Rasa's shapes: requests, answers, errors, and how a `Parse` becomes an answer.

Rasa's `rasa/server.py` and its OpenAPI description are the model. Where they differ both forms are given: an entity has
`confidence_entity`, as real servers write, and `confidence`, as the description says.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

import kiloglot
from kiloglot.values import Parse

__all__ = [
    "FALLBACK",
    "BatchAnswer",
    "BatchRequest",
    "Entity",
    "Failure",
    "Health",
    "Intent",
    "ModelRequest",
    "ParseAnswer",
    "ParseRequest",
    "Status",
    "Version",
    "answer_of",
]

FALLBACK = "nlu_fallback"
"""The intent by which Rasa says that it has not understood."""
EXTRACTOR = "kiloglot"


def _tag(said: str) -> str | None:
    from kiloglot.text import canonical_locale  # With numpy, which the server does without until somebody asks.

    return canonical_locale(said) if said else None


_TAG = (
    r"^([A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?)?$"  # What `canonical_locale` reads, or nothing.
)
Tag = Annotated[str, AfterValidator(_tag), WithJsonSchema({"type": "string", "pattern": _TAG})]


class _Wire(BaseModel):
    """Keys that are not named here are ignored, as Rasa does."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ParseRequest(_Wire):
    """An utterance to be understood."""

    text: str = Field(examples=["wake me up tomorrow at nine"])
    """What was said."""
    message_id: str | None = None
    """Comes back in the answer."""
    locale: Tag | None = Field(default=None, examples=["en-US"])
    """Locale of the text as a BCP 47 tag; without it, or where it is empty, the model guesses."""
    lang: Tag | None = None
    """The same under another name; `locale` counts where both are given."""


class BatchRequest(_Wire):
    """Utterances to be understood."""

    texts: list[str] = Field(examples=[["turn on the light", "mach das licht an"]])
    """What was said."""
    locale: Tag | None = None
    """Locale of all texts; without it the model guesses that of each."""


class Intent(_Wire):
    """What the speaker wants."""

    name: str | None
    """Name of the intent; null where there is nothing to read in the text."""
    confidence: float = Field(ge=0, le=1)
    """Calibrated probability."""


class Entity(_Wire):
    """A slot."""

    entity: str
    """Type of the slot."""
    start: int
    """First character, in code points of `text`."""
    end: int
    """One past the last character."""
    value: str
    """The words of the text."""
    confidence_entity: float = Field(ge=0, le=1)
    """Probability that the words are a slot of this type."""
    confidence: float = Field(ge=0, le=1)
    """The same under the name of Rasa's description."""
    extractor: str = EXTRACTOR
    """Who found it."""


class ParseAnswer(_Wire):
    """What was understood."""

    text: str
    """What was said, as given."""
    intent: Intent
    """The most likely intent; `nlu_fallback` where the model rejects the utterance."""
    entities: list[Entity]
    """Slots in the order of the text."""
    intent_ranking: list[Intent]
    """The most likely intents, best first; behind `nlu_fallback` stand those that were not trusted."""
    message_id: str | None
    """That of the request."""
    locale: str
    """The locale that was told, else guessed; empty where there was nothing to read."""
    rejected: str | None
    """Null, or why nobody should act on the answer: `empty`, `too_long`, `outside` or `low_confidence`."""
    model: str
    """Name and version of the model that answered."""


class BatchAnswer(_Wire):
    """What was understood of each text."""

    parses: list[ParseAnswer]
    """In the order of the request."""


class ModelRequest(_Wire):
    """The model to answer with from now on."""

    model_file: str = Field(examples=["massive"])
    """Name of a bundled model, or a model's folder. Models are fetched from no `model_server` or `remote_storage`."""


class Status(_Wire):
    """What the server answers with."""

    model_file: str
    """Folder of the model."""
    model_id: str
    """Name and version of the model."""
    fingerprint: dict[str, str]
    """What tells this model from another one: its ontology's version and its training data."""
    num_active_training_jobs: int = 0
    """Always 0: this server does not train."""
    loaded: bool
    """Whether the model is in memory; the first utterance loads it."""
    locales: list[str]
    """Locales that it was trained on."""


class Version(_Wire):
    """Which server this is."""

    version: str = kiloglot.__version__
    """Version of kiloglot."""
    minimum_compatible_version: str = kiloglot.__version__
    """Oldest version whose models it surely reads."""


class Health(_Wire):
    """Whether the server takes requests."""

    status: str
    """`ok`, or `stopping` when it finishes what it has and takes on no more."""


class Failure(_Wire):
    """Why a request has no other answer, in the shape of Rasa's errors."""

    version: str = kiloglot.__version__
    """Version of kiloglot."""
    status: str = "failure"
    """Always `failure`."""
    reason: str
    """Kind of the fault in one word."""
    message: str
    """What is wrong and what to do about it."""
    details: dict[str, str] = Field(default_factory=dict)
    """Further particulars, such as the parameter that is wrong."""
    help: str | None = None
    """Always null."""
    code: int
    """The HTTP status."""


def answer_of(parse: Parse, threshold: float, message_id: str | None = None) -> ParseAnswer:
    """A parse as Rasa would say it.

    A rejected one has the intent of Rasa's FallbackClassifier, with the `threshold` as its confidence as there; one of
    nothing has no intent, as Rasa answers an empty text.
    """
    ranking = [Intent(name=each.intent, confidence=each.confidence) for each in parse.alternatives]
    if parse.rejected == "empty":
        intent = Intent(name=None, confidence=0.0)
    elif parse.rejected:
        intent = Intent(name=FALLBACK, confidence=max(threshold, parse.confidence))
        ranking.insert(0, intent)
    else:
        intent = Intent(name=parse.intent, confidence=parse.confidence)
    entities = [
        Entity(
            entity=slot.type,
            start=slot.start,
            end=slot.end,
            value=slot.value(parse.text),
            confidence_entity=slot.confidence,
            confidence=slot.confidence,
        )
        for slot in parse.slots
    ]
    return ParseAnswer(
        text=parse.text,
        intent=intent,
        entities=entities,
        intent_ranking=ranking,
        message_id=message_id,
        locale=parse.locale,
        rejected=parse.rejected,
        model=parse.model,
    )
