"""Plain text that is no command: what is learned from and what is held out have nothing in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.foreign import plain_text


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folders = [tmp_path / name for name in ("voice", "tatoeba", "udhr")]
    for folder in folders:
        folder.mkdir()
    prose = "".join(f"Ein Satz, der {number}.\n" for number in range(6000))
    (folders[0] / "de.txt").write_text(prose, encoding="utf-8")
    rows = "".join(f"Satz {number}\tsentence {number}\n" for number in range(2000))
    (folders[1] / "deu-eng.tsv").write_text(rows + "Satz\tone\nSatz\tanother\n", encoding="utf-8")
    rows = "".join(f"phrase {number}\tsentence {number}\tby\n" for number in range(1000)) + "no translation\n"
    (folders[1] / "fra-eng.tsv").write_text(rows, encoding="utf-8")
    plain_text(*folders, tmp_path / "out")
    return tmp_path / "out"


def test_a_tenth_of_tatoeba_is_held_out(out: Path) -> None:
    kept, held = lines(out / "talk" / "de-DE.tatoeba.txt"), lines(out / "held-out" / "de-DE.txt")
    assert len(held) == pytest.approx(200, abs=60)
    assert len({*kept} | {*held} | {"Satz"}) == 2001
    assert not {*kept} & {*held}


def test_translations_are_where_their_english_sides_are(out: Path) -> None:
    for folder, ending in (("talk", ".tatoeba.txt"), ("held-out", ".txt")):
        own = {locale: lines(out / folder / f"{locale}{ending}") for locale in ("en-US", "de-DE", "fr-FR")}
        numbers = {locale: {line.split()[-1] for line in found} for locale, found in own.items()}
        assert numbers["fr-FR"] <= numbers["en-US"]
        assert numbers["de-DE"] - {"Satz"} <= numbers["en-US"]


def test_of_prose_there_are_some_sentences(out: Path) -> None:
    found = lines(out / "prose" / "de.common-voice.txt")
    assert len({*found}) == len(found) == 5000
