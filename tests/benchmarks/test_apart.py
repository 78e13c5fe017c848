"""Functions in processes of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.apart import FailedError, apart


def test_the_answer_comes_back() -> None:
    assert apart("json:dumps", {"text": "größer"}) == json.dumps({"text": "größer"})


def test_a_process_has_one_thread_and_is_not_this_one() -> None:
    assert apart("os:getenv", "OMP_NUM_THREADS") == "1"


def test_a_failure_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match=r"os:listdir: FileNotFoundError.*nowhere"):
        apart("os:listdir", str(tmp_path / "nowhere"))


def test_what_does_not_end_is_ended() -> None:
    with pytest.raises(FailedError, match="more than 1 s"):
        apart("time:sleep", 60, limit=1)
