"""What decided a parse: each unit is taken away in turn, and the fall of the intent's log-odds is what it was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kiloglot.runtime.decode import probabilities
from kiloglot.runtime.reading import Read, known_share
from kiloglot.values import Evidence, Explanation, Parse

if TYPE_CHECKING:
    from kiloglot.runtime.nlu import NLU

__all__ = ["explain"]

_BUDGET = 4096  # units read for one explanation: a text of more than 64 units is explained by its beginning


def explain(nlu: NLU, parse: Parse, r: Read) -> Explanation:
    """Explains `parse`, which `nlu` made of `r`."""
    intents = nlu.manifest.ontology.intents
    chosen = intents.index(parse.intent)
    weighed = r.units.only(max(1, _BUDGET // len(r.units)))
    reads = [r, *(Read(r.text, r.units.without(place), r.cut) for place in range(len(weighed)))]
    odds = np.zeros(len(reads))
    runner_up = ""
    for places, scores, _ in nlu.scores(reads, parse.locale):
        likely = probabilities(scores.intent, nlu.manifest.calibration.temperature)
        share = np.clip(likely[:, chosen].astype(np.float64), 1e-6, 1 - 1e-6)
        odds[places] = np.log(share / (1 - share))
        if 0 in places and len(intents) > 1:
            runner_up = intents[int(np.argsort(-likely[places.index(0)])[1])]
    evidence = tuple(
        Evidence(parse.text[unit.start : unit.end], unit.start, unit.end, float(odds[0] - without))
        for unit, without in zip(weighed, odds[1:], strict=True)
    )
    return Explanation(evidence, runner_up, nlu.manifest.calibration.threshold, known_share(nlu.artifact, r))
