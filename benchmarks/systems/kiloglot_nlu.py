"""Our model, as its users call it: one `parse` an utterance, the locale not told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from benchmarks.systems import OURS, Answer, Made, System
from kiloglot.values import Parse

__all__ = ["SYSTEMS"]


def _make(corpus: Path, model: str, folder: Path) -> Made:
    from kiloglot.runtime import NLU

    NLU.load(model)  # Says what is wrong with it.
    found = Path(model) if Path(model).is_dir() else Path(str(files("kiloglot") / "models" / model))
    shutil.copytree(found, folder, dirs_exist_ok=True)
    return Made(learned=0)


def _load(folder: Path) -> Callable[[str], Parse]:
    from kiloglot.runtime import NLU

    return NLU.load(folder).parse


def _answer(text: str, parse: Parse) -> Answer:
    return Answer(parse.intent, parse.slots)


def _intents(folder: Path) -> frozenset[str]:
    from kiloglot.runtime import NLU

    return frozenset(NLU.load(folder).manifest.ontology.intents)


def _make_again(corpus: Path, model: str, folder: Path) -> Made:
    return replace(_make(corpus, model, folder), questions=(_ONE,))


_ONE = "wake me up at seven thirty tomorrow morning with some jazz please"
_NEW = System(
    name=OURS,
    packages=("kiloglot",),
    scope="all",
    make=_make,
    load=_load,
    answer=_answer,
    intents=_intents,
    note="learned from all of its own training data, not from the sample",
)

SYSTEMS = (
    _NEW,
    replace(
        _NEW,
        name=f"{OURS}, the same again",
        make=_make_again,
        note="asked one utterance of twelve units all the time: every cache is warm",
    ),
)
