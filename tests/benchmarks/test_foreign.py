from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.foreign import plain_text


def test_a_tenth_of_tatoeba_is_held_out(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("voice", "tatoeba", "udhr")]
    for folder in folders:
        folder.mkdir()
    (folders[0] / "de.txt").write_text("Ein Satz.\n", encoding="utf-8")
    rows = "".join(f"Satz {number}\tsentence {number}\n" for number in range(2000))
    (folders[1] / "deu-eng.tsv").write_text(rows, encoding="utf-8")
    plain_text(*folders, tmp_path / "out")
    kept = (tmp_path / "out" / "de-DE.tatoeba.txt").read_text(encoding="utf-8").splitlines()
    held = (tmp_path / "out" / "held-out" / "de-DE.txt").read_text(encoding="utf-8").splitlines()
    assert len(kept) + len(held) == 2000
    assert len(held) == pytest.approx(200, abs=60)
    assert not {*kept} & {*held}
    assert (tmp_path / "out" / "de.common-voice.txt").read_text(encoding="utf-8") == "Ein Satz.\n"
