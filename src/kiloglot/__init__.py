"""One small model that understands spoken commands, their intent and slots, in many languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiloglot.errors import (
    ArtifactError,
    ConfigError,
    DataError,
    GateError,
    KiloglotError,
    MissingExtraError,
    NotationError,
    OntologyError,
    OverloadedError,
)
from kiloglot.values import Alternative, Evidence, Explanation, Ontology, Parse, Prediction, Slot, Utterance

__all__ = [
    "NLU",
    "Alternative",
    "ArtifactError",
    "ConfigError",
    "DataError",
    "Evidence",
    "Explanation",
    "GateError",
    "KiloglotError",
    "MissingExtraError",
    "NotationError",
    "Ontology",
    "OntologyError",
    "OverloadedError",
    "Parse",
    "Prediction",
    "Slot",
    "Utterance",
]

__version__ = "0.1.0"


if TYPE_CHECKING:
    from kiloglot.runtime import NLU
else:

    def __getattr__(name: str) -> object:
        """Loads `NLU`, and with it numpy, when it is first asked for: importing stays instant."""
        if name != "NLU":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from kiloglot.runtime import NLU

        return NLU
