"""Latencies and memory."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.apart import environment
from benchmarks.timing import quantile, timed


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_are_those_of_numpy(values: list[float], share: float) -> None:
    assert quantile(sorted(values), share) == pytest.approx(float(np.quantile(values, share)), rel=1e-9, abs=1e-6)


def test_what_takes_time_is_timed() -> None:
    latency = timed(time.sleep, [0.002], seconds=0.0)
    assert 2 <= latency.p50 <= latency.p95 <= latency.p99


def test_every_item_has_its_turn_before_one_comes_again() -> None:
    seen: list[int] = []
    latency = timed(seen.append, range(100), seconds=60.0, most=200)
    assert latency.calls == 200
    assert seen[:10] == list(range(10))  # the calls that warm up
    assert seen[10:] == [*range(100), *range(100)]


def test_memory_is_that_of_the_process_and_not_of_its_parent() -> None:
    large = np.ones(25_000_000)  # 200 MB here
    program = "from benchmarks.timing import peak_memory; print(peak_memory()); x = b'x' * {}; print(peak_memory())"
    command = [sys.executable, "-c", program.format(100_000_000)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before < large.nbytes / 2
    assert after - before == pytest.approx(100_000_000, rel=0.1)
