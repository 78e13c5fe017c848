"""Instructions: a file of callgrind is read as callgrind sums it up, and a parse is the difference of two processes."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.instructions import BOARDS, Counts, counted, profile, text
from kiloglot.errors import ConfigError

# After the example of the manual's "Callgrind Format Specification": main calls func1 and func2, func1 calls func2.
PROFILE = """\
events: Ir Dr DLmr DLmw
ob=(1) /usr/bin/python3.11
fl=(1) file1.c
fn=(1) main
16 20 7 1 2
cob=(2) /usr/lib/libc.so.6
cfn=(2) func1
calls=1 50
16 400 90 9 9
cob=(3) /site-packages/onnxruntime/capi/onnxruntime_pybind11_state.so
cfi=(2) file2.c
cfn=(3) func2
calls=3 20
+1 400 90 9 9

ob=(2)
fn=(2)
51 100 10
ob=(3)
fl=(2)
fn=(3)
20 700 40 3
"""


def test_each_instruction_counts_once_and_where_it_ran() -> None:
    counts = profile(PROFILE.splitlines(keepends=True))
    assert counts.where == {"onnxruntime": 700, "the rest": 100, "Python": 20}
    assert (counts.instructions, counts.read, counts.missed) == (820, 57, 6)
    assert counts.bytes == 6 * 64


def test_times_are_instructions_by_the_clock() -> None:
    shown = text(Counts(3e6, 1e6, 1000, {"Python": 3e6}), Counts(1.5e9, 1e6, 1000, {"Python": 1.5e9}))
    assert "3.00 (Python 3.00)" in shown
    assert "64 kB come from memory" in shown
    assert [line.split()[-4:] for line in shown.splitlines() if "Cortex" in line] == [
        ["2.00", "1.00", "1.00", "0.50"],  # 1.5 GHz
        ["1.25", "0.62", "0.62", "0.31"],  # 2.4 GHz
    ]
    assert all(board.source.startswith("https://") for board in BOARDS)


def test_more_parses_than_texts_are_refused() -> None:
    with pytest.raises(ConfigError, match="half as many"):
        counted("massive", 1_000_000)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("valgrind"), reason="needs valgrind")
def test_a_parse_takes_millions_of_instructions_and_a_start_many_more() -> None:
    one, start = counted("massive", 8)  # Fewer are lost in what Python does at its start and end.
    assert sum(one.where.values()) == pytest.approx(one.instructions)
    assert 5e5 < one.instructions < 2e7
    assert {"Python", "numpy"} <= one.where.keys()
    assert {"the kernel", "onnxruntime"} & one.where.keys()
    assert start.instructions > 50 * one.instructions
