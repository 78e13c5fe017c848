"""MASSIVE as the home sees it: what the home can do, and everything that is none of its business."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from kiloglot.values import OUTSIDE, Partition, Slot, Utterance

__all__ = ["of_the_home"]

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
_SAID_OUTSIDE: dict[Partition, int] = {"train": 1400, "dev": 60, "test": 60}
_OUTSIDE = 2600  # utterances of train that are outside in a locale, of MASSIVE and of plain text together
_NOTHING: Mapping[str, int] = MappingProxyType({})
_SAID_INSIDE: dict[Partition, int] = {"train": 120, "dev": 24, "test": 24}


def of_the_home(
    utterances: Iterable[Utterance], seed: int, written: Mapping[str, int] = _NOTHING
) -> Iterator[Utterance]:
    """MASSIVE's utterances as the home sees them: its own intents under its own names, everything else `OUTSIDE`.

    Some of each intent in each locale, drawn by `seed`; those that the home may or may not mean are left out. A locale
    that has little plain text, as many sentences as `written` says, has more of those outside.
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
        if home == OUTSIDE and u.partition == "train":
            most = max(most, _OUTSIDE - written.get(u.locale, 0))
        if taken.get(key, 0) < most:
            taken[key] = taken.get(key, 0) + 1
            yield replace(u, id=f"massive/{u.locale}/{u.id}", intent=home, slots=slots, scenario="")


def _renamed(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    return tuple(replace(slot, type=_MASSIVE_SLOTS[slot.type]) for slot in slots if slot.type in _MASSIVE_SLOTS)
