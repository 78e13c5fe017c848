"""Intents of Home Assistant that mean the opposite of each other."""

from __future__ import annotations

__all__ = ["OPPOSITES", "plain_intent"]

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


def plain_intent(intent: str) -> str:
    """An intent without what it fixes, where that does not make it an opposite."""
    return intent if intent in OPPOSITES else intent.partition("/")[0]
