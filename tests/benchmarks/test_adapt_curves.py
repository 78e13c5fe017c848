"""The learning curves: what is held out, drawn and counted."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import background
from benchmarks.adapt_cells import SYSTEMS, Cell, Scores, drawn
from benchmarks.adapt_curves import EACH, LOCALES, by_locale, cells, held_out, picture, split, subject, text
from kiloglot.data import background as shipped
from kiloglot.progress import SILENT
from kiloglot.values import Utterance


def test_every_fifth_scenario_is_held_out() -> None:
    assert held_out([*"gfedcba", "a"]) == ("a", "f")


def test_base_and_kept_sentences_are_apart_and_whole(tmp_path: Path) -> None:
    rows = [{"id": str(place), "scenario": "abcdefg"[place % 7]} for place in range(21)]
    (tmp_path / "massive" / "data").mkdir(parents=True)
    file = tmp_path / "massive" / "data" / "en-US.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    base, kept = split(tmp_path / "massive", tmp_path)
    files = [(part / "data" / "en-US.jsonl").read_text("utf-8") for part in (base, kept)]
    found = [[json.loads(line) for line in content.splitlines()] for content in files]
    assert sorted(int(row["id"]) for part in found for row in part) == list(range(21))
    assert {row["scenario"] for row in found[1]} == {"a", "f"}


def test_as_many_of_each_intent_are_drawn_as_there_are() -> None:
    said = [Utterance(str(place), "en-US", "x", "ab"[place > 3]) for place in range(12)]
    assert sorted(u.intent for u in drawn(said, 5, 1)) == ["a"] * 4 + ["b"] * 5
    assert drawn(said, 5, 1) == drawn(said[::-1], 5, 1)
    assert len(drawn(said, 0, 1)) == 12


def test_the_starter_is_given_to_the_bundled_model_in_ten_locales(tmp_path: Path) -> None:
    found = subject("starter", tmp_path, tmp_path, SILENT)
    assert len(found.base.locales) == 52
    assert set(found.own.locales) >= set(LOCALES)
    assert not found.transfer
    each = [cell for cell in cells(LOCALES[:2]) if cell.seed == 1 and cell.system == "warm"]
    assert {(cell.locale, cell.each) for cell in each} == {
        ("en-US", 3),
        *(("en-US", size) for size in (5, 10, 20, 50)),
        ("de-DE", 10),
    }


def test_tables_and_picture_are_made_of_what_there_is() -> None:
    every = list(cells())
    assert len(set(every)) == len(every)
    assert {cell.locale for cell in every} == set(LOCALES)
    scores = Scores(0.5, 0.25, 0.75, {"de-DE": (0.5, 0.125)})
    found = {Cell("warm", LOCALES[0], EACH[0], seed): scores for seed in range(3)}
    shown = text(found)
    assert SYSTEMS["warm"] in shown
    assert "50.0 ± 0.0" in shown
    assert "exact match 12.5" in shown
    assert by_locale([scores.others, {"de-DE": (0.25, 0.0), "sw-KE": (0.25, 0.0)}]) == [
        ("sw-KE", 0.25),
        ("de-DE", 0.375),
    ]
    assert picture(found).startswith(b"\x89PNG")


def test_background_is_even_and_parallel() -> None:
    said = [
        Utterance(f"{number}", locale, f"{number} {locale}", f"intent{number % 2}")
        for number in range(30)
        for locale in ("en-US", "de-DE", "fr-FR", "ja-JP", "sw-KE")
    ]
    found = background.chosen(said)
    assert len(found) == 2 * 10 * 4
    assert found == background.chosen(said[::-1])
    intents = {u.intent for u in shipped()}
    assert len(intents) == 60
    assert sum(u.locale == "en-US" for u in shipped()) * 4 == len(shipped())
