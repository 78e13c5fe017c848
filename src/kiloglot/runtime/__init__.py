"""The model as users run it: numpy, and onnxruntime where no kernel runs the network, each only when it is needed."""

from importlib import import_module
from typing import TYPE_CHECKING

from kiloglot.runtime.found import DEFAULT_MODEL, bundled, model_folder
from kiloglot.runtime.manifest import ARTIFACT_FORMAT, Calibration, FileRecord, Manifest

if TYPE_CHECKING:
    from kiloglot.runtime.artifact import Artifact
    from kiloglot.runtime.decode import Chain, likeliest, probabilities
    from kiloglot.runtime.inputs import Inputs, WordInputs
    from kiloglot.runtime.known_graph import GRAPH_VERSION
    from kiloglot.runtime.network import Network
    from kiloglot.runtime.nlu import NLU
    from kiloglot.runtime.reading import MAX_CHARACTERS
    from kiloglot.runtime.scores import OUTPUTS, Scores, Widths
    from kiloglot.runtime.session import INPUTS, WORD_INPUTS, Session
    from kiloglot.runtime.tables import TWO_BIT_REACH, TWO_BIT_STEP, Table

__all__ = [
    "ARTIFACT_FORMAT",
    "DEFAULT_MODEL",
    "GRAPH_VERSION",
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
    "Network",
    "Scores",
    "Session",
    "Table",
    "Widths",
    "WordInputs",
    "bundled",
    "likeliest",
    "model_folder",
    "probabilities",
]

_HEAVY = {
    "Artifact": "artifact",
    "Chain": "decode",
    "GRAPH_VERSION": "known_graph",
    "INPUTS": "session",
    "Inputs": "inputs",
    "MAX_CHARACTERS": "reading",
    "NLU": "nlu",
    "Network": "network",
    "OUTPUTS": "scores",
    "Scores": "scores",
    "Session": "session",
    "TWO_BIT_REACH": "tables",
    "TWO_BIT_STEP": "tables",
    "Table": "tables",
    "WORD_INPUTS": "session",
    "Widths": "scores",
    "WordInputs": "inputs",
    "likeliest": "decode",
    "probabilities": "decode",
}  # Name -> its module: a server says what a model is before it loads numpy.


def __getattr__(name: str) -> object:
    if name not in _HEAVY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HEAVY[name]}"), name)
