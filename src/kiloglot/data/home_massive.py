"""MASSIVE and plain text as the home sees them: what it can do, and everything that is none of its business."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kiloglot.data.home import home_locale
from kiloglot.data.lines import numbered_lines, open_bytes
from kiloglot.errors import DataError
from kiloglot.text import canonical_locale
from kiloglot.values import OUTSIDE, Partition, Slot, Utterance

__all__ = ["of_the_home", "outside_text"]

# MASSIVE's intent -> the home's, and its slot types -> the home's. What is not here and not in _UNCLEAR is outside.
_MASSIVE = {
    "iot_hue_lighton": "HassTurnOn/domain=light",
    "iot_hue_lightoff": "HassTurnOff/domain=light",
    "iot_hue_lightchange": "HassLightSet/domain=light",
    "iot_wemo_on": "HassTurnOn",
    "iot_wemo_off": "HassTurnOff",
    "iot_cleaning": "HassVacuumStart",
    "audio_volume_up": "HassSetVolumeRelative/volume_step=up",
    "audio_volume_down": "HassSetVolumeRelative/volume_step=down",
    "audio_volume_mute": "HassMediaPlayerMute",
    "weather_query": "HassGetWeather",
}
_MASSIVE_SLOTS = {"house_place": "area", "device_type": "name", "color_type": "color"}
# One intent of MASSIVE where the home has several, or none that is the same.
_UNCLEAR = {
    "iot_hue_lightdim", "iot_hue_lightup", "iot_coffee", "audio_volume_other", "alarm_set",
    "alarm_query", "alarm_remove", "datetime_query", "datetime_convert", "lists_createoradd",
    "lists_query", "lists_remove", "play_music", "play_radio", "play_podcasts",
    "play_audiobook", "play_game", "music_settings", "music_query", "music_likeness",
    "music_dislikeness", "general_greet",
}  # fmt: skip
_SAID_OUTSIDE: dict[Partition, int] = {"train": 700, "dev": 60, "test": 60}
_WRITTEN: dict[Partition, int] = {"train": 500, "dev": 20, "test": 20}  # sentences of plain text in a locale
_LONGEST = 120  # code points of such a sentence
_SAID_INSIDE: dict[Partition, int] = {"train": 120, "dev": 24, "test": 24}


def of_the_home(utterances: Iterable[Utterance], seed: int) -> Iterator[Utterance]:
    """MASSIVE's utterances as the home sees them: its own intents under its own names, everything else `OUTSIDE`.

    Some of each intent in each locale, drawn by `seed`; those that the home may or may not mean are left out.
    """
    ranked = sorted(utterances, key=lambda u: hashlib.sha256(f"{seed}\0{u.locale}\0{u.id}".encode()).digest())
    taken: dict[tuple[str, str, Partition], int] = {}
    for u in ranked:
        home = _MASSIVE.get(u.intent, OUTSIDE)
        if u.intent in _UNCLEAR or (home == "HassGetWeather" and u.slots):
            continue
        slots = () if home == OUTSIDE else _renamed(u.slots)
        if home not in (OUTSIDE, "HassGetWeather") and len(slots) < len(u.slots):
            continue
        key = (u.locale, home, u.partition)
        most = (_SAID_OUTSIDE if home == OUTSIDE else _SAID_INSIDE)[u.partition]
        if taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            yield replace(u, id=f"massive/{u.locale}/{u.id}", intent=home, slots=slots, scenario="")


def _renamed(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    return tuple(replace(slot, type=_MASSIVE_SLOTS[slot.type]) for slot in slots if slot.type in _MASSIVE_SLOTS)


def outside_text(folder: Path, locales: Iterable[str], seed: int) -> Iterator[Utterance]:
    """Sentences of plain text, `<language>.txt` with one a line, as what no home can do: some of each of `locales`.

    Raises DataError where the folder has no such file.
    """
    wanted, files = set(locales), sorted(folder.glob("*.txt"))
    if not files:
        raise DataError("holds no <language>.txt", remedy="Name a folder of plain text, a sentence a line", path=folder)
    for file in files:
        try:
            locale = home_locale(canonical_locale(file.stem))
        except DataError:
            continue  # A dialect that has no tag of its own, as `rm-sursilv`.
        if locale not in wanted:
            continue
        lines = {line for line in _lines(file) if len(line) <= _LONGEST}
        ranked = sorted(lines, key=lambda line: hashlib.sha256(f"{seed}\0{locale}\0{line}".encode()).digest())
        at = 0
        for partition, most in _WRITTEN.items():
            for number, line in enumerate(ranked[at : at + most]):
                yield Utterance(f"text/{locale}/{at + number}", locale, line, OUTSIDE, (), partition, "", 1.0)
            at += most


def _lines(file: Path) -> Iterator[str]:
    """Lines with words. Raises DataError where one is not UTF-8."""
    with open_bytes(file) as stream:
        for number, line in numbered_lines(stream, file):
            try:
                text = line.decode("utf-8").strip()
            except UnicodeDecodeError as error:
                raise DataError("is not UTF-8", remedy="Save it as UTF-8", path=file, line=number) from error
            if text:
                yield text
