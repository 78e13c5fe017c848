from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from kiloglot.text import Vocabulary, looked_up, ngrams, segment

Hashes = NDArray[np.uint64]


def random_hashes(count: int, seed: int = 0) -> Hashes:
    return np.random.default_rng(seed).integers(0, 2**64, count, np.uint64)


def test_rows_never_change() -> None:
    text = "wake me up at seven and wake me up again 明日9時に起こして 明日8時に起こして"
    hashes = ngrams([segment(text)]).bag
    vocabulary = Vocabulary.build(hashes, rows=100, min_count=1)
    digest = hashlib.sha256(vocabulary.tags.tobytes() + vocabulary.rows(hashes).tobytes()).hexdigest()
    assert digest[:16] == "0b5e735a9aa82d3d"


def test_known_ngrams_share_no_row() -> None:
    known = random_hashes(5000)
    rows = Vocabulary.build(known, rows=20_000, min_count=1).rows(known)
    found = Counter(rows[rows >= 0].tolist())
    # An n-gram without a row of its own may be taken for another's, one time in 2^15.
    assert sum(found.values()) - len(found) <= 1
    assert len(found) > 0.92 * len(known)


# Of n n-grams with two rows each out of m, all are placed but those beyond one a row in the giant component of a random
# graph (Erdos and Renyi 1960): it has a share s of the rows, 1 - s = exp(-2 s n / m), and 1 - (1 - s)^2 of the n-grams.
def placed(count: int, rows: int) -> float:
    share = 1.0
    for _ in range(200):
        share = 1 - np.exp(-2 * share * count / rows)
    return float(count - max(0.0, count * (1 - (1 - share) ** 2) - share * rows))


@pytest.mark.parametrize("rows", [1000, 3000])
def test_the_most_frequent_get_rows(rows: int) -> None:
    known = random_hashes(4000)
    counts = np.repeat([8, 4, 2, 1], 1000)
    vocabulary = Vocabulary.build(np.repeat(known, counts), rows=rows, min_count=1)
    shares = (vocabulary.rows(known) >= 0).reshape(4, 1000).mean(axis=1)
    expected = np.diff([placed(count, rows) for count in range(0, 5000, 1000)]) / 1000
    assert len(vocabulary.tags) == rows
    assert shares == pytest.approx(expected, abs=0.04)


def test_rare_ngrams_get_none() -> None:
    known = random_hashes(2000)
    vocabulary = Vocabulary.build(np.repeat(known, np.repeat([3, 2], 1000)), rows=10_000, min_count=3)
    assert (vocabulary.rows(known[:1000]) >= 0).mean() > 0.9
    assert (vocabulary.rows(known[1000:]) >= 0).sum() <= 1
    assert len(vocabulary.tags) == 2000


def test_strangers_are_unknown() -> None:
    vocabulary = Vocabulary.build(random_hashes(100_000), rows=100_000, min_count=1)
    taken = (vocabulary.rows(random_hashes(1_000_000, seed=1)) >= 0).mean()
    assert taken < 2 / 2**16 * 1.5  # two rows to look into, and a tag of 16 bits


def test_order_does_not_matter() -> None:
    hashes = random_hashes(500).repeat(2)
    shuffled = np.random.default_rng(1).permutation(hashes)
    one, other = (Vocabulary.build(each, rows=300, min_count=1).tags for each in (hashes, shuffled))
    assert one.tolist() == other.tolist()


def test_nothing_is_known_where_nothing_was_read() -> None:
    vocabulary = Vocabulary.build(np.zeros(0, np.uint64), rows=10, min_count=1)
    assert len(vocabulary.tags) == 1
    assert vocabulary.rows(random_hashes(100)).tolist() == [-1] * 100


def test_rows_keep_the_shape_of_their_hashes() -> None:
    hashes = random_hashes(12).reshape(3, 4)
    vocabulary = Vocabulary.build(hashes, rows=100, min_count=1)
    assert vocabulary.rows(hashes).shape == (3, 4)


def test_several_vocabularies_are_looked_up_at_once() -> None:
    hashes = random_hashes(300)
    few, many = Vocabulary.build(hashes[:80], rows=100, min_count=1), Vocabulary.build(hashes, rows=500, min_count=1)
    known, rows = looked_up(hashes, ((few, slice(120)), (many, slice(120, None))))
    expected = np.concatenate([few.rows(hashes[:120]), many.rows(hashes[120:])])
    assert known.tolist() == (expected >= 0).nonzero()[0].tolist()
    assert rows.tolist() == expected[expected >= 0].tolist()
