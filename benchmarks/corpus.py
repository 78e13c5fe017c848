"""What every system learns from and is asked: a sample of MASSIVE, or the starter assistant in its place."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.systems import Scope
from kiloglot.data import load, starter_path, write_utterances
from kiloglot.text import segment
from kiloglot.values import Partition, Utterance

__all__ = ["ONE_LOCALE", "Corpus", "asked", "make_corpus", "pieces", "utterances"]

ONE_LOCALE = "en-US"
"""The locale of systems that speak one."""

_UNITS = 12  # length of what a system is asked
_TRAIN = {"one": 12_000, "all": 300}  # utterances of a locale that a system learns from, at most
_HELD_OUT = {"one": 2_000, "all": 40}  # and that it is scored on
_QUESTIONS = 2_000
_TAUGHT: Partition = "train"


@dataclass(frozen=True, slots=True)
class Corpus:
    """Where the sample lies and what it is of."""

    folder: Path
    """Holds `<scope>.jsonl`, and `<scope>.json` with what is asked."""
    name: str
    """Name and signature of the data that it was drawn from."""
    locales: tuple[str, ...]
    """Its locales."""


def make_corpus(data: Path | None, folder: Path, seed: int = 0) -> Corpus:
    """Draws the sample from `data`, or from the starter assistant without it. Raises DataError as `load` does."""
    whole = load(data or starter_path())
    folder.mkdir(parents=True)
    scopes: tuple[tuple[Scope, tuple[str, ...]], ...] = (("one", (ONE_LOCALE,)), ("all", whole.locales))
    for scope, locales in scopes:
        by_locale = [[u for u in whole.utterances if u.locale == locale] for locale in locales]
        drawn = [u for own in by_locale for u in _drawn(own, scope, seed)]
        write_utterances(folder / f"{scope}.jsonl", drawn)
        held_out = [[u.text for u in own if u.partition != _TAUGHT] for own in by_locale]
        questions = [piece for texts in held_out for piece in pieces(texts, _UNITS)]
        random.Random(seed).shuffle(questions)
        content = json.dumps(questions[:_QUESTIONS], ensure_ascii=False)
        (folder / f"{scope}.json").write_text(content, encoding="utf-8")
    return Corpus(folder, f"{whole.name}@{whole.signature}", whole.locales)


def _drawn(own: Sequence[Utterance], scope: Scope, seed: int) -> Iterator[Utterance]:
    """At most so many utterances of one locale for learning, and so many of `dev` for scoring."""
    shuffled = random.Random(seed).sample(own, len(own))
    for partition, most in (("train", _TRAIN[scope]), ("dev", _HELD_OUT[scope])):
        yield from [u for u in shuffled if u.partition == partition][:most]


def pieces(texts: Sequence[str], units: int) -> list[str]:
    """The running text of `texts` in pieces of `units` units each: real words, no two pieces alike by design."""
    running = " ".join(texts)
    found = segment(running, len(running) + 1)
    ends = [(found[at].start, found[at + units - 1].end) for at in range(0, len(found) - units + 1, units)]
    return [running[start:end] for start, end in ends]


def utterances(folder: Path, scope: Scope, partition: Partition) -> tuple[Utterance, ...]:
    """The labelled utterances of a scope in a corpus's folder."""
    return load(folder / f"{scope}.jsonl", partitions=(partition,)).utterances


def asked(folder: Path, scope: Scope) -> list[str]:
    """Texts of twelve units that a system is asked, none of which it learned from."""
    questions: list[str] = json.loads((folder / f"{scope}.json").read_text(encoding="utf-8"))
    return questions
