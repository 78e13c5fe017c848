"""Batches: what is in them, in which order, and what is hidden."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kiloglot.data import load
from kiloglot.nn import Batch
from kiloglot.settings import Noise
from kiloglot.training import Batcher, Examples, read_texts, segmented
from kiloglot.values import Ontology, Utterance

NOTHING = Noise(feature_dropout=0, unit_dropout=0, dropout=0, locale_dropout=0)


def read(utterances: list[Utterance]) -> Examples:
    texts = segmented(utterances)
    reading = read_texts(texts)
    vocabularies = reading.vocabularies(unit_rows=9000, bag_rows=9000, min_count=1)
    locales = sorted({u.locale for u in utterances})
    return Examples.of(utterances, texts, reading, vocabularies, Ontology.of(utterances), locales)


@pytest.fixture(scope="module")
def examples(tiny_assistant: Path) -> Examples:
    return read(list(load(tiny_assistant, partitions=["train"]).utterances))


def lopsided() -> Examples:
    """90 utterances in one locale, 9 in another, 1 in a third."""
    sizes = {"de-DE": 90, "en-US": 9, "ja-JP": 1}
    return read([Utterance(str(n), tag, f"word {n}", "go") for tag, size in sizes.items() for n in range(size)])


def equal(first: Batch, second: Batch) -> bool:
    tensors = [(first.where, second.where), (first.mask, second.mask), (first.locale, second.locale)]
    for bags in ("units", "bag"):
        tensors += [(getattr(getattr(first, bags), name), getattr(getattr(second, bags), name)) for name in BAGS]
    tensors += [(getattr(first.labels, name), getattr(second.labels, name)) for name in type(first.labels).__slots__]
    return all(torch.equal(a, b) for a, b in tensors)


BAGS = ("rows", "member", "offset")


@given(st.integers(5, 3000), st.integers(0, 2**31 - 1), st.integers(0, 5))
def test_every_utterance_once_an_epoch_within_the_budget(
    examples: Examples, budget: int, seed: int, epoch: int
) -> None:
    plan = Batcher(examples, budget, seed=seed).plan(epoch)
    assert sorted(np.concatenate(plan).tolist()) == list(range(len(examples)))
    for chosen in plan:
        longest = int(examples.length[chosen].max())
        assert len(chosen) == 1 or len(chosen) * max(1, longest) <= budget


def test_batches_hold_utterances_of_like_length(examples: Examples) -> None:
    batcher = Batcher(examples, 500)
    padded = sum(len(chosen) * int(examples.length[chosen].max()) for chosen in batcher.plan(0))
    assert padded < 1.1 * examples.length.sum()


def test_reading_in_order_leaves_nobody_out(examples: Examples) -> None:
    assert sorted(np.concatenate(Batcher(examples, 100).in_order()).tolist()) == list(range(len(examples)))


def test_equal_seeds_give_equal_batches(examples: Examples) -> None:
    first, again, other = (Batcher(examples, 800, noise=Noise(), seed=seed) for seed in (3, 3, 4))
    plan = first.plan(1)
    assert all(np.array_equal(a, b) for a, b in zip(plan, again.plan(1), strict=True))
    assert equal(first.make(plan[2], 1, 2), again.make(plan[2], 1, 2))
    assert not equal(first.make(plan[2], 1, 2), other.make(plan[2], 1, 2))
    assert not equal(first.make(plan[2], 1, 2), first.make(plan[2], 2, 2))
    for different in (other.plan(1), first.plan(2)):
        assert [part.tolist() for part in plan] != [part.tolist() for part in different]


@pytest.mark.parametrize("first", [0, 1, 7])
def test_the_stream_is_what_making_them_one_by_one_gives(examples: Examples, first: int) -> None:
    batcher = Batcher(examples, 1500, noise=Noise(), seed=1)
    plan = batcher.plan(0)[:8]
    streamed = list(batcher.stream(plan, 5, first))
    made = [batcher.make(plan[place], 5, place) for place in range(first, len(plan))]
    assert len(streamed) == len(made)
    assert all(map(equal, streamed, made))


def test_locales_are_drawn_by_the_root_of_their_sizes() -> None:
    examples = lopsided()
    drawn = np.concatenate(Batcher(examples, 50, temperature=2.0).plan(0))
    counts = Counter(examples.locale[drawn].tolist())
    # sqrt(90) : sqrt(9) : 1, of 100 in all.
    shares = np.sqrt([90, 9, 1]) / np.sqrt([90, 9, 1]).sum()
    assert [counts[place] for place in (1, 2, 3)] == np.round(100 * shares).tolist()


def test_a_locale_that_is_drawn_often_has_each_utterance_in_turn() -> None:
    examples = lopsided()
    drawn = np.concatenate(Batcher(examples, 50, temperature=1e6).plan(0))
    counts = Counter(drawn[examples.locale[drawn] == 2].tolist())
    assert sum(counts.values()) == 33
    assert set(counts.values()) == {3, 4}
    assert len(counts) == 9


def test_nothing_is_hidden_unless_asked(examples: Examples) -> None:
    plan = Batcher(examples, 800).plan(0)
    plain = Batcher(examples, 800).make(plan[0], 0, 0)
    assert equal(plain, Batcher(examples, 800, noise=NOTHING).make(plan[0], 0, 0))
    assert plain.locale.tolist() == plain.labels.locale.tolist() == examples.locale[plan[0]].tolist()


def test_what_is_hidden_is_a_share_of_ngrams_and_of_locales(examples: Examples) -> None:
    chosen = np.arange(len(examples))
    plain = Batcher(examples, 800).make(chosen)
    noise = Noise(feature_dropout=0.25, unit_dropout=0, dropout=0, locale_dropout=0.4)
    noisy = Batcher(examples, 800, noise=noise).make(chosen)
    for bags in ("units", "bag"):
        kept = len(getattr(noisy, bags).member) / len(getattr(plain, bags).member)
        assert kept == pytest.approx(0.75, abs=0.02)
    assert float((noisy.locale == 0).float().mean()) == pytest.approx(0.4, abs=0.05)
    told = noisy.locale > 0
    assert torch.equal(noisy.locale[told], plain.locale[told])
    # Labels, units and places stay.
    for name in type(plain.labels).__slots__:
        assert torch.equal(getattr(plain.labels, name), getattr(noisy.labels, name)), name
    assert torch.equal(plain.where, noisy.where) and torch.equal(plain.mask, noisy.mask)


def sets(batch: Batch, bags: str) -> list[list[int]]:
    """The rows of each set of a batch."""
    found = getattr(batch, bags)
    ends = [*found.offset.tolist()[1:], len(found.member)]
    rows = found.rows[found.member]
    return [rows[a:b].tolist() for a, b in zip(found.offset.tolist(), ends, strict=True)]


def test_a_batch_names_the_rows_of_its_examples(examples: Examples) -> None:
    chosen = np.array([7, 3, 1200, 2000])
    batch = Batcher(examples, 800).make(chosen)
    assert len(set(batch.bag.rows.tolist())) == len(batch.bag.rows)
    bags = examples.bags
    assert sets(batch, "bag") == [bags.rows[bags.at[n] : bags.at[n + 1]].tolist() for n in chosen]
    units = sets(batch, "units")
    for row, n in enumerate(chosen):
        places = range(int(examples.unit_at[n]), int(examples.unit_at[n + 1]))
        assert batch.mask[row].tolist() == [1.0] * len(places) + [0.0] * (batch.mask.shape[1] - len(places))
        for at, place in enumerate(places):
            unit = int(examples.unit[place])
            wanted = examples.units.rows[examples.units.at[unit] : examples.units.at[unit + 1]].tolist()
            assert units[int(batch.where[row, at])] == wanted
            assert int(batch.labels.slot[row, at]) == examples.slot[place]
            assert bool(batch.labels.begins[row, at]) == examples.begins[place]


def test_hidden_rows_are_rows_of_the_same_set(examples: Examples) -> None:
    chosen = np.arange(40)
    plain, noisy = (Batcher(examples, 800, noise=noise).make(chosen) for noise in (None, Noise()))
    for bags in ("units", "bag"):
        for whole, left in zip(sets(plain, bags), sets(noisy, bags), strict=True):
            assert not Counter(left) - Counter(whole)


@pytest.mark.parametrize("texts", [["?"], ["?", "stop now", "!"], ["stop"]])
@pytest.mark.parametrize("noise", [None, Noise(feature_dropout=0.999)])
def test_utterances_without_units_or_rows_make_a_batch(texts: list[str], noise: Noise | None) -> None:
    examples = read([Utterance(str(n), "en-US", text, "go") for n, text in enumerate(texts)])
    batch = Batcher(examples, 10, noise=noise).make(np.arange(len(texts)))
    assert batch.mask.shape[0] == len(texts)
    assert batch.mask.shape[1] >= 1
    assert batch.mask.sum() == examples.length.sum()
