"""The student: tables of n-gram vectors below a small network that reads units in context.

Intent is decided on a wide, flat path, the mean vector of all n-grams of the utterance; slots on a narrow, deep one,
windows over unit vectors that are told of the intent. `docs/log.md` has the trials that show why: a deep path to the
intent memorises its few thousand meanings.

A student may be told what words and their parts mean: vectors that an encoder of many languages, trained on text at
large, gives them. A reader of these decides the intent a second time. Both opinions are taught as if there were no
other, and their sum is what the student says: they err on different utterances.

A student that was adapted from another one keeps that one's intents as its knowledge of what people say at large: they
tell the context network what is spoken of, and so do, once all of it is trained, its own. These are decided on
directions alone, of utterance and of units, which are more alike in all languages than lengths; one output more stands
for what is none of them, and what the base surely takes for an intent that is not akin to them is foreign, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kiloglot.nn.batch import Batch, Output, Words
from kiloglot.nn.chain import likeliest
from kiloglot.nn.tables import RowTable

__all__ = ["LEAST", "STEEPNESS", "Doubt", "Network", "Student", "StudentShape", "directions"]

# Means of many small rows are small; the gains bring them to unit size. The intent's weights start large as well: an
# n-gram that occurs twenty times must be able to decide an intent after as many steps.
_UNIT_GAIN, _BAG_GAIN, _INTENT_GAIN = 4.0, 30.0, 10.0
LEAST = 1e-9  # added to a probability whose logarithm is taken
STEEPNESS = 4.0  # how fast an adapted student becomes unsure beyond the border of its kind, in 1 / nats
_WORD_GAIN = 0.5  # size of the numbers that the reader is given
_WORD_DROPOUT = 0.2  # share of the words that are hidden from it in training
_NO_BORDER = -30.0  # below every kinship


@dataclass(frozen=True, slots=True)
class StudentShape:
    """The sizes that make a student."""

    intents: int
    """Number of intents."""
    slot_types: int
    """Number of slot types, without "no slot"."""
    locales: int
    """Number of locales that it knows by name."""
    meanings: int
    """Number of distinct meanings in its training data; used in training alone."""
    unit_rows: int
    """Rows of the table that describes units."""
    bag_rows: int
    """Rows of the table that describes utterances."""
    unit_width: int = 64
    """Numbers in a row of the unit table."""
    bag_width: int = 64
    """Numbers in a row of the utterance table."""
    hidden: int = 192
    """Width of the context network."""
    embedding: int = 64
    """Width of the sentence embedding."""
    bits: int = 4
    """Bits of a number in the tables: 4, 8, or 0 for full precision."""
    word_rows: int = 0
    """Rows of the table of words; 0 where it is told none."""
    word_width: int = 0
    """Numbers in a row of the table of words."""
    reader: int = 0
    """Width of the reader of words; 0 where it is told none."""
    reader_layers: int = 1
    """Layers of the reader of words, each of which sees one neighbour more on both sides."""
    known: int = 0
    """Number of intents of the base that it was adapted from; 0 where it was trained from nothing."""
    doubt: int = 0
    """Width of what tells sentences that are no commands; 0 where nothing does."""


class Network(nn.Module):
    """The part above the tables, which is exported as it stands."""

    kin: Tensor
    """[known] how akin each intent of the base is to those of an adapted student, in [0, 1]."""
    border: Tensor
    """[1] the kinship below which an utterance is rather foreign to an adapted student."""

    def __init__(self, shape: StudentShape, dropout: float) -> None:
        super().__init__()
        unit, bag, hidden = shape.unit_width, shape.bag_width, shape.hidden
        self.shape = shape
        self.dropout = dropout
        self.locales = nn.Embedding(1 + shape.locales, hidden)
        nn.init.normal_(self.locales.weight, 0.0, 0.05)
        self.wide = nn.Linear(5 * unit, hidden)
        self.middle = nn.Linear(3 * hidden, hidden)
        self.belief = nn.Linear(shape.known or shape.intents, hidden)
        self.last = nn.Linear(3 * hidden, hidden)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(3))
        self.intent = nn.Linear(bag + unit, shape.intents + 1) if shape.known else nn.Linear(bag, shape.intents)
        with torch.no_grad():
            self.intent.weight.mul_(_INTENT_GAIN)
        # What the base knows is not learned again.
        self.known = nn.Linear(bag, shape.known).requires_grad_(False) if shape.known else None
        self.reader = Reader(shape).requires_grad_(not shape.known) if shape.word_rows else None
        self.doubt = Doubt(shape) if shape.doubt else None
        # Slots are told of their own intents as well, from nothing on: what only heads have learned reads as its base.
        self.own_belief = nn.Linear(shape.intents, hidden, bias=False) if shape.known else None
        if self.own_belief is not None:
            nn.init.zeros_(self.own_belief.weight)
            self.register_buffer("kin", torch.ones(shape.known))
            self.register_buffer("border", torch.full((1,), _NO_BORDER))
        self.slot = nn.Linear(hidden + unit, 1 + shape.slot_types)
        self.begins = nn.Linear(hidden, 1)
        self.locale = nn.Linear(unit, 1 + shape.locales)
        self.embedding = nn.Linear(bag + hidden, shape.embedding)

    def forward(
        self, units: Tensor, mask: Tensor, bag: Tensor, locale: Tensor, read: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Reads unit vectors [B, T, unit width] under `mask` [B, T], utterance vectors [B, bag width], locales [B], and
        what the reader made of the words [B, 2 reader] where it is told any.

        Returns the fields of `Output` in their order.
        """
        mask = mask.unsqueeze(-1)
        count = mask.sum(1).clamp_min(1.0)
        units = units * mask
        mean = units.sum(1) / count
        intent, by_words = self.guess(bag, read)
        likely = torch.softmax(intent.detach(), dim=-1)
        about = self.locales(locale) + self.belief(self._hidden(likely))
        if self.own_belief is not None:
            own = self.intent(self._thinned(directions(bag, mean)))
            about = about + self.own_belief(self._hidden(torch.softmax(own[:, :-1].detach(), dim=-1)))
            intent = self._own(own, likely)
        state = F.gelu(self.norms[0](self.wide(_window(units, 2)) + about.unsqueeze(1))) * mask
        state = state + F.gelu(self.norms[1](self.middle(_window(state, 1)))) * mask
        state = self._thinned(state + F.gelu(self.norms[2](self.last(_window(state, 1)))) * mask)
        slot = self.slot(torch.cat([state, units], dim=-1))
        embedding = F.normalize(self.embedding(torch.cat([bag, state.sum(1) / count], dim=-1)), dim=-1)
        return intent, slot, self.begins(state).squeeze(-1), self.locale(mean), embedding, by_words

    def guess(self, bag: Tensor, read: Tensor | None) -> tuple[Tensor, Tensor]:
        """Logits [B, intents] of the student, or of the base that it was adapted from, and the part that words give."""
        intent: Tensor = self.intent(self._thinned(bag)) if self.known is None else self.known(bag)
        if self.reader is None or read is None:
            return intent, torch.zeros_like(intent)
        by_words: Tensor = self.reader.intent(self._thinned(read))
        return intent + by_words, by_words

    def _own(self, own: Tensor, known: Tensor) -> Tensor:
        """Logits [B, intents] of an adapted student, from its outputs `own` [B, intents + 1] and what the base takes
        the utterances for [B, known].

        The last output is for all that is foreign; that share, and what is not akin, is spread over the intents, so
        that none of them is sure. Training leaves it out: what it reads is the student's own.
        """
        if self.training:
            return own[:, :-1]
        akin = torch.sigmoid(STEEPNESS * (self.kinship(known) - self.border)).unsqueeze(-1)
        likely = torch.softmax(own, dim=-1) * akin
        ours, foreign = likely[:, :-1], likely[:, -1:] + (1 - akin)
        spread: Tensor = ours + foreign / ours.shape[-1]
        return torch.log(spread + LEAST)

    def kinship(self, known: Tensor) -> Tensor:
        """[B] how far utterances are of the student's own kind, in nats: far below 0 where the base, which takes them
        for its intents with probabilities `known` [B, known], is sure of one that is not akin.
        """
        kinship: Tensor = torch.log(known @ self.kin + LEAST) - torch.log(known.amax(dim=-1) + LEAST)
        return kinship

    def _hidden(self, belief: Tensor) -> Tensor:
        """Hides the belief of some utterances: in training it is righter than it will ever be again."""
        return belief * (torch.rand_like(belief[:, :1]) >= self.dropout) if self.training else belief

    def _thinned(self, value: Tensor) -> Tensor:
        return F.dropout(value, self.dropout, self.training)


class Reader(nn.Module):
    """Reads each word, or part of one, beside its neighbours."""

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.gain = _WORD_GAIN * shape.word_width**0.5  # of a direction, whose numbers are small
        self.near = nn.Linear(3 * shape.word_width, shape.reader)
        self.wider = nn.ModuleList(nn.Linear(3 * shape.reader, shape.reader) for _ in range(shape.reader_layers - 1))
        self.intent = nn.Linear(2 * shape.reader, shape.known or shape.intents)

    def forward(self, vectors: Tensor, words: Words) -> Tensor:
        """`vectors` [K, word width] of the distinct words -> what utterances are read as [B, 2 reader]: the mean of the
        states of their words, and the largest number above zero.
        """
        mask = words.mask
        if self.training:
            mask = mask * (torch.rand_like(mask) >= _WORD_DROPOUT)
        about = (F.normalize(vectors, dim=-1) * self.gain)[words.where] * mask.unsqueeze(-1)
        there = words.mask.unsqueeze(-1)
        state = F.gelu(self.near(_window(about, 1))) * there
        for layer in self.wider:
            state = state + F.gelu(layer(_window(state, 1))) * there
        count = words.mask.sum(1, keepdim=True).clamp_min(1.0)
        # At least zero, as the largest number is wherever something is masked.
        return torch.cat([state.sum(1) / count, state.amax(1).clamp_min(0)], dim=-1)


class Doubt(nn.Module):
    """Tells sentences that are no commands, once all else is learned."""

    def __init__(self, shape: StudentShape) -> None:
        super().__init__()
        self.near = nn.Linear(shape.bag_width + shape.unit_width + 2 * shape.reader, shape.doubt)
        self.foreign = nn.Linear(shape.doubt, 1)

    def forward(self, about: Tensor) -> Tensor:
        """`about` [B, bag + unit + 2 reader], the mean vectors of utterances and of their units, and what the reader
        made of them -> log-odds [B, 1] that they are no commands.
        """
        odds: Tensor = self.foreign(F.gelu(self.near(about)))
        return odds


def directions(bag: Tensor, mean: Tensor) -> Tensor:
    """What the intents of an adapted student are decided on: `bag` and `mean`, each of length 1."""
    return torch.cat([F.normalize(bag, dim=-1), F.normalize(mean, dim=-1)], dim=-1)


class Student(nn.Module):
    """Tables, network, the slots' chain, what slots say of intents, and one vector a meaning, which only training
    needs.
    """

    evoked: Tensor
    """[1 + slot types, intents] what is added to the logits of an utterance: row 0, and the rows of the slot types that
    were found in it. Counted, not learned by gradients: `kiloglot.training.evoked`.
    """

    def __init__(
        self, shape: StudentShape, *, dropout: float = 0.3, unit_dropout: float = 0.1, sparse: bool = True
    ) -> None:
        super().__init__()
        self.shape = shape
        self.unit_dropout = unit_dropout
        self.units = RowTable(shape.unit_rows, shape.unit_width, bits=shape.bits, sparse=sparse, gain=_UNIT_GAIN)
        self.bag = RowTable(shape.bag_rows, shape.bag_width, bits=shape.bits, sparse=sparse, gain=_BAG_GAIN)
        self.words = (
            RowTable(shape.word_rows, shape.word_width, bits=shape.bits, sparse=sparse) if shape.word_rows else None
        )
        self.network = Network(shape, dropout)
        self.transitions = nn.Parameter(torch.zeros(1 + shape.slot_types, 1 + shape.slot_types))
        self.register_buffer("evoked", torch.zeros(1 + shape.slot_types, shape.intents))
        self.meanings = nn.Embedding(max(1, shape.meanings), shape.embedding)

    def forward(self, batch: Batch) -> Output:
        """Reads a batch."""
        distinct = self.units(batch.units)
        units = distinct[batch.where]
        if self.training and self.unit_dropout:
            kept = torch.rand_like(batch.mask) >= self.unit_dropout
            units = units * kept.unsqueeze(-1) / (1 - self.unit_dropout)
        return Output(*self.network(units, batch.mask, self.bag(batch.bag), batch.locale, self.read(batch)))

    def read(self, batch: Batch) -> Tensor | None:
        """What its reader makes of the words of a batch, where it was told any."""
        if self.words is None or self.network.reader is None:
            return None
        read: Tensor = self.network.reader(self.words(batch.words.rows), batch.words)
        return read

    def about(self, batch: Batch) -> Tensor:
        """[B, bag + unit + 2 reader] what sentences are doubted by."""
        read = self.read(batch)
        return torch.cat([self.by_ngrams(batch), *([] if read is None else [read])], dim=-1)

    def by_ngrams(self, batch: Batch) -> Tensor:
        """[B, bag + unit] the part of `about` that the n-grams of sentences and of their units give."""
        mask = batch.mask.unsqueeze(-1)
        mean = (self.units(batch.units)[batch.where] * mask).sum(1) / mask.sum(1).clamp_min(1.0)
        return torch.cat([self.bag(batch.bag), mean], dim=-1)

    @property
    def tables(self) -> tuple[RowTable, ...]:
        """Its tables of rows."""
        return (self.units, self.bag) if self.words is None else (self.units, self.bag, self.words)

    def decided(self, output: Output, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What the student answers: intent logits [B, intents], with what the slots say of them, and slot types [B, T]
        by the chain.
        """
        types = likeliest(output.slot, self.transitions, mask)
        found = F.one_hot(types * (mask > 0), len(self.transitions)).amax(dim=1).float()
        found[:, 0] = 1
        return output.intent.float() + found @ self.evoked, types


def _window(state: Tensor, reach: int) -> Tensor:
    """Each place with its `reach` neighbours on both sides: [B, T, width] -> [B, T, (2 reach + 1) width]."""
    length = state.shape[1]
    padded = F.pad(state, (0, 0, reach, reach))
    return torch.cat([padded[:, shift : shift + length] for shift in range(2 * reach + 1)], dim=-1)
