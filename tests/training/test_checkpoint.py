"""Checkpoints: whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kiloglot.errors import ArtifactError, KiloglotError
from kiloglot.training import Position
from kiloglot.training.checkpoint import load, save

POSITION = Position(2, 7, 31, 0.5, 1, (1.5, 1.25, 0.1 + 0.2), ((0.25, 0.125), (0.5, 0.5)))


def parts() -> dict[str, dict[str, torch.Tensor]]:
    return {"student": {"weight": torch.randn(3, 4)}, "rows": {"mean": torch.randn(2)}}


def test_round_trip(tmp_path: Path) -> None:
    path, wanted = tmp_path / "state.pt", parts()
    save(path, POSITION, wanted)
    position, found = load(path)
    assert position == POSITION
    assert torch.equal(found["student"]["weight"], wanted["student"]["weight"])
    assert torch.equal(found["rows"]["mean"], wanted["rows"]["mean"])
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


def test_a_new_one_replaces_the_old(tmp_path: Path) -> None:
    path = tmp_path / "state.pt"
    save(path, Position(), parts())
    save(path, POSITION, parts())
    assert load(path)[0] == POSITION


def test_a_failed_write_keeps_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.pt"
    save(path, POSITION, parts())

    def full(content: object, half: Path) -> None:
        half.write_bytes(b"half")
        raise RuntimeError("PytorchStreamWriter failed writing file data/0: file write failed\nException raised from")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(KiloglotError) as caught:
        save(path, Position(), parts())
    assert str(path) in str(caught.value) and "file write failed" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert load(path)[0] == POSITION
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None, {"student": {}}, {"position": {"epochs": 3}}])
def test_what_is_no_checkpoint_is_named(tmp_path: Path, content: object) -> None:
    path = tmp_path / "state.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is None:
        save(path, POSITION, parts())
        path.write_bytes(path.read_bytes()[:-200])
    else:
        torch.save(content, path)
    with pytest.raises(ArtifactError, match="Remove it to start afresh") as caught:
        load(path)
    assert caught.value.path == path
    assert "\n" not in str(caught.value)
