"""What a data set is, in twelve hexadecimal digits, however it was packed or ordered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from kiloglot.errors import DataError
from kiloglot.values import Ontology, Utterance

__all__ = ["signature_of"]


def signature_of(utterances: Iterable[Utterance], ontology: Ontology) -> str:
    """First twelve digits of the SHA-256 over the ontology and the sorted SHA-256 of every utterance.

    Raises DataError where a text holds half a surrogate pair, which no file can hold.
    """
    digests = [_digest(utterance) for utterance in utterances]
    digests.sort()
    whole = hashlib.sha256(ontology.version.encode())
    whole.update(b"".join(digests))
    return whole.hexdigest()[:12]


def _digest(utterance: Utterance) -> bytes:
    """SHA-256 of one utterance, each text after its length, so that no two utterances write the same bytes."""
    u = utterance
    head = f"{len(u.id)} {u.id}{len(u.locale)} {u.locale}{len(u.intent)} {u.intent}{len(u.scenario)} {u.scenario}"
    spans = "".join([f"{len(slot.type)} {slot.type}{slot.start} {slot.end} " for slot in u.slots])
    content = f"{head}{u.partition} {u.weight!r} {len(u.slots)} {spans}{u.text}"
    try:
        return hashlib.sha256(content.encode("utf-8")).digest()
    except UnicodeEncodeError as error:
        problem = f"utterance {u.id!r} of {u.locale} holds half a surrogate pair"
        raise DataError(problem, remedy="Write the character itself or its whole pair") from error
