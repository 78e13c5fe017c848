"""The commands of the page about serving, run against a real server."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from kiloglot.serve import Limits
from kiloglot.stages.configuring import options
from tests.serve.http_process import serving
from tests.test_docs import blocks, commands, missing, output

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "serving.md"
SHOWN = [
    (command, expected)
    for block in blocks(PAGE)
    if "tests/serve/test_serving_page.py" in block.mark
    for command, expected in commands(block.body)
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_what_the_page_shows_works(tmp_path: Path) -> None:
    assert len(SHOWN) >= 5
    token = ["--token", "s3cret"]
    with (
        serving(tmp_path / "open.jsonl", ["--http", "127.0.0.1:0"]) as free,
        serving(tmp_path / "closed.jsonl", ["--http", "127.0.0.1:0", *token]) as guarded,
    ):
        for command, expected in SHOWN:
            host, port = (guarded if "status" in command or "PUT" in command else free).address
            code, printed = output(command.replace("localhost:5005", f"{host}:{port}"), tmp_path)
            assert (code, missing(expected, printed)) == (0, []), printed


def test_the_page_names_every_limit_with_its_default() -> None:
    named = dict(re.findall(r"^\| `--(\w+)` \| ([\d,]*)", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE))
    said = {name: float(number.replace(",", "") or 0) for name, number in named.items()}
    mebibytes = {"body": Limits().body / (1 << 20)}
    assert said == {**{option.name: option.default for option in options(Limits)}, **mebibytes}
