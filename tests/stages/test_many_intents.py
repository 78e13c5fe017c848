"""Hundreds and thousands of intents: each is learned, and a model that is bad at them says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kiloglot.runtime import DEFAULT_MODEL
from kiloglot.settings import Fitting, Sizes
from kiloglot.stages import evaluate, train
from kiloglot.stages.train import TrainConfig, TrainReport

VERBS = """
open close start stop show hide play pause read send call find book order check move copy delete rename share
print scan lock unlock mute raise lower warm cool clean water feed charge sync update install remove fix rate
paint weigh sell rent lend hire teach invite praise warn thank count sort
""".split()  # noqa: SIM905
THINGS = """
door window lamp file mail song movie taxi pizza room train ticket report photo album note list alarm timer plant
pump heater fan fridge oven washer dryer camera drone robot phone tablet laptop router printer scanner server
backup invoice parcel letter contract meeting guest driver doctor nurse teacher pupil class course lesson exam
grade project task issue branch commit deploy metric graph table chart sheet slide deck page site blog post
comment review rating coupon voucher card account loan fund bond coin wallet key badge gate lift crane truck van
bus bike boat ship plane kite tent
""".split()  # noqa: SIM905
TRAIN = ("{verb} the {thing}", "please {verb} my {thing} now", "can you {verb} that {thing}")
DEV = "i want you to {verb} a {thing}"
SIZES = Sizes(unit_rows=2000, bag_rows=2000, unit_width=8, bag_width=8, hidden=16, embedding=8, min_count=2)
FITTING = Fitting(epochs=1, budget=4096, warmup=2, device="cpu")


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without plots, which take most of their time."""
    monkeypatch.setattr(evaluate, "draw_plots", lambda _: {})


def sentences(verbs: list[str], things: list[str]) -> Iterator[dict[str, Any]]:
    for verb, thing in product(verbs, things):
        for place, pattern in enumerate((*TRAIN, DEV)):
            yield {
                "id": f"{verb}-{thing}-{place}",
                "locale": "en-US",
                "text": pattern.format(verb=verb, thing=thing),
                "intent": f"{verb}_{thing}",
                "slots": [],
                "partition": "dev" if pattern == DEV else "train",
            }


def trained(folder: Path, base: str, verbs: list[str], things: list[str], progress: Any) -> TrainReport:
    folder.mkdir()
    content = "".join(json.dumps(row) + "\n" for row in sentences(verbs, things))
    (folder / "rows.jsonl").write_text(content, encoding="utf-8")
    return train.run(TrainConfig(folder=folder, base=base, sizes=SIZES, fitting=FITTING), progress)


def test_a_model_that_is_mostly_wrong_says_so_and_rejects_what_it_does_not_know(
    lines: Any, tiny_model: Path, tmp_path: Path
) -> None:
    """Vectors of 16 numbers cannot tell 504 intents apart."""
    found = trained(tmp_path / "many", str(tiny_model), VERBS[:21], THINGS[:24], lines)
    answers = found.scores.answers
    assert found.scores.mean.official.intent_acc < 0.5
    assert answers.accepted_intent_acc is None or answers.accepted_intent_acc >= 0.45
    assert answers.rejected is not None
    assert answers.rejected > 0.5
    (warning,) = [line for line in lines.said if line.startswith("Warning: it finds the intent of")]
    assert warning in found.scores.remarks


@pytest.mark.slow
def test_five_thousand_intents_are_learned_and_their_confidence_can_be_believed(lines: Any, tmp_path: Path) -> None:
    found = trained(tmp_path / "five", DEFAULT_MODEL, VERBS, THINGS, lines)
    assert len(found.scores.intents) == len(VERBS) * len(THINGS) >= 5000
    assert any("many-intents" in line for line in lines.said)
    assert found.exported.intent > 0.7
    assert found.exported.calibration.ece_after < 0.05
    assert found.exported.calibration.threshold > 0.05
    assert found.starts is not None
    assert found.starts.scratch is None, "it would take long and know nothing"
