"""Intents of Home Assistant: which mean the opposite of each other, and which slots each cannot do without."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["NEEDED", "OPPOSITES", "complete", "contrary", "of_doors", "opposite", "plain_intent", "verbs"]

_PAIRS = (
    ("HassTurnOn", "HassTurnOff"),
    ("HassMediaPlayerMute", "HassMediaPlayerUnmute"),
    ("HassMediaPause", "HassMediaUnpause"),
    ("HassMediaNext", "HassMediaPrevious"),
    ("HassPauseTimer", "HassUnpauseTimer"),
    ("HassIncreaseTimer", "HassDecreaseTimer"),
    ("HassVacuumStart", "HassVacuumReturnToBase"),
    ("HassLawnMowerStartMowing", "HassLawnMowerDock"),
    ("HassSetVolumeRelative/volume_step=up", "HassSetVolumeRelative/volume_step=down"),
)
OPPOSITES = {**dict(_PAIRS), **{second: first for first, second in _PAIRS}}
"""Intent of Home Assistant -> its opposite."""

_ALONE = (
    "HassNevermind", "HassRespond", "HassGetCurrentDate", "HassGetCurrentTime", "HassGetWeather",
    "HassClimateGetTemperature", "HassVacuumCleanArea", "HassLawnMowerStartMowing", "HassLawnMowerDock",
    "HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious", "HassMediaPlayerMute",
    "HassMediaPlayerUnmute", "HassCancelAllTimers", "HassCancelTimer", "HassPauseTimer", "HassUnpauseTimer",
    "HassTimerStatus",
)  # fmt: skip
NEEDED: dict[str, tuple[str, ...]] = {
    "HassTurnOn": ("name", "domain"),
    "HassTurnOff": ("name", "domain"),
    "HassGetState": ("name", "domain state"),
    "HassBroadcast": ("message",),
    "HassSetPosition": ("name position", "device_class domain position"),
    "HassLightSet": (
        "brightness name", "color name", "name temperature", "brightness domain", "color domain", "domain temperature",
    ),
    "HassClimateSetTemperature": ("temperature",),
    "HassClimateSetFanMode": ("fan_mode",),
    "HassShoppingListAddItem": ("item",),
    "HassShoppingListCompleteItem": ("item",),
    "HassListAddItem": ("item name",),
    "HassListCompleteItem": ("item name",),
    "HassListRemoveItem": ("item name",),
    "HassVacuumStart": ("name",),
    "HassVacuumReturnToBase": ("name",),
    "HassSetVolume": ("volume_level",),
    "HassSetVolumeRelative": ("volume_step",),
    "HassMediaSearchAndPlay": ("search_query",),
    "HassStartTimer": ("hours", "minutes", "seconds"),
    "HassIncreaseTimer": ("hours", "minutes", "seconds"),
    "HassDecreaseTimer": ("hours", "minutes", "seconds"),
    "HassFanSetSpeed": ("percentage",),
    **dict.fromkeys(_ALONE, ("",)),
}  # fmt: skip
"""Intent of Home Assistant -> sets of slots, one of which must be there whole.

From `slot_combinations` in the package's `intents.json`, which a test compares; `name` stands for the areas and floors
that may be said in its place.
"""
_TARGETS = {"name", "area", "floor"}
_LOCK = "/for=lock"
_DOORS = ("/domain=cover", _LOCK)


def plain_intent(intent: str) -> str:
    """An intent without what it fixes, where that does not make it an opposite."""
    return intent if intent in OPPOSITES else intent.partition("/")[0]


def opposite(intent: str) -> str:
    """The opposite of an intent that has one, with all that both fix."""
    plain = plain_intent(intent)
    return OPPOSITES[plain] + intent.removeprefix(plain)


def contrary(one: str, other: str) -> bool:
    """Whether one intent does the opposite of the other.

    To lock is to turn on and to close is to turn off, as Home Assistant has it, and yet both shut a door.
    """
    one_plain, other_plain = plain_intent(one), plain_intent(other)
    if of_doors(one) and of_doors(other) and one.endswith(_LOCK) != other.endswith(_LOCK):
        return one_plain == other_plain
    return OPPOSITES.get(one_plain) == other_plain


def verbs(intent: str) -> str:
    """The intent whose verbs an intent shares: a fan goes on and off as a light does, a cover and a lock do not."""
    return intent if of_doors(intent) else plain_intent(intent)


def of_doors(intent: str) -> bool:
    """Whether an intent opens, closes, locks or unlocks what an intent of its own is for: a cover or a lock."""
    return intent.endswith(_DOORS)


def complete(intent: str, types: Collection[str]) -> bool:
    """Whether slots of these types, with what the intent fixes, are all that it needs; True of one that is strange."""
    name, *fixed = intent.split("/")
    needed = NEEDED.get(name)
    if needed is None:
        return True
    found = {"name" if kind in _TARGETS else kind for kind in types} | {each.partition("=")[0] for each in fixed}
    return any(found.issuperset(slots.split()) for slots in needed)
