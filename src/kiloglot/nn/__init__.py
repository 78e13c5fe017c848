"""Torch modules and losses: the student."""

from kiloglot.nn.batch import Bags, Batch, Labels, Output, Words
from kiloglot.nn.chain import chain_loss, likeliest
from kiloglot.nn.losses import Losses, losses
from kiloglot.nn.row_adagrad import RowAdagrad
from kiloglot.nn.student import Doubt, Network, Student, StudentShape, directions
from kiloglot.nn.tables import RowTable, rounded

__all__ = [
    "Bags",
    "Batch",
    "Doubt",
    "Labels",
    "Losses",
    "Network",
    "Output",
    "RowAdagrad",
    "RowTable",
    "Student",
    "StudentShape",
    "Words",
    "chain_loss",
    "directions",
    "likeliest",
    "losses",
    "rounded",
]
