"""Small assistants of other formats, written for these tests in the shapes of each format's own documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kiloglot.data import Asked, Content, Files, format_of
from kiloglot.data.formats import Said, uttered
from kiloglot.data.formats.builder import Notes

Tree = Callable[[Mapping[str, str]], Path]
Sayings = Callable[[Content], list[tuple[str, str, list[tuple[str, str]]]]]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files into a folder `bot` and returns it."""

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / "bot" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "bot"

    return write


@pytest.fixture
def read() -> Callable[..., Content]:
    """Recognises what lies at a path and reads it; `locale` and `lists` are what the user says."""

    def reading(path: Path, **asked: object) -> Content:
        return format_of(path).read(Files(path), Asked(**asked))  # type: ignore[arg-type]

    return reading


@pytest.fixture
def sayings() -> Sayings:
    """(intent, text, [(slot, words)]) of every utterance of a content."""

    def said(content: Content) -> list[tuple[str, str, list[tuple[str, str]]]]:
        utterances = [utterance for utterance, _ in uttered(content, Said(expand=1000), Notes())]
        return [(u.intent, u.text, [(s.type, s.value(u.text)) for s in u.slots]) for u in utterances]

    return said
