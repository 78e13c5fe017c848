"""What an old, cheap system reaches in each locale: the least that a model of ours should."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiloglot.scoring import Signature

__all__ = ["Floors", "read_floors"]

_FILE = Path(__file__).with_name("floors.toml")


@dataclass(frozen=True, slots=True)
class Floors:
    """Intent accuracy of one system in each locale."""

    system: str
    """The system and what it was trained on."""
    partition: str
    """The part of MASSIVE 1.1 that it was scored on."""
    ontology: str
    """Version of the ontology of MASSIVE."""
    intent: Mapping[str, float]
    """Locale -> accuracy in [0, 1]."""

    def fit(self, signature: Signature) -> bool:
        """Whether scores with this signature are about the same intents and partition."""
        return (signature.ontology, signature.partition) == (self.ontology, self.partition)

    def missed(self, intent: Mapping[str, float]) -> list[tuple[str, float, float]]:
        """(locale, accuracy, floor) of every locale of `intent` that stays below its floor, largest gap first."""
        found = [(tag, own, self.intent[tag]) for tag, own in intent.items() if own < self.intent.get(tag, 0.0)]
        return sorted(found, key=lambda each: each[1] - each[2])


def read_floors(path: Path = _FILE) -> Floors:
    """The floors in `path`, whose figures are per cent."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    intent = {locale: per_cent / 100 for locale, per_cent in content["intent"].items()}
    return Floors(content["system"], content["partition"], content["ontology"], intent)
