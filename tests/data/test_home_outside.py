"""What is no command: plain text, those sentences first that sound like one, and words that no command says."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloglot.data import Notes
from kiloglot.data.home_outside import outside_pieces, outside_text
from kiloglot.errors import DataError
from kiloglot.values import OUTSIDE, Partition, Utterance


def said(text: str, intent: str = "HassTurnOn", partition: Partition = "train") -> Utterance:
    return Utterance(text, "de-DE", text, intent, (), partition, "", 1.0)


def test_plain_text_is_outside_in_the_languages_that_are_wanted(tmp_path: Path) -> None:
    for name in ("de", "fi", "rm-sursilv"):
        (tmp_path / f"{name}.txt").write_text("\n".join(f"Satz {at}" for at in range(80)) + "\n\n" + "x" * 200)
    found = list(outside_text(tmp_path, [], {"de-DE", "sw-KE"}, 0, Notes()))
    assert {u.locale for u in found} == {"de-DE"}
    assert {u.intent for u in found} == {OUTSIDE}
    assert {u.text for u in found} == {f"Satz {at}" for at in range(80)}
    assert len({u.id for u in found}) == 80
    assert {u.partition for u in found} == {"train", "dev", "test"}
    (tmp_path / "de.txt").write_bytes(b"gut\n\xff\n")
    with pytest.raises(DataError, match="not UTF-8") as caught:
        list(outside_text(tmp_path, [], {"de-DE"}, 0, Notes()))
    assert caught.value.line == 2


def test_sentences_that_sound_like_commands_come_first_and_commands_do_not(tmp_path: Path) -> None:
    other = [f"Satz {at} über das Wetter von gestern" for at in range(3000)]
    alike = [f"das Licht war am Abend Nummer {at} an" for at in range(100)]
    command = "schalte das Licht an"
    (tmp_path / "de.txt").write_text("\n".join([*other, *alike, command]), encoding="utf-8")
    commands = [said(f"schalte das Licht {where} an") for where in ("hier", "dort", "oben", "unten")] * 5
    notes = Notes()
    found = {u.text: u.partition for u in outside_text(tmp_path, commands, {"de-DE"}, 0, notes)}
    assert set(alike) <= set(found)  # Of others, chance takes two in five.
    assert command not in found
    (left,) = notes.result()
    assert (left.count, list(left.examples)) == (1, [command])
    assert sum(text in found for text in other) > 600


def test_pieces_are_no_words_of_commands() -> None:
    others = [said(f"wort{at} licht wort{at + 1} bitte", OUTSIDE) for at in range(0, 400, 2)]
    held_out = [said("strengstens geheim", OUTSIDE, "test")]
    pieces = list(outside_pieces([said("licht bitte"), *others, *held_out], 0))
    assert len(pieces) > 20
    assert {u.intent for u in pieces} == {OUTSIDE}
    words = {word for u in pieces for word in u.text.split()}
    assert all(word.startswith("wort") for word in words)
    assert len({u.text for u in pieces}) == len(pieces)
