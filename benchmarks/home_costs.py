"""What understanding a home costs on disk and in memory: ours in all its languages, hassil in one and in all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.apart import apart
from benchmarks.home_systems import SYSTEMS
from benchmarks.sizes import folder_bytes
from benchmarks.timing import resident_memory
from kiloglot import NLU
from kiloglot.data.home import templates_path
from kiloglot.runtime import model_folder

__all__ = ["Cost", "costs", "loaded", "recognising"]


@dataclass(frozen=True, slots=True)
class Cost:
    """One system with its data."""

    system: str
    """What it is."""
    languages: int
    """Languages that it then understands."""
    disk: int
    """Bytes of its model or templates on disk."""
    memory: int
    """Resident bytes of a process that has loaded it and answered once in each language."""

    @property
    def row(self) -> tuple[str, str, str, str]:
        """As a table shows it."""
        return self.system, str(self.languages), f"{self.disk / 1e6:.1f}", f"{self.memory / 1e6:.0f}"


def costs(model: str) -> list[Cost]:
    """Measures each in a process of its own."""
    files = sorted(templates_path().glob("*.json"))
    english = [file for file in files if file.stem == "en"]
    ours = apart("benchmarks.home_costs:loaded", model)
    found = [Cost(SYSTEMS[0], ours["languages"], ours["disk"], ours["memory"])]
    for some in (english, files):
        memory = apart("benchmarks.home_costs:recognising", [file.stem for file in some])
        found.append(Cost("hassil", len(some), sum(file.stat().st_size for file in some), memory))
    return found


def loaded(model: str) -> dict[str, int]:
    """Bytes of our model. Runs in a process of its own."""
    nlu = NLU.load(model)
    nlu.parse("turn on the kitchen light")
    return {
        "languages": len(nlu.manifest.locales),
        "disk": folder_bytes(model_folder(model)),
        "memory": resident_memory(),
    }


def recognising(languages: Sequence[str]) -> int:
    """Resident bytes with the templates of these languages. Runs in a process of its own."""
    from hassil import Intents, SlotList, TextSlotList, recognize_best

    held: list[Any] = []
    names: dict[str, SlotList] = {
        slot: TextSlotList.from_strings(["x"], name=slot) for slot in ("name", "area", "floor")
    }
    for language in languages:
        described = json.loads((templates_path() / f"{language}.json").read_text(encoding="utf-8"))
        intents = Intents.from_dict(described)
        recognize_best("turn on the kitchen light", intents, slot_lists=names, language=language)
        held.append(intents)
    return resident_memory()
