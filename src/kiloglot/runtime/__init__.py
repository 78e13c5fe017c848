"""The model as users run it: numpy and onnxruntime, nothing else, and each only when what needs it is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

from kiloglot.runtime.found import DEFAULT_MODEL, bundled, model_folder
from kiloglot.runtime.manifest import ARTIFACT_FORMAT, Calibration, FileRecord, Manifest

if TYPE_CHECKING:
    from kiloglot.runtime.artifact import Artifact
    from kiloglot.runtime.decode import Chain, likeliest, probabilities
    from kiloglot.runtime.nlu import NLU
    from kiloglot.runtime.reading import MAX_CHARACTERS
    from kiloglot.runtime.session import INPUTS, OUTPUTS, WORD_INPUTS, Inputs, Scores, Session, WordInputs
    from kiloglot.runtime.tables import TWO_BIT_REACH, TWO_BIT_STEP, Table

__all__ = [
    "ARTIFACT_FORMAT",
    "DEFAULT_MODEL",
    "INPUTS",
    "MAX_CHARACTERS",
    "NLU",
    "OUTPUTS",
    "TWO_BIT_REACH",
    "TWO_BIT_STEP",
    "WORD_INPUTS",
    "Artifact",
    "Calibration",
    "Chain",
    "FileRecord",
    "Inputs",
    "Manifest",
    "Scores",
    "Session",
    "Table",
    "WordInputs",
    "bundled",
    "likeliest",
    "model_folder",
    "probabilities",
]

_HEAVY = {
    "Artifact": "artifact",
    "Chain": "decode",
    "INPUTS": "session",
    "Inputs": "session",
    "MAX_CHARACTERS": "reading",
    "NLU": "nlu",
    "OUTPUTS": "session",
    "Scores": "session",
    "Session": "session",
    "TWO_BIT_REACH": "tables",
    "TWO_BIT_STEP": "tables",
    "Table": "tables",
    "WORD_INPUTS": "session",
    "WordInputs": "session",
    "likeliest": "decode",
    "probabilities": "decode",
}  # Name -> its module: a server says what a model is before it loads numpy and onnxruntime.


def __getattr__(name: str) -> object:
    if name not in _HEAVY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)
