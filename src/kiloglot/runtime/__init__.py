"""The model as users run it: numpy and onnxruntime, nothing else."""

from kiloglot.runtime.artifact import Artifact
from kiloglot.runtime.decode import likeliest, probabilities
from kiloglot.runtime.manifest import ARTIFACT_FORMAT, Calibration, FileRecord, Manifest
from kiloglot.runtime.nlu import DEFAULT_MODEL, NLU, bundled
from kiloglot.runtime.reading import MAX_CHARACTERS
from kiloglot.runtime.session import INPUTS, OUTPUTS, Scores, Session
from kiloglot.runtime.tables import Table

__all__ = [
    "ARTIFACT_FORMAT",
    "DEFAULT_MODEL",
    "INPUTS",
    "MAX_CHARACTERS",
    "NLU",
    "OUTPUTS",
    "Artifact",
    "Calibration",
    "FileRecord",
    "Manifest",
    "Scores",
    "Session",
    "Table",
    "bundled",
    "likeliest",
    "probabilities",
]
