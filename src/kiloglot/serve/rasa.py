"""What goes over the wire in Rasa's shapes: requests, answers, errors, and how a `Parse` becomes an answer.

Rasa's `rasa/server.py` and its OpenAPI description are the model. Where they differ both forms are given: an entity has
`confidence_entity`, as real servers write, and `confidence`, as the description says.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema

import kiloglot
from kiloglot.values import Slot

if TYPE_CHECKING:
    from kiloglot.assistant import Answer, Command

__all__ = [
    "FALLBACK",
    "BatchAnswer",
    "BatchRequest",
    "Candidate",
    "CommandAnswer",
    "Entity",
    "Failure",
    "Health",
    "Intent",
    "ModelRequest",
    "ParseAnswer",
    "ParseRequest",
    "Status",
    "Understood",
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


class Candidate(_Wire):
    """A thing of the household."""

    kind: str
    """`device`, `area`, `floor` or `list`."""
    name: str
    """Its exact name."""
    domain: str
    """Home Assistant's domain of a device, or empty."""
    area: str
    """The area of a device, or empty."""
    id: str
    """Home Assistant's entity id of a device, or empty."""


class Entity(_Wire):
    """A slot."""

    entity: str
    """Type of the slot."""
    start: int
    """First character, in code points of `text`."""
    end: int
    """One past the last character."""
    value: str
    """The words of the text; where they mean a thing of the household, its exact name."""
    confidence_entity: float = Field(ge=0, le=1)
    """Probability that the words are a slot of this type."""
    confidence: float = Field(ge=0, le=1)
    """The same under the name of Rasa's description."""
    extractor: str = EXTRACTOR
    """Who found it."""
    spoken: str
    """The words of the text."""
    candidates: list[Candidate]
    """The things of the household that may be meant: one, or several to be asked about."""


class Understood(_Wire):
    """What was understood of an utterance, or of one of its commands."""

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
    """Null, or why nobody should act on it: `empty`, `too_long`, `outside`, `low_confidence`, `incomplete`,
    `opposite` or `ambiguous`.
    """
    question: str | None
    """What to ask where a name means several things; else null."""
    model: str
    """Name and version of the model that answered."""


class CommandAnswer(Understood):
    """One of several commands; `start` and `end` of its entities count from its own beginning."""

    start: int
    """Where its text begins in the utterance, in code points."""


class ParseAnswer(Understood):
    """What was understood of the utterance, read as one command, and its commands where they are several."""

    commands: list[CommandAnswer]
    """Two or more commands in the order of the text; empty where the utterance is one."""


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
    names: int
    """Things of the household whose names are looked for; 0 without one."""


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


def answer_of(answer: Answer, threshold: float, message_id: str | None = None) -> ParseAnswer:
    """An answer as Rasa would say it, with what Rasa has no word for under keys of its own."""
    several = answer.commands if len(answer.commands) > 1 else ()
    commands = [CommandAnswer(**_understood(each, threshold, message_id), start=each.start) for each in several]
    return ParseAnswer(**_understood(answer.whole, threshold, message_id), commands=commands)


def _understood(command: Command, threshold: float, message_id: str | None) -> dict[str, Any]:
    """The fields of an `Understood`.

    What is rejected has the intent of Rasa's FallbackClassifier, with the `threshold` as its confidence as there; what
    is empty has no intent, as Rasa answers an empty text.
    """
    parse, rejected = command.parse, command.rejected
    ranking = [Intent(name=each.intent, confidence=each.confidence) for each in parse.alternatives]
    if rejected == "empty":
        intent = Intent(name=None, confidence=0.0)
    elif rejected:
        intent = Intent(name=FALLBACK, confidence=max(threshold, parse.confidence))
        ranking.insert(0, intent)
    else:
        intent = Intent(name=parse.intent, confidence=parse.confidence)
    return {
        "text": parse.text,
        "intent": intent,
        "entities": [_entity(command, slot) for slot in parse.slots],
        "intent_ranking": ranking,
        "message_id": message_id,
        "locale": parse.locale,
        "rejected": rejected,
        "question": command.question,
        "model": parse.model,
    }


def _entity(command: Command, slot: Slot) -> Entity:
    return Entity(
        entity=slot.type,
        start=slot.start,
        end=slot.end,
        value=command.value(slot),
        confidence_entity=slot.confidence,
        confidence=slot.confidence,
        spoken=slot.value(command.parse.text),
        candidates=[Candidate(**asdict(thing)) for thing in command.things(slot)],
    )
