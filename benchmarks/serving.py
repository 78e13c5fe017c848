"""Makes one system and measures it as its users meet it. Each function runs in a process of its own (`apart`)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.systems import Answer, System, system_of
from benchmarks.timing import peak_memory, timed
from kiloglot.values import Utterance

__all__ = ["answered", "counted", "made", "served"]


def made(argument: dict[str, str]) -> dict[str, Any]:
    """Makes the system `key` of the `corpus` in the new folder `folder`; what it is to be asked goes to `questions`."""
    system, folder = system_of(argument["key"]), Path(argument["folder"])
    folder.mkdir(parents=True)
    began = time.perf_counter()
    outcome = system.make(Path(argument["corpus"]), argument["model"], folder)
    seconds = time.perf_counter() - began
    questions = outcome.questions or _asked(argument["corpus"], system)
    Path(argument["questions"]).write_text(json.dumps(list(questions)), encoding="utf-8")
    return {"learned": outcome.learned, "seconds": seconds}


def served(argument: dict[str, Any]) -> dict[str, Any]:
    """Loads the system from its folder and asks it for `seconds`; memory is read before anything else is done."""
    system, folder = system_of(argument["key"]), Path(argument["folder"])
    questions = json.loads(Path(argument["questions"]).read_text(encoding="utf-8"))
    began = time.perf_counter()
    ask = system.load(folder)
    loaded = time.perf_counter() - began
    latency = timed(ask, questions, argument["seconds"])
    memory = peak_memory()
    scores = _scores(system, folder, ask, Path(argument["corpus"]))
    return {"load_seconds": loaded, "latency": asdict(latency), "memory": memory, **scores}


def answered(argument: dict[str, str]) -> None:
    """Loads the system from its folder and asks it once."""
    questions = json.loads(Path(argument["questions"]).read_text(encoding="utf-8"))
    system_of(argument["key"]).load(Path(argument["folder"]))(questions[0])


def _asked(corpus: str, system: System) -> list[str]:
    from benchmarks.corpus import asked

    return asked(Path(corpus), system.scope)


def _scores(system: System, folder: Path, ask: Callable[[str], Any], corpus: Path) -> dict[str, Any]:
    """Intent accuracy and slot F1 on the corpus's `dev`, of what the system gives; both None without a yardstick."""
    from benchmarks.corpus import utterances

    gold = utterances(corpus, system.scope, "dev")
    known = system.intents(folder) if system.intents else None
    if system.answer is None or (known is not None and not {u.intent for u in gold} <= known):
        return {"intent": None, "slot_f1": None, "scored": 0}
    answers = [system.answer(u.text, ask(u.text)) for u in gold]
    return {**counted(gold, answers), "scored": len(gold)}


def counted(gold: Sequence[Utterance], answers: Sequence[Answer]) -> dict[str, float | None]:
    """Intent accuracy and F1 of slots, over all utterances together; a slot is right where its type and both ends are.

    None for what the system does not give.
    """
    intent = slot_f1 = None
    if answers and answers[0].intent is not None:
        intent = sum(a.intent == u.intent for a, u in zip(answers, gold, strict=True)) / len(gold)
    if answers and answers[0].slots is not None:
        pairs = [(set(a.slots or ()), set(u.slots)) for a, u in zip(answers, gold, strict=True)]
        right = sum(len(said & wanted) for said, wanted in pairs)
        slot_f1 = 2 * right / max(1, sum(len(said) + len(wanted) for said, wanted in pairs))
    return {"intent": intent, "slot_f1": slot_f1}
