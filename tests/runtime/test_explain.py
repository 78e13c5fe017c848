from __future__ import annotations

import math

import pytest

from kiloglot.runtime import NLU
from kiloglot.runtime.reading import known_share, read

TEXTS = ["set an alarm for seven", "stelle den wecker auf acht, bitte!", "7時に起こして", "xyzzy alarm"]


def log_odds(nlu: NLU, text: str, intent: str) -> float:
    """Of `intent`, as a plain parse of `text` has it."""
    parse = nlu.parse(text, "en-US", top_k=99)
    (share,) = [each.confidence for each in parse.alternatives if each.intent == intent]
    return math.log(share / (1 - share))


@pytest.mark.parametrize("text", TEXTS)
def test_evidence_stands_for_the_units_of_the_text(nlu: NLU, text: str) -> None:
    explanation = nlu.parse(text, explain=True).explanation
    assert explanation is not None
    units = read(text).units
    assert [(each.start, each.end) for each in explanation.evidence] == [(unit.start, unit.end) for unit in units]
    assert all(each.text == text[each.start : each.end] for each in explanation.evidence)


def test_a_weight_is_the_fall_of_log_odds_without_the_unit(nlu: NLU) -> None:
    words = ["set", "an", "alarm", "seven"]
    text = " ".join(words)
    parse = nlu.parse(text, "en-US", explain=True)
    assert parse.explanation is not None
    for place, evidence in enumerate(parse.explanation.evidence):
        rest = " ".join(words[:place] + words[place + 1 :])
        fall = log_odds(nlu, text, parse.intent) - log_odds(nlu, rest, parse.intent)
        assert evidence.weight == pytest.approx(fall, abs=0.02)


def test_what_it_rests_on_outweighs_what_it_does_not(nlu: NLU) -> None:
    explanation = nlu.parse("set an alarm for xyzzy", explain=True).explanation
    assert explanation is not None
    weights = {each.text: each.weight for each in explanation.evidence}
    assert weights["alarm"] > weights["xyzzy"]


def test_the_rest_of_an_explanation(nlu: NLU) -> None:
    text = "set an alarm"
    parse = nlu.parse(text, explain=True, top_k=1)
    assert parse.explanation is not None
    assert parse.explanation.runner_up == nlu.parse(text).alternatives[1].intent
    assert parse.explanation.threshold == nlu.manifest.calibration.threshold
    assert parse.explanation.known == known_share(nlu.artifact, read(text))


def test_one_unit_is_weighed_against_nothing(nlu: NLU) -> None:
    explanation = nlu.parse("stop", explain=True).explanation
    assert explanation is not None
    assert len(explanation.evidence) == 1
    assert math.isfinite(explanation.evidence[0].weight)


@pytest.mark.parametrize(("units", "weighed"), [(64, 64), (65, 63), (1000, 4)])
def test_a_long_text_is_explained_by_its_beginning(nlu: NLU, units: int, weighed: int) -> None:
    explanation = nlu.parse("alarm " * units, explain=True).explanation
    assert explanation is not None
    assert len(explanation.evidence) == weighed
