"""Gold utterances and predictions brought together; what does not fit is refused with one error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise
from pathlib import Path

from kiloglot.data.lines import json_objects
from kiloglot.errors import DataError, OntologyError
from kiloglot.values import Ontology, Prediction, Utterance

__all__ = ["pair"]


def pair(
    gold: Sequence[Utterance], predictions: Sequence[Prediction], ontology: Ontology, path: Path | None = None
) -> list[Prediction]:
    """The prediction of each utterance, in the order of `gold`.

    `path` is the JSONL file that `predictions` are the whole of, for the errors. Raises DataError where an utterance
    has no prediction or two, where a prediction names no utterance or a span outside its text, and OntologyError
    where it names an intent or a slot type that `ontology` lacks. An empty intent is an answer, and a wrong one.
    """
    places = _places(gold)
    found: list[Prediction | None] = [None] * len(gold)
    intents, slot_types = {"", *ontology.intents}, set(ontology.slot_types)
    for order, prediction in enumerate(predictions):
        place = places.get((prediction.id, prediction.locale))
        if place is None:
            raise _unknown(prediction, path, order)
        if found[place] is not None:
            raise _twice(prediction, path, order)
        if prediction.intent not in intents:
            raise _foreign(f"intent {prediction.intent!r}", f"{len(ontology.intents)} intents", path, order)
        _check_slots(prediction, gold[place].text, slot_types, path, order)
        found[place] = prediction
    complete = [prediction for prediction in found if prediction is not None]
    if len(complete) != len(gold):
        raise _missing(gold, found, path)
    return complete


def _places(gold: Sequence[Utterance]) -> dict[tuple[str, str], int]:
    places = {(utterance.id, utterance.locale): at for at, utterance in enumerate(gold)}
    if not gold:
        raise DataError("there is nothing to score", remedy="Choose a partition and locales that the data has")
    if len(places) != len(gold):
        twice = next(u for at, u in enumerate(gold) if places[u.id, u.locale] != at)
        raise DataError(
            f"the data has two utterances with id {twice.id!r} in {twice.locale}",
            remedy="Give every utterance of a locale an id of its own",
        )
    return places


def _check_slots(prediction: Prediction, text: str, types: set[str], path: Path | None, order: int) -> None:
    slots = prediction.slots
    for slot in slots:
        if slot.type not in types:
            raise _foreign(f"slot type {slot.type!r}", f"{len(types)} slot types", path, order)
        if not 0 <= slot.start < slot.end <= len(text):
            raise DataError(
                f"slot {slot.type!r} spans [{slot.start}, {slot.end}) of an utterance of {len(text)} code points",
                remedy="Write half-open offsets that count code points of the utterance as given",
                path=path,
                line=_line(path, order),
            )
    if any(after.start < before.end for before, after in pairwise(slots)):
        raise DataError(
            "slots overlap or are out of order",
            remedy="Write them in order of `start`",
            path=path,
            line=_line(path, order),
        )


def _line(path: Path | None, order: int) -> int | None:
    """Line of the prediction that `order` others precede; blank lines hold none."""
    if path is None:
        return None
    number, _ = next(islice(json_objects(path), order, None))
    return number


def _foreign(what: str, known: str, path: Path | None, order: int) -> OntologyError:
    return OntologyError(
        f"{what} is none of the {known} of the data",
        remedy="Score predictions against data of the same ontology",
        path=path,
        line=_line(path, order),
    )


def _unknown(prediction: Prediction, path: Path | None, order: int) -> DataError:
    return DataError(
        f"no utterance has id {prediction.id!r} in {prediction.locale}",
        remedy="Score the partition and the locales that were predicted",
        path=path,
        line=_line(path, order),
    )


def _twice(prediction: Prediction, path: Path | None, order: int) -> DataError:
    return DataError(
        f"second prediction for id {prediction.id!r} in {prediction.locale}",
        remedy="Keep one line for each utterance",
        path=path,
        line=_line(path, order),
    )


def _missing(gold: Sequence[Utterance], found: Sequence[Prediction | None], path: Path | None) -> DataError:
    absent = [utterance for utterance, prediction in zip(gold, found, strict=True) if prediction is None]
    first = absent[0]
    return DataError(
        f"{len(absent):,} of {len(gold):,} utterances have no prediction, the first is id {first.id!r} "
        f"in {first.locale}",
        remedy="Predict them, or choose fewer locales or another partition",
        path=path,
    )
