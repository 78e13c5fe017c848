"""Short commands that were written by hand: "lights on", as people say them and templates do not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.home_said import Said
from kiloglot.text import parse_annotated

__all__ = ["OPPOSED", "SHORT", "short_commands"]

SHORT = "cut short"
"""How they are called."""
OPPOSED = {"on": "off", "open": "close", "lock": "unlock"}
"""Keys of the file that are the opposite of each other."""
_FILE = Path(__file__).with_name("home_short.toml")
_INTENTS = {
    "on": "HassTurnOn/domain=light", "off": "HassTurnOff/domain=light", "open": "HassTurnOn/domain=cover",
    "close": "HassTurnOff/domain=cover", "lock": "HassTurnOn/for=lock", "unlock": "HassTurnOff/for=lock",
}  # fmt: skip


def short_commands() -> Iterator[tuple[str, Said]]:
    """(locale, command) of all of them."""
    for locale, commands in tomllib.loads(_FILE.read_text(encoding="utf-8")).items():
        for key, ways in commands.items():
            for way in ways:
                text, slots = parse_annotated(way)
                said = frozenset((slot.type, slot.value(text)) for slot in slots)
                yield locale, Said(SHORT, text, _INTENTS[key], said)
