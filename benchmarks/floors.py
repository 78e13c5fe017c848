"""What old, cheap systems of one locale reach in it: the least that a model of ours should."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from kiloglot.scoring import Signature

__all__ = ["Figure", "Floors", "read_floors"]

Figure = Literal["intent", "slots"]

_FILE = Path(__file__).with_name("floors.toml")


@dataclass(frozen=True, slots=True)
class Floors:
    """Intent accuracy and slot F1 of two such systems in each locale."""

    systems: Mapping[Figure, str]
    """The system of each figure and what it was trained on."""
    partition: str
    """The part of MASSIVE 1.1 that it was scored on."""
    ontology: str
    """Version of the ontology of MASSIVE."""
    least: Mapping[Figure, Mapping[str, float]]
    """Figure -> locale -> its floor in [0, 1]."""

    def fit(self, signature: Signature) -> bool:
        """Whether scores with this signature are about the same intents and partition."""
        return (signature.ontology, signature.partition) == (self.ontology, self.partition)

    def missed(self, figure: Figure, reached: Mapping[str, float]) -> list[tuple[str, float, float]]:
        """(locale, figure, floor) of every locale of `reached` that stays below its floor, largest gap first."""
        least = self.least[figure]
        found = [(tag, own, least[tag]) for tag, own in reached.items() if own < least.get(tag, 0.0)]
        return sorted(found, key=lambda each: each[1] - each[2])


def read_floors(path: Path = _FILE) -> Floors:
    """The floors in `path`, whose figures are per cent."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    least = {
        figure: {locale: per_cent / 100 for locale, per_cent in content[figure].items()} for figure in get_args(Figure)
    }
    return Floors(content["systems"], content["partition"], content["ontology"], least)
