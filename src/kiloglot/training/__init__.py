"""The one training loop, and how utterances become its batches."""

from kiloglot.training.adapting import adapted
from kiloglot.training.assess import Assessment, assess
from kiloglot.training.background import Background
from kiloglot.training.batches import Batcher
from kiloglot.training.checkpoint import Position
from kiloglot.training.checks import check_settings
from kiloglot.training.doubting import Along, Doubting, Sentences, doubting
from kiloglot.training.encoder import Encoded, Encoder
from kiloglot.training.examples import Examples, Reading, Vocabularies, read_texts, segmented
from kiloglot.training.heads import cross_validated
from kiloglot.training.loop import Callback, Fit, fit
from kiloglot.training.processes import accelerator_for
from kiloglot.training.pruned import pruned
from kiloglot.training.ragged import Ragged
from kiloglot.training.rereading import Reread, Rereading, reread
from kiloglot.training.revived import revived
from kiloglot.training.schedule import warm_cosine
from kiloglot.training.taught import Taught
from kiloglot.training.teach import Lesson, examples_of, teach
from kiloglot.training.teach_from import teach_from
from kiloglot.training.word_vectors import WordVectors

__all__ = [
    "Along",
    "Assessment",
    "Background",
    "Batcher",
    "Callback",
    "Doubting",
    "Encoded",
    "Encoder",
    "Examples",
    "Fit",
    "Lesson",
    "Position",
    "Ragged",
    "Reading",
    "Reread",
    "Rereading",
    "Sentences",
    "Taught",
    "Vocabularies",
    "WordVectors",
    "accelerator_for",
    "adapted",
    "assess",
    "check_settings",
    "cross_validated",
    "doubting",
    "examples_of",
    "fit",
    "pruned",
    "read_texts",
    "reread",
    "revived",
    "segmented",
    "teach",
    "teach_from",
    "warm_cosine",
]
