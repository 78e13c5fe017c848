"""What the exported model and torch say of the same utterances, and how often that differs or is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kiloglot.progress import Progress
from kiloglot.runtime import NLU
from kiloglot.values import Utterance

if TYPE_CHECKING:
    from kiloglot.training import Examples, Taught

__all__ = ["Answers", "differing", "gold", "right", "spoken", "taught_answers"]

_BUDGET = 16_384  # units that torch reads at a time


@dataclass(frozen=True, slots=True)
class Answers:
    """What a system says of the dev utterances, as far as two systems can be compared."""

    intent: NDArray[np.int64]
    """[N] places in the ontology."""
    types: tuple[bytes, ...]
    """N sequences of slot types, an int64 a unit."""


def spoken(nlu: NLU, dev: Sequence[Utterance], progress: Progress) -> Answers:
    """What the artifact says, each locale told."""
    intent, types = np.zeros(len(dev), np.int64), [b""] * len(dev)
    with progress.task("Parsing dev", len(dev), "utterances") as task:
        for locale in sorted({u.locale for u in dev}):
            own = [place for place, u in enumerate(dev) if u.locale == locale]
            reads = [nlu.read(dev[place].text) for place in own]
            for chosen, scores, every in nlu.scores(reads, locale):
                best = scores.intent.argmax(axis=1)
                for place, tags, answer in zip(own[chosen.start : chosen.stop], every, best, strict=True):
                    intent[place] = answer
                    types[place] = np.array(tags, np.int64).tobytes()
                task.advance(len(chosen))
    return Answers(intent, tuple(types))


def taught_answers(taught: Taught, dev: Examples) -> Answers:
    """What the torch student says."""
    import torch

    from kiloglot.training import Batcher

    batcher = Batcher(dev, _BUDGET)
    intent, types = np.zeros(len(dev), np.int64), [b""] * len(dev)
    plan = batcher.in_order()
    with torch.no_grad():
        for chosen, batch in zip(plan, batcher.stream(plan), strict=True):
            output = taught.student(batch)
            logits, best = taught.student.decided(output, batch.mask)
            intent[chosen] = logits.argmax(-1).numpy()
            for row, place in enumerate(chosen):
                types[place] = best.numpy()[row, : int(dev.length[place])].tobytes()
    return Answers(intent, tuple(types))


def gold(dev: Examples) -> Answers:
    """What is right."""
    slot = dev.slot.astype(np.int64)
    return Answers(dev.intent, tuple(slot[a:b].tobytes() for a, b in zip(dev.unit_at, dev.unit_at[1:], strict=False)))


def differing(first: Answers, second: Answers) -> float:
    """Share of utterances, in [0, 1], of which two systems say different things."""
    same_types = np.array([a == b for a, b in zip(first.types, second.types, strict=True)])
    return float(1 - ((first.intent == second.intent) & same_types).mean())


def right(said: Answers, gold: Answers, dev: Sequence[Utterance]) -> tuple[float, float]:
    """Intent accuracy and exact match, means over locales."""
    intent = said.intent == gold.intent
    exact = intent & np.array([a == b for a, b in zip(said.types, gold.types, strict=True)])
    locale = np.array([u.locale for u in dev])
    means = [(intent[locale == which].mean(), exact[locale == which].mean()) for which in np.unique(locale)]
    return float(np.mean([m[0] for m in means])), float(np.mean([m[1] for m in means]))
