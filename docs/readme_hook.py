"""Puts README.md where index.md says `<!-- README.md -->`, so that both front doors are one text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_PLACE = "<!-- README.md -->"
_ELSEWHERE = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|guide/|reference/|decisions/|index\.md|log\.md|#)[^)]*\)")


def on_page_markdown(markdown: str, *, config: Any, **_: Any) -> str:
    """MkDocs calls this with every page's text."""
    if _PLACE not in markdown:
        return markdown
    readme = (Path(config.docs_dir).parent / "README.md").read_text(encoding="utf-8")
    return markdown.replace(_PLACE, as_page(readme))


def as_page(readme: str) -> str:
    """`readme` as it reads inside docs/: links into docs/ start there, files outside it are named and not linked."""
    return _ELSEWHERE.sub(r"\1", readme.replace("](docs/", "]("))
