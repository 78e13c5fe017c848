"""Commands that mean the opposite of each other: to confuse them is worse than not to understand."""

from __future__ import annotations

from kiloglot.values import Parse

__all__ = ["OPPOSITES", "opposed"]

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
_TOO_LIKELY = 0.3  # `docs/log.md` has what other shares cost


def opposed(parse: Parse) -> bool:
    """Whether the opposite of what was understood is too likely to act: three tenths as likely or more."""
    own = _family(parse.intent)
    opposite = OPPOSITES.get(own)
    if opposite is None:
        return False
    likely = {own: 0.0, opposite: 0.0}
    for each in parse.alternatives:
        family = _family(each.intent)
        if family in likely:
            likely[family] += each.confidence
    return likely[opposite] >= _TOO_LIKELY * likely[own]


def _family(intent: str) -> str:
    """An intent without what it fixes, where that does not make it an opposite."""
    return intent if intent in OPPOSITES else intent.partition("/")[0]
