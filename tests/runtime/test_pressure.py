"""Behaviour under pressure: many threads, one core and little memory, the shortest and the longest utterances."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kiloglot.runtime import NLU
from kiloglot.text import MAX_UNITS

THREADS = 64
MEGABYTES = 512

# What a small container allows: one core, so much memory of one's own, and as much address space.
CONFINED = """
import json, os, resource, sys
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
for kind in (resource.RLIMIT_DATA, resource.RLIMIT_AS):
    resource.setrlimit(kind, (int(sys.argv[1]) << 20,) * 2)
from kiloglot import NLU
nlu, texts = NLU.load(), json.load(sys.stdin)
parses = [*map(nlu.parse, texts), *nlu.parse_batch(texts * 10)]
print(json.dumps([[parse.intent, [slot.value(parse.text) for slot in parse.slots]] for parse in parses]))
"""


def test_threads_may_share_one(nlu: NLU) -> None:
    texts = [f"set an alarm for {hour} {part}" for hour in range(12) for part in ("", "am", "時")]
    alone = [nlu.parse(text) for text in texts]
    start = Barrier(THREADS)

    def parse_all(first: int) -> bool:
        start.wait()
        places = [(first + step) % len(texts) for step in range(len(texts))]
        return [nlu.parse(texts[place]) for place in places] == [alone[place] for place in places]

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(parse_all, range(THREADS)))


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs Linux's limits")
def test_one_core_and_little_memory_suffice() -> None:
    texts = ["wake me up tomorrow at nine", "明日の九時に起こして", " ".join(["play some jazz"] * 300)]
    command = [sys.executable, "-c", CONFINED, str(MEGABYTES)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    free = [[p.intent, [slot.value(p.text) for slot in p.slots]] for p in map(NLU.load().parse, texts)]
    assert json.loads(done.stdout) == free * 11


@pytest.mark.parametrize("words", [1, 1000, MAX_UNITS])
def test_one_word_is_read_and_so_are_a_thousand(nlu: NLU, words: int) -> None:
    text = " ".join(f"alarm{place % 7}" for place in range(words))
    parse = nlu.parse(text)
    assert parse.intent in nlu.manifest.ontology.intents
    assert parse.rejected != "too_long"
    assert all(0 <= slot.start < slot.end <= len(text) for slot in parse.slots)
    assert (nlu.parse(f"{text} {text}").rejected == "too_long") == (2 * words > MAX_UNITS)
