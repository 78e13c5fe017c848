"""What can be set about making a student. Free of torch, so that help, recipes and checks need none.

Each class is a table of a recipe and a group of flags of `kiloglot finetune`; the line under a field is its help.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fitting", "LossWeights", "Noise", "Sizes", "WordNoise"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the student is; the defaults make a file of about 23 MB."""

    unit_rows: int = 260_000
    """Rows of the table that describes units, at most."""
    bag_rows: int = 360_000
    """Rows of the table that describes utterances, at most."""
    unit_width: int = 64
    """Numbers in a row of the unit table; a multiple of 4."""
    bag_width: int = 64
    """Numbers in a row of the utterance table; a multiple of 4."""
    word_rows: int = 180_000
    """Rows of the table of words, at most, where it is told words."""
    reader: int = 256
    """Width of the reader of words."""
    reader_layers: int = 2
    """Layers of the reader of words, each of which sees one neighbour more on both sides."""
    hidden: int = 192
    """Width of the context network."""
    embedding: int = 64
    """Width of the sentence embedding."""
    bits: int = 4
    """Bits of a number in the tables, while training as in the file: 2, 4 or 8."""
    min_count: int = 3
    """Times that an n-gram must occur in the training data to get a row."""


@dataclass(frozen=True, slots=True)
class Noise:
    """What is hidden from the student while it learns, and what it reads wrong."""

    feature_dropout: float = 0.4
    """Share of n-grams that are hidden."""
    unit_dropout: float = 0.1
    """Share of units whose vectors are hidden."""
    dropout: float = 0.3
    """Dropout of the layers below the outputs."""
    locale_dropout: float = 0.5
    """Share of utterances whose locale is not told."""
    misspelt: float = 0.0
    """Share of utterances of which it also reads a copy with wrong letters, as typing and recognisers leave them."""


@dataclass(frozen=True, slots=True)
class WordNoise:
    """How words are read otherwise while a reader learns, anew in each pass: it then knows more of rare ones."""

    part_dropout: float = 0.0
    """How often a word, or part of one, that it knows is passed over for shorter ones."""
    synonyms: float = 0.0
    """Share of the words and parts that are replaced by others that mean about the same, of any language."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each part of the loss counts; the intent counts 1."""

    slot_weight: float = 0.5
    """Weight of the slots' chain, a sum over an utterance's units."""
    begins_weight: float = 0.5
    """Weight of where slots begin."""
    locale_weight: float = 0.3
    """Weight of the locale."""
    meaning_weight: float = 0.1
    """Weight of the contrast between meanings, which shapes the sentence embedding."""
    smoothing: float = 0.1
    """Share of the intent's target that is spread over all intents (label smoothing)."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """How the student is trained."""

    epochs: int = 7
    """Passes over the data at most; the learning rate reaches its end with the last."""
    patience: int = 3
    """Epochs without a better exact match on dev after which training stops."""
    budget: int = 4096
    """Units of a batch at most, padding included."""
    temperature: float = 1.0
    """Locales are drawn in proportion to size ** (1 / temperature): 1 as they are, higher evens them out."""
    row_rate: float = 0.05
    """Peak learning rate of table rows."""
    rate: float = 2e-3
    """Peak learning rate of all else."""
    warmup: int = 500
    """Steps until the peak rate; at most a tenth of all."""
    decay: float = 0.01
    """Weight decay of all but the rows."""
    clip: float = 5.0
    """Largest norm of the gradient of all but the rows."""
    seed: int = 0
    """Seed of everything random."""
    save_seconds: float = 120.0
    """Seconds between two checkpoints within an epoch."""
    device: str = "auto"
    """`auto`: what Accelerate finds; `cpu`: the CPU, whatever there is."""
