"""The starter assistant lies in the package."""

from __future__ import annotations

from kiloglot.data import is_project, starter_path


def test_starter_is_a_project() -> None:
    assert is_project(starter_path())
