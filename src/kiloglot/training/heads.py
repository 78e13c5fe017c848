"""Intents and slots on a student that stays as it is: a few sentences decide them in a second.

Both are convex problems, solved as a whole. Intents: multinomial logistic regression on what the student makes of the
sentences, with one more class for all that is foreign, which background sentences teach. Directions in which
translations differ are shrunk first (within-class covariance normalisation; Hatch, Kajarekar and Stolcke 2006), so that
what is learned in one language holds in others. Slots: a linear chain, held near the base's own weights of slot types
of the same name by a Gaussian prior.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from kiloglot.nn import Student, chain_loss, directions
from kiloglot.nn.batch import Labels
from kiloglot.settings import Noise
from kiloglot.training.background import Background
from kiloglot.training.batches import Batcher

__all__ = ["cross_validated", "fit_foreign", "fit_heads"]

_DRAWS = 4  # times that each sentence is read, every time with other n-grams hidden
_NOISE = Noise(feature_dropout=0.4, locale_dropout=0.5)
_LARGE = 1_000_000  # sentences times intents, from which on each is read once
_MOST = 1500  # sentences that the heads learn from: more are for the training that follows
_SLOTS_DRAWN = 500  # sentences up to which the slots learn from the draws, too: a chain is costly
_BUDGET = 4096  # units that are read at a time
_STEPS = 60
_SHRINK = 0.3  # of the mean variance between translations, added to all directions
_INTENT_PRIOR = 0.05  # of a squared weight, in nats, shared by all sentences
_SLOT_PRIOR = 1e-3  # of a squared move, in nats a sentence
_DOUBTED = 0.2  # share of its own sentences that lie beyond the border of a student's kind
_LENT = 0.3  # weight of a background sentence of an intent of the same name, beside a sentence of one's own


@dataclass(frozen=True, slots=True)
class _Said:
    """What the student makes of a batch."""

    about: Tensor
    """[B, bag + unit width] directions."""
    likely: Tensor
    """[B, known] what the base takes each for."""
    state: Tensor
    """[B, T, hidden + unit width]."""
    mask: Tensor
    """[B, T]."""
    labels: Labels
    """What is right."""


@torch.no_grad()
def fit_heads(student: Student, train: Batcher, background: Background | None) -> None:
    """Decides the intent and slot heads and the transitions of `student`, an adapted one, by `train`.

    Without `background` it has no idea of what is foreign. Nothing else of it changes.
    """
    plan = _plan(train)
    clean, noisy = replace(train, noise=None), replace(train, noise=_NOISE)
    said = [_said(student, clean, part) for part in plan]
    draws = _DRAWS if len(train.examples) * student.shape.intents < _LARGE else 0
    drawn = [_said(student, noisy, part, draw, at) for draw in range(draws) for at, part in enumerate(plan)]
    _fit_intents(student, _Lessons.of(said, drawn), _read(student, background))
    _fit_kin(student, said)
    if student.shape.slot_types:
        _fit_slots(student, said + drawn if len(train.examples) <= _SLOTS_DRAWN else said)


@torch.no_grad()
def cross_validated(student: Student, train: Batcher, background: Background | None, folds: int = 5) -> Tensor:
    """How likely each intent of an adapted `student` is for each sentence [N, intents], by heads that learned from the
    others: the sentences of an intent are dealt out to `folds`, one after another.
    """
    plan = replace(train, noise=None, budget=_BUDGET).in_order()
    said, strange = [_said(student, replace(train, noise=None), part) for part in plan], _read(student, background)
    order = torch.from_numpy(np.argsort(np.concatenate(plan), kind="stable"))
    whole = _Lessons.of(said)
    about, intent, weight = whole.about[order], whole.intent[order], whole.weight[order]
    taken = torch.cat([each.likely for each in said])[order]
    fold, dealt = torch.zeros_like(intent), torch.zeros(student.shape.intents, dtype=torch.int64)
    for place, which in enumerate(intent.tolist()):
        fold[place] = dealt[which] % folds
        dealt[which] += 1
    likely = torch.zeros(len(intent), student.shape.intents)
    for each in range(folds):
        left, asked = fold != each, fold == each
        if not (left.any() and asked.any()):
            continue
        lessons = _Lessons(about[left], intent[left], weight[left], taken[left].mean(dim=0), int(left.sum()))
        matrix, bias = _decided(student, lessons, strange)
        likely[asked] = torch.softmax(about[asked] @ matrix.T + bias, dim=-1)[:, :-1]
    return likely


@torch.no_grad()
def fit_foreign(student: Student, train: Batcher, background: Background | None) -> None:
    """Decides what is foreign to `student`, whose intents are learned already, by `train`."""
    said = [_said(student, replace(train, noise=None), part) for part in _plan(train)]
    _fit_kin(student, said)
    strange = _read(student, background)
    if strange is None:
        return
    layer = student.network.intent
    own = torch.cat([each.about for each in said])
    weight = strange.foreign(torch.cat([each.likely for each in said]).mean(dim=0))
    about = torch.cat([own, strange.about])
    target = torch.cat([torch.zeros(len(own)), torch.ones(len(strange.about))])
    share = torch.cat([torch.full((len(own),), 1 / len(own)), weight / weight.sum().clamp_min(1e-9)]) / 2
    others = torch.logsumexp(about @ layer.weight[:-1].T + layer.bias[:-1], dim=-1)

    def loss(row: Tensor, bias: Tensor) -> Tensor:
        each = F.binary_cross_entropy_with_logits(about @ row + bias - others, target, reduction="none")
        return (each * share).sum()

    row, bias = _solved([torch.zeros_like(layer.weight[-1]), torch.zeros(())], loss, [_INTENT_PRIOR / len(own), 0.0])
    layer.weight[-1], layer.bias[-1] = row, bias


@dataclass(frozen=True, slots=True)
class _Strange:
    """What the student makes of background sentences; N of them."""

    about: Tensor
    """[N, bag + unit width] directions."""
    known: Tensor
    """[N] which of the base's intents each has."""
    own: Tensor
    """[N] which of the student's own intents has the same name, -1 for none."""
    meaning: Tensor
    """[N] equal for translations."""

    def foreign(self, taken: Tensor) -> Tensor:
        """How foreign each sentence is, [N] in [0, 1], where the base has `taken` the student's own sentences for its
        intents [known].
        """
        return (1 - _kin(taken))[self.known] * (self.own < 0)

    def spread(self) -> Tensor:
        """The covariance [width, width] of `about` between translations."""
        found, place = torch.unique(self.meaning, return_inverse=True)
        count = torch.bincount(place).unsqueeze(-1)
        mean = torch.zeros(len(found), self.about.shape[1]).index_add_(0, place, self.about) / count
        off = self.about - mean[place]
        return off.T @ off / len(off)


def _plan(train: Batcher) -> list[NDArray[np.int64]]:
    """The utterances to learn from, in batches of like length: of every intent some, if there are too many."""
    intent = train.examples.intent
    order = np.random.default_rng(train.seed).permutation(len(intent))
    order = order[np.argsort(intent[order], kind="stable")]
    count = np.bincount(intent)
    turn = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)  # of each among those of its intent
    chosen = order[np.argsort(turn, kind="stable")][: max(_MOST, len(count))]
    parts = (part[np.isin(part, chosen)] for part in replace(train, budget=_BUDGET).in_order())
    return [part for part in parts if len(part)]


def _said(student: Student, reader: Batcher, chosen: NDArray[np.int64], draw: int = 0, place: int = 0) -> _Said:
    batch, network, states = reader.make(chosen, draw, place), student.network, list[Tensor]()
    hook = network.slot.register_forward_pre_hook(lambda _, given: states.append(given[0]))
    try:
        student(batch)
    finally:
        hook.remove()
    bag, mask = student.bag(batch.bag), batch.mask.unsqueeze(-1)
    units = states[0][..., network.middle.out_features :]
    mean = (units * mask).sum(1) / mask.sum(1).clamp_min(1.0)
    guess = network.intent if network.known is None else network.known
    return _Said(directions(bag, mean), torch.softmax(guess(bag), dim=-1), states[0], batch.mask, batch.labels)


def _read(student: Student, background: Background | None) -> _Strange | None:
    if background is None:
        return None
    reader = Batcher(background.examples, _BUDGET)
    plan = reader.in_order()
    about = torch.cat([_said(student, reader, part).about for part in plan])
    at = torch.from_numpy(np.concatenate(plan))
    return _Strange(about, background.known[at], background.own[at], background.meaning[at])


@dataclass(frozen=True, slots=True)
class _Lessons:
    """What intents are learned from; M readings of N sentences."""

    about: Tensor
    """[M, bag + unit width] directions."""
    intent: Tensor
    """[M] what is right."""
    weight: Tensor
    """[M] share in the loss."""
    taken: Tensor
    """[known] what the base takes the sentences for, in the mean."""
    number: int
    """N."""

    @classmethod
    def of(cls, said: Sequence[_Said], drawn: Sequence[_Said] = ()) -> _Lessons:
        every = [*said, *drawn]
        return cls(
            about=torch.cat([each.about for each in every]),
            intent=torch.cat([each.labels.intent for each in every]),
            weight=torch.cat([each.labels.weight for each in every]),
            taken=torch.cat([each.likely for each in said]).mean(dim=0),
            number=sum(len(each.about) for each in said),
        )


def _kin(taken: Tensor) -> Tensor:
    """How akin each of the base's intents is to a student, [known] in [0, 1], for whose own sentences the base has
    `taken` it in the mean: Bayes' rule, if a sentence were as likely foreign as not, and no intent more than another.
    """
    ratio = taken * len(taken)
    return ratio / (1 + ratio)


def _fit_kin(student: Student, said: Sequence[_Said]) -> None:
    """What the base takes for an intent that is not akin becomes foreign."""
    network, likely = student.network, torch.cat([each.likely for each in said])
    network.kin.copy_(_kin(likely.mean(dim=0)))
    network.border.copy_(torch.quantile(network.kinship(likely), _DOUBTED))


def _fit_intents(student: Student, lessons: _Lessons, strange: _Strange | None) -> None:
    weight, bias = _decided(student, lessons, strange)
    student.network.intent.weight.copy_(weight)
    student.network.intent.bias.copy_(bias)


def _decided(student: Student, lessons: _Lessons, strange: _Strange | None) -> tuple[Tensor, Tensor]:
    """Weights [1 + intents, width] and biases [1 + intents] of the intents."""
    about, intent, intents = lessons.about, lessons.intent, student.shape.intents
    shares = lessons.weight / lessons.weight.sum()
    spread = None
    if strange is not None:
        own, foreign = strange.own, strange.foreign(lessons.taken)
        about = torch.cat([about, strange.about])
        intent = torch.cat([intent, torch.where(own >= 0, own, intents)])
        lent = (own >= 0) * _LENT / lessons.number
        shares = torch.cat([shares, lent + foreign / foreign.sum().clamp_min(1e-9)])
        spread = strange.spread()
    shares = shares / shares.sum()
    centre = (about * shares.unsqueeze(-1)).sum(0)
    narrow = _scale(about, student.shape.bag_width)
    alike = torch.eye(len(narrow)) if spread is None else _whitening(spread / narrow / narrow.unsqueeze(-1))
    metric = alike / narrow.unsqueeze(-1)
    inside = (about - centre) @ metric
    size = inside.square().sum(1).mean().sqrt().clamp_min(1e-6)
    inside = inside / size

    def loss(matrix: Tensor, bias: Tensor) -> Tensor:
        return (F.cross_entropy(inside @ matrix.T + bias, intent, reduction="none") * shares).sum()

    start = [torch.zeros(intents + 1, about.shape[1]), torch.zeros(intents + 1)]
    matrix, bias = _solved(start, loss, [_INTENT_PRIOR / lessons.number, 0.0])
    weight = matrix @ metric.T / size
    bias = bias - weight @ centre
    if strange is None:
        weight[-1], bias[-1] = 0, _NEVER
    return weight, bias


_NEVER = -30.0  # the logit of what cannot be


def _whitening(spread: Tensor) -> Tensor:
    """The symmetric matrix that makes vectors of covariance `spread` alike in all directions, shrunk towards one."""
    size = spread.diagonal().mean()
    values, vectors = torch.linalg.eigh(spread + _SHRINK * size * torch.eye(len(spread)))
    whole: Tensor = vectors @ torch.diag(size.sqrt() * values.rsqrt()) @ vectors.T
    return whole


def _fit_slots(student: Student, said: Sequence[_Said]) -> None:
    layer, hidden = student.network.slot, student.network.middle.out_features
    inside = torch.cat([s.state[s.mask > 0] for s in said])
    scale = _scale(inside, hidden)
    total = sum(float(s.labels.weight.sum()) for s in said)
    starts = [layer.weight.clone(), layer.bias.clone(), student.transitions.clone()]

    def loss(matrix: Tensor, bias: Tensor, transitions: Tensor) -> Tensor:
        weight = starts[0] + matrix / scale
        parts = [
            chain_loss(s.state @ weight.T + starts[1] + bias, starts[2] + transitions, s.labels.slot, s.mask)
            @ s.labels.weight
            for s in said
        ]
        return torch.stack(parts).sum() / total

    matrix, bias, transitions = _solved([torch.zeros_like(start) for start in starts], loss, [_SLOT_PRIOR] * 3)
    layer.weight.copy_(starts[0] + matrix / scale)
    layer.bias.copy_(starts[1] + bias)
    student.transitions.copy_(starts[2] + transitions)


def _scale(values: Tensor, first: int) -> Tensor:
    """The size [width] of `values` [N, width]: one number for the `first` columns and one for the others, which keeps
    what is small within each small.
    """
    spread = values.std(dim=0, correction=0)
    parts = [part.square().mean().sqrt().clamp_min(1e-6).expand(len(part)) for part in (spread[:first], spread[first:])]
    return torch.cat(parts)


def _solved(starts: Sequence[Tensor], loss: Callable[..., Tensor], priors: Sequence[float]) -> list[Tensor]:
    """Where `loss` plus each of the squares times its prior is least (L-BFGS)."""
    values = [start.clone().requires_grad_() for start in starts]
    solver = torch.optim.LBFGS(values, max_iter=_STEPS, history_size=10, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        with torch.enable_grad():
            squares = [prior * value.square().sum() for prior, value in zip(priors, values, strict=True)]
            cost = loss(*values) + torch.stack(squares).sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    solver.step(closure)  # type: ignore[no-untyped-call]
    return [value.detach() for value in values]
