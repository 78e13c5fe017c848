"""A student of one ontology becomes one of another: what both name alike stays, and a few sentences do the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kiloglot.data import load
from kiloglot.settings import Fitting, LossWeights, Noise
from kiloglot.training import Batcher, Taught, examples_of, read_texts, segmented, teach_from
from kiloglot.training.adapting import adapted, widened
from kiloglot.training.background import Background
from kiloglot.values import Dataset, Ontology, Slot, Utterance

FITTING = Fitting(epochs=2, budget=1500, warmup=2, row_rate=2e-2, rate=3e-3, device="cpu")
TEXTS = {
    "shop_open": [
        "when does the shop open",
        "at what hour does the shop open",
        "is the shop open now",
        "opening hours",
    ],
    "shop_call": ["call the shop", "phone the shop please", "ring the shop", "give the shop a call"],
    "timer_set": ["set a timer", "start a timer now", "a new timer please", "timer please"],
}


def dataset(sentences: dict[str, list[str]], locale: str = "en-US", dev: int = 1) -> Dataset:
    """The last `dev` sentences of each intent are for dev."""
    utterances = [
        Utterance(f"{intent}-{place}", locale, text, intent, partition="dev" if place >= len(texts) - dev else "train")
        for intent, texts in sentences.items()
        for place, text in enumerate(texts)
    ]
    return Dataset(tuple(utterances), Ontology.of(utterances), "shop", "0" * 12)


@pytest.fixture(scope="module")
def base(tiny_student: Path) -> Taught:
    return Taught.read(tiny_student)


def taught(base: Taught, data: Dataset, folder: Path) -> Taught:
    return teach_from(base, data, Noise(), LossWeights(), FITTING, folder).taught


def said(taught: Taught, utterances: Sequence[Utterance]) -> tuple[list[str], np.ndarray]:
    """(intents, how sure the student is of each)."""
    asked = [replace(u, intent=taught.ontology.intents[0], slots=()) for u in utterances]
    words = taught.vocabularies, taught.ontology, taught.locales
    batcher = Batcher(examples_of(asked, *words), 4096)
    intents, sure = [""] * len(asked), np.zeros(len(asked))
    with torch.no_grad():
        for chosen in batcher.in_order():
            likely = taught.student(batcher.make(chosen)).intent.softmax(dim=-1)
            for place, row in zip(chosen, likely, strict=True):
                intents[place], sure[place] = taught.ontology.intents[int(row.argmax())], float(row.max())
    return intents, sure


def test_slots_of_the_same_names_are_read_the_same(base: Taught, tiny_assistant: Path) -> None:
    dev = load(tiny_assistant, partitions=["dev"]).utterances
    student = adapted(base, base.ontology, base.locales)
    words = base.vocabularies, base.ontology, base.locales
    batch = Batcher(examples_of(dev[:20], *words), 4096).make(np.arange(20))
    with torch.no_grad():
        mine, theirs = student.student(batch), base.student(batch)
    torch.testing.assert_close(mine.slot, theirs.slot)
    torch.testing.assert_close(mine.locale, theirs.locale)
    torch.testing.assert_close(student.student.transitions, base.student.transitions)


def test_slots_are_taken_over_whatever_their_order(base: Taught) -> None:
    turned = Ontology(("stranger",), ("stranger", *base.ontology.slot_types[::-1]))
    student = adapted(base, turned, ("xx-XX",))
    assert student.locales == (*base.locales, "xx-XX")
    known = base.student.transitions[1:, 1:]
    torch.testing.assert_close(student.student.transitions[2:, 2:], known.flip(0, 1))
    torch.testing.assert_close(student.student.network.slot.weight[2:], base.student.network.slot.weight[1:].flip(0))


def test_background_of_an_intent_of_the_same_name_is_ones_own(base: Taught) -> None:
    massive = Ontology(("alarm_set", "news_query"), ())
    background = Background.of(massive, adapted(base, Ontology(("mine", "alarm_set"), ()), ()))
    assert background is not None
    assert {(int(known), int(own)) for known, own in zip(background.known, background.own, strict=True)} == {
        (0, 1),
        (1, -1),
    }
    assert Background.of(Ontology(("unheard_of",), ()), base) is None


def test_a_few_sentences_make_an_assistant_and_other_things_are_doubted(
    base: Taught, tiny_assistant: Path, tmp_path: Path
) -> None:
    data = dataset(TEXTS)
    student = taught(base, data, tmp_path / "work")
    asked = data.only("train")
    intents, sure = said(student, asked)
    assert intents == [u.intent for u in asked]
    foreign = [u for u in load(tiny_assistant, partitions=["dev"]).utterances if u.intent != "timer_set"]
    assert np.median(sure) > np.quantile(said(student, foreign)[1], 0.8)


def test_the_base_stays_as_it_is(base: Taught, tmp_path: Path) -> None:
    before = {name: value.clone() for name, value in base.student.state_dict().items()}
    taught(base, dataset(TEXTS), tmp_path / "work")
    for name, value in base.student.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_equal_sentences_make_equal_students(base: Taught, tmp_path: Path) -> None:
    first, second = (taught(base, dataset(TEXTS), tmp_path / name) for name in ("one", "two"))
    for name, value in first.student.state_dict().items():
        if name != "meanings.weight":
            assert torch.equal(value, second.student.state_dict()[name]), name


def test_many_sentences_teach_all_of_it_and_never_make_it_worse(
    base: Taught, tiny_assistant: Path, tmp_path: Path
) -> None:
    data = load(tiny_assistant, partitions=["train", "dev"], locales=["en-US"])
    lesson = teach_from(base, data, Noise(), LossWeights(), FITTING, tmp_path / "work")
    best, heads = lesson.position.best, lesson.position.dev[0]
    assert lesson.position.step > 0 or lesson.position.best_epoch == -1
    assert best >= heads[1]


def test_new_words_take_rows_that_say_little(base: Taught) -> None:
    texts = segmented([Utterance("1", "en-US", "zyzzyva qwertyuiop zyzzyva", "x")])
    reading = read_texts(texts)
    hashes = reading.bag_counts[0]
    wider = widened(base, reading, 1)
    assert (wider.vocabularies.bag.rows(hashes) >= 0).mean() > (base.vocabularies.bag.rows(hashes) >= 0).mean()
    taken = wider.vocabularies.bag.tags != base.vocabularies.bag.tags
    assert 0 < taken.sum() <= len(hashes)
    assert float(wider.student.bag.vectors()[torch.from_numpy(taken)].abs().max()) == 0
    kept = torch.from_numpy(~taken)
    assert torch.equal(wider.student.bag.vectors()[kept], base.student.bag.vectors()[kept])


def test_what_slots_are_told_of_intents_of_the_same_names_is_kept(base: Taught) -> None:
    first = adapted(base, Ontology(("shop_open", "shop_call"), ()), base.locales)
    told = first.student.network.own_belief
    assert told is not None
    assert not told.weight.any(), "nothing is known of intents that are new"
    told.weight.data.normal_()
    again = adapted(first, Ontology(("news", "shop_call"), ()), base.locales).student.network.own_belief
    assert again is not None
    assert not again.weight[:, 0].any()
    assert torch.equal(again.weight[:, 1], told.weight[:, 1])


def test_what_is_two_slots_to_the_base_may_be_one(base: Taught, tmp_path: Path) -> None:
    """The base splits "five" from "tomorrow"; to a shop it may be one name, and two names side by side are two."""

    def sentence(number: int, names: Sequence[str], partition: str) -> Utterance:
        text, slots = f"call number {number} for", list[Slot]()
        for name in names:
            slots.append(Slot("name", len(text) + 1, len(text) + 1 + len(name)))
            text += f" {name}"
        return Utterance(f"{number}", "en-US", text, "shop_call", tuple(slots), partition)  # type: ignore[arg-type]

    kinds = [("tomorrow five",), ("anna", "five"), ("five", "anna"), ("anna",)]
    utterances = [
        sentence(number, kinds[number % len(kinds)], "dev" if number > 15 else "train") for number in range(20)
    ] + [Utterance(f"t{n}", "en-US", text, "timer_set", (), "train") for n, text in enumerate(TEXTS["timer_set"])]
    data = Dataset(tuple(utterances), Ontology.of(utterances), "shop", "0" * 12)
    own = taught(base, data, tmp_path / "work")
    dev = data.only("dev")
    batch = Batcher(examples_of(dev, own.vocabularies, own.ontology, own.locales), 4096).make(np.arange(len(dev)))
    with torch.no_grad():
        begins = own.student(batch).begins > 0
    inside = batch.labels.slot > 0
    assert torch.equal(begins[inside], batch.labels.begins[inside] > 0)
