"""The one training loop, and how utterances become its batches."""

from kiloglot.training.assess import Assessment, assess
from kiloglot.training.batches import Batcher, Noise
from kiloglot.training.checkpoint import Position
from kiloglot.training.examples import Examples, Ragged, Reading, read_texts, segmented
from kiloglot.training.loop import Callback, Fit, FitConfig, fit
from kiloglot.training.schedule import warm_cosine

__all__ = [
    "Assessment",
    "Batcher",
    "Callback",
    "Examples",
    "Fit",
    "FitConfig",
    "Noise",
    "Position",
    "Ragged",
    "Reading",
    "assess",
    "fit",
    "read_texts",
    "segmented",
    "warm_cosine",
]
