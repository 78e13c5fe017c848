"""A server's day in minutes: memory stays flat over many parses, and threads do not disturb each other."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiloglot.data import load
from kiloglot.runtime import NLU

pytestmark = pytest.mark.slow

STATUS = Path("/proc/self/statm")
MEGABYTE = 1 << 20
ODD = ("", "?!", "\ud800", "😀" * 50, "東京" * 40, "ﷺ " * 20, "a" * 3000, "\0 \u202e", "alarm " * 1024, "x " * 5000)


def resident() -> int:
    """Bytes of this process in memory."""
    return int(STATUS.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def spoken(assistant: Path, seed: int) -> Iterator[str]:
    """Endless utterances: of the assistant, of parts of them, of words that never come again, and odd ones."""
    texts = [utterance.text for utterance in load(assistant).utterances]
    source = random.Random(seed)
    while True:
        dice = source.random()
        if dice < 0.002:
            yield source.choice(ODD)
        elif dice < 0.5:
            yield source.choice(texts)
        else:
            words = " ".join(source.choices(texts, k=source.randint(1, 5))).split()
            yield " ".join([*source.sample(words, source.randint(1, min(60, len(words)))), f"{source.random()}"])


@pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's /proc")
def test_memory_stays_flat(tiny_model: Path, tiny_assistant: Path, parses: int) -> None:
    nlu = NLU.load(tiny_model)
    texts = spoken(tiny_assistant, seed=0)

    def parse(count: int) -> None:
        for place in range(count):
            text = next(texts)
            if place % 100:
                nlu.parse(text, explain=place % 97 == 0)
            else:
                nlu.parse_batch([text, *(next(texts) for _ in range(15))])

    for text in ODD:
        nlu.parse(text, explain=True)
    parse(parses // 10)  # Arenas grow to the largest text and stay.
    before = resident()
    parse(parses - parses // 10)
    assert resident() - before < 8 * MEGABYTE


def test_eight_threads_answer_as_one(tiny_model: Path, tiny_assistant: Path, parses: int) -> None:
    nlu = NLU.load(tiny_model)
    source = spoken(tiny_assistant, seed=1)
    for _ in range(max(1, parses // 50_000)):
        texts = [next(source) for _ in range(5000)]
        alone = [nlu.parse(text) for text in texts]
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(nlu.parse, texts)) == alone
