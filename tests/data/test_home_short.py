"""Commands cut short say what they said before, and what says nothing any more is no command."""

from __future__ import annotations

from kiloglot.data.home_short import cut_short
from kiloglot.values import OUTSIDE, Slot, Utterance

ROOMS = ("kitchen", "hall", "attic", "den", "porch", "cellar", "bath", "office", "loft", "garage")


def command(text: str, intent: str, *slots: tuple[str, str]) -> Utterance:
    spans = tuple(Slot(kind, text.index(words), text.index(words) + len(words)) for kind, words in slots)
    return Utterance(text, "en-US", text, intent, spans, "train", "", 1.0)


def switched(word: str, intent: str) -> list[Utterance]:
    rooms = [command(f"please turn {word} the light in the {r}", f"{intent}/domain=light", ("area", r)) for r in ROOMS]
    fans = [command(f"please turn the fan {word} in the {r}", f"{intent}/domain=fan", ("area", r)) for r in ROOMS]
    names = [command(f"turn my {r} heater {word}", intent, ("name", f"{r} heater")) for r in ROOMS]
    return [*rooms, *fans, *names]


COMMANDS = [*switched("on", "HassTurnOn"), *switched("off", "HassTurnOff")]


def test_what_is_short_says_the_thing_and_what_to_do() -> None:
    found = {u.text: u for u in cut_short(COMMANDS, 0)}
    for text, intent in (
        ("light kitchen on", "HassTurnOn/domain=light"),
        ("off light hall", "HassTurnOff/domain=light"),
        ("fan den off", "HassTurnOff/domain=fan"),
        ("garage heater on", "HassTurnOn"),
    ):
        assert found[text].intent == intent
        assert all(slot.value(text) in (*ROOMS, "garage heater") for slot in found[text].slots)
        assert found[text].slots


def test_what_no_longer_says_on_or_off_is_no_command() -> None:
    empty = {u.text for u in cut_short(COMMANDS, 0) if u.intent == OUTSIDE}
    assert "please turn the light in the kitchen" in empty
    assert not any(word in ("on", "off") for text in empty for word in text.split())
    assert all(not u.slots for u in cut_short(COMMANDS, 0) if u.intent == OUTSIDE)


def test_what_is_said_already_is_not_said_again() -> None:
    asked = command("light kitchen on", "HassGetState/domain=light", ("area", "kitchen"))
    again = list(cut_short([*COMMANDS, asked], 0))
    assert asked.text not in {u.text for u in again}
    assert len({u.text for u in again}) == len(again) == len({u.id for u in again})


def test_where_words_do_not_tell_opposites_apart_nothing_is_cut() -> None:
    same = [command(f"toggle the light in the {r}", f"HassTurn{way}/domain=light", ("area", r))
            for r in ROOMS for way in ("On", "Off")]  # fmt: skip
    assert not list(cut_short(same, 0))
