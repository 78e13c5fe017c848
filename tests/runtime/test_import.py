"""What `import kiloglot` gives, and how little it costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kiloglot
from kiloglot.runtime import NLU


def output_of(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_importing_loads_nothing_heavy_and_the_runtime_only_what_it_needs() -> None:
    heavy = ("numpy", "onnxruntime", "yaml", "rich", "typer")
    program = (
        "import sys, kiloglot\n"
        f"print([name for name in {heavy} if name in sys.modules])\n"
        "from kiloglot import NLU\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    assert output_of(program).splitlines() == ["[]", "['numpy']"]


def test_public_names_are_there() -> None:
    assert kiloglot.NLU is NLU
    assert all(getattr(kiloglot, name).__doc__ for name in kiloglot.__all__)
    assert {"NLU", "Parse", "Slot", "Utterance", "Ontology", "Alternative", "KiloglotError"} <= set(kiloglot.__all__)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'NLP'"):
        kiloglot.NLP  # type: ignore[attr-defined]  # noqa: B018
