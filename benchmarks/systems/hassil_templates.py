"""Home Assistant's own recogniser, hassil, with its sentence templates, in a home of 9 areas and 54 devices."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

from benchmarks.systems import Made, System

__all__ = ["SYSTEMS"]

_DOMAINS = ("light", "switch", "cover", "fan", "climate", "media_player")
# fmt: off
_HOMES = {
    "en": (
        ("kitchen", "living room", "bedroom", "bathroom", "hallway", "office", "garage", "attic", "cellar"),
        ("lamp", "socket", "blind", "fan", "heater", "speaker"),
    ),
    "de": (
        ("Küche", "Wohnzimmer", "Schlafzimmer", "Bad", "Flur", "Büro", "Garage", "Dachboden", "Keller"),
        ("Lampe", "Steckdose", "Jalousie", "Ventilator", "Heizung", "Lautsprecher"),
    ),
}
# fmt: on
_VARIANTS = 50  # sentences of one template that are looked at, the first ones
_TRIED = 800  # sentences of all templates that are tried, so as to keep those that match
_DATA = "intents.json"


def _maker(language: str, own: bool) -> Callable[[Path, str, Path], Made]:
    def make(corpus: Path, model: str, folder: Path) -> Made:
        from home_assistant_intents import get_intents

        content = {"language": language, "intents": get_intents(language)}
        (folder / _DATA).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return Made(learned=0, questions=_matching(folder) if own else ())

    return make


def _load(folder: Path) -> Callable[[str], Any]:
    from hassil import Intents, recognize_best

    content = json.loads((folder / _DATA).read_text(encoding="utf-8"))
    language = content["language"]
    intents, home = Intents.from_dict(content["intents"]), _home(language)
    # As Home Assistant's conversation agent calls it.
    return lambda text: recognize_best(text, intents, slot_lists=home, language=language, best_slot_name="name")


def _home(language: str) -> dict[str, Any]:
    """The slot lists that Home Assistant makes of a home: names with their domains, and areas."""
    from hassil import TextSlotList

    areas, kinds = _HOMES[language]
    names = [
        (f"{area} {kind}", f"{area} {kind}", {"domain": domain})
        for area, (kind, domain) in product(areas, zip(kinds, _DOMAINS, strict=True))
    ]
    return {
        "name": TextSlotList.from_tuples(names, name="name"),
        "area": TextSlotList.from_strings(areas, name="area"),
        "floor": TextSlotList.from_strings([], name="floor"),
    }


def _matching(folder: Path) -> list[str]:
    """Sentences of its own templates that it matches with the intent that they were written for."""
    sentences = list(_sentences(folder))
    recognise = _load(folder)
    tried = random.Random(0).sample(sentences, min(_TRIED, len(sentences)))
    found = ((intent, text, recognise(text)) for intent, text in tried)
    return [text for intent, text, result in found if result and result.intent.name == intent]


def _sentences(folder: Path) -> Iterator[tuple[str, str]]:
    """(intent, sentence) of every template without wildcards, a few of each template, drawn with a fixed seed."""
    from hassil import Intents
    from hassil.sample import sample_sentence

    content = json.loads((folder / _DATA).read_text(encoding="utf-8"))
    language = content["language"]
    intents = Intents.from_dict(content["intents"])
    rng = random.Random(0)
    for name, intent in intents.intents.items():
        for data in intent.data:
            rules = {**intents.expansion_rules, **data.expansion_rules}
            lists = {**intents.slot_lists, **_home(language), **data.slot_lists}
            for template in data.sentences:
                if any(part in data.wildcard_list_names for part in template.list_names(rules)):
                    continue
                made = sample_sentence(template, lists, rules, language=language, expand_ranges=False)
                variants = list(islice(made, _VARIANTS))
                yield from ((name, text) for text in rng.sample(variants, min(3, len(variants))))


_PACKAGES = ("hassil", "home-assistant-intents")
_OWN = "asked only sentences of its own templates, of any length, which it matches"
_OTHER = "asked what the others are asked: it has to find out that nothing matches"

SYSTEMS = (
    System("hassil en, matched", _PACKAGES, "one", _maker("en", True), _load, note=_OWN),
    System("hassil en, not matched", _PACKAGES, "one", _maker("en", False), _load, note=_OTHER),
    System("hassil de, matched", _PACKAGES, "one", _maker("de", True), _load, note=_OWN),
)
