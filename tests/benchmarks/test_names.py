"""The benchmarks of names and of several commands ask what they say they ask, and count what comes back."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest

from benchmarks import commands, names
from benchmarks.spoken_names import Asked, cities, home
from kiloglot.assistant.cuts import Cut
from kiloglot.assistant.likeness import FEATURES
from kiloglot.runtime import NLU
from kiloglot.values import Slot, Utterance

FORMS = {"kitchen": ["keittiö", "keittiön", "keittiössä"], "hall": ["eteinen", "eteisen"], "den": ["pesä", "luola"]}


def utterance(number: int, locale: str, word: str, kind: str = "house_place") -> Utterance:
    return Utterance(str(number), locale, f"x {word}", "light", (Slot(kind, 2, 2 + len(word)),), "dev")


@pytest.fixture
def household() -> names.Household:
    numbers = count()
    pairs = [(next(numbers), english, form) for english, forms in FORMS.items() for form in forms]
    own = [utterance(number, "fi-FI", form) for number, _, form in pairs]
    own.append(utterance(next(numbers), "fi-FI", "maija", "person"))
    english = {str(number): utterance(number, "en-US", word) for number, word, _ in pairs}
    return names.Household(*home(own, english, ["house_place"], seed=1))


def test_forms_of_one_word_are_asked_for_its_name(household: names.Household) -> None:
    assert household.names == ["keittiö", "eteinen", "pesä"]
    asked = {(each.said, each.meant) for each in household.asked if each.kind == "inflected"}
    assert asked == {("keittiön", "keittiö"), ("keittiössä", "keittiö"), ("eteisen", "eteinen")}
    assert Asked("unrelated", "maija", None) in household.asked


def test_every_system_is_counted(household: names.Household) -> None:
    found = {(row.system, row.kind): row for row in names.measured([household])}
    assert found["exact", "inflected"].right == 0
    ours = found["kiloglot", "inflected"]
    assert (ours.asked, ours.right) == (3, 1)
    assert names.fitted([household]).shape == ((len(FEATURES) + 1) * (len(FEATURES) + 2) // 2,)


def test_cities_are_named_as_cldr_names_them() -> None:
    _, asked = cities("ru-RU")
    assert Asked("other script", "Москва", "Moscow") in asked


def test_joined_utterances_are_cut_where_they_were_joined() -> None:
    own = [utterance(number, locale, "lamp") for locale in ("de-DE", "en-US") for number in range(8)]
    found = [*commands.asked(own, half=1)]
    kinds = {(each.locale, each.kind): each for each in found}
    assert kinds["de-DE", "joined"].text == "x lamp und x lamp"
    assert kinds["de-DE", "two languages"].text == "x lamp and x lamp"
    assert kinds["en-US", "joined"].cut == Cut(6, 11)


def test_a_right_cut_and_a_whole_utterance_are_right() -> None:
    text = "turn off the lights and set an alarm for six"
    found = [
        commands.Asked("en-US", "joined", text, Cut(19, 24)),
        commands.Asked("en-US", "joined", text, Cut(8, 12)),
        commands.Asked("en-US", "two languages", text, Cut(19, 24)),
        commands.Asked("en-US", "single", "listen to rock and roll music", None),
    ]
    told = {(each.locale, each.kind): each for each in commands.measured(NLU.load(), found)}
    assert [told["all", kind].right for kind in ("joined", "two languages", "single")] == [0.5, 1, 1]
    assert np.isfinite(commands.fitted([(NLU.load(), found)])).all()
