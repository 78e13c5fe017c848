"""The sentences that come with the package, as a student of one's own reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kiloglot.data import background
from kiloglot.training.examples import Examples
from kiloglot.training.taught import Taught
from kiloglot.training.teach import examples_of
from kiloglot.values import Ontology

__all__ = ["Background"]


@dataclass(frozen=True, slots=True)
class Background:
    """N sentences of intents that a base knows."""

    examples: Examples
    """The sentences; their labels mean nothing."""
    known: Tensor
    """[N] which of the base's intents each has."""
    own: Tensor
    """[N] which intent of the student's own has the same name, -1 for none."""
    meaning: Tensor
    """[N] equal for translations."""

    @classmethod
    def of(cls, base: Ontology, student: Taught) -> Background | None:
        """Those of the package's sentences whose intent and locale the base knows; None where there is none."""
        known = {name: place for place, name in enumerate(base.intents)}
        own = {name: place for place, name in enumerate(student.ontology.intents)}
        found = [u for u in background() if u.intent in known and u.locale in student.locales]
        if not found:
            return None
        asked = [replace(u, intent=student.ontology.intents[0]) for u in found]
        meanings: dict[str, int] = {}
        return cls(
            examples_of(asked, student.vocabularies, student.ontology, student.locales),
            torch.tensor([known[u.intent] for u in found]),
            torch.tensor([own.get(u.intent, -1) for u in found]),
            torch.tensor([meanings.setdefault(u.id, len(meanings)) for u in found]),
        )
