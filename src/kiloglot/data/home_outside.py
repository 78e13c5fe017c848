"""Plain text and pieces of sentences as what no home can do, those first that are most like commands."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from kiloglot.data.formats import Notes
from kiloglot.data.home import home_locale
from kiloglot.data.lines import text_lines
from kiloglot.errors import DataError
from kiloglot.text import canonical_locale, segment
from kiloglot.values import OUTSIDE, Partition, Utterance

__all__ = ["outside_pieces", "outside_text"]

_WRITTEN: dict[Partition, int] = {"train": 1200, "dev": 20, "test": 20}  # sentences of a locale
_LONGEST = 120  # code points of a sentence
_ALIKE = 0.5  # share of those of train that are most like commands; the rest are drawn
_COMMAND = 1.2  # likeness from which on a sentence may be a command indeed: "turn off the lights"
_FEW_WORDS = 4  # a sentence of fewer counts as one of so many, or single words would always be first
_PIECES = 400  # of a locale
_PIECE = 3  # words, at most; a Chinese word counts as three characters


def outside_text(
    folder: Path, commands: Iterable[Utterance], locales: Collection[str], seed: int, notes: Notes
) -> Iterator[Utterance]:
    """Sentences of plain text, `<language>.txt` with one a line, as what no home can do: some of each of `locales`.

    Half of those of `train` are those whose words are most those of the locale's `commands`: "the light was on".
    Those that may be commands indeed are left out and noted. Raises DataError where the folder has no such file.
    """
    files = sorted(folder.glob("*.txt"))
    if not files:
        raise DataError("holds no <language>.txt", remedy="Name a folder of plain text, a sentence a line", path=folder)
    said: dict[str, list[str]] = {}
    for command in commands:
        if command.partition == "train":
            said.setdefault(command.locale, []).append(command.text)
    for file in files:
        try:
            locale = home_locale(canonical_locale(file.stem))
        except DataError:
            continue  # A dialect that has no tag of its own, as `rm-sursilv`.
        if locale in locales:
            lines = sorted({line for line in text_lines(file) if len(line) <= _LONGEST})
            yield from _chosen(lines, said.get(locale, []), locale, seed, notes)


def _chosen(lines: Sequence[str], said: Sequence[str], locale: str, seed: int, notes: Notes) -> Iterator[Utterance]:
    likeness = _likeness(said, lines) if said else lambda line: 0.0
    kept = [line for line in lines if likeness(line) < _COMMAND]
    if len(kept) < len(lines):
        likeliest = max(lines, key=likeness)
        notes.add("sentences of plain text that may be commands", likeliest, len(lines) - len(kept))
    drawn = sorted(kept, key=lambda line: _digest(seed, locale, line))
    at = 0
    for partition in ("dev", "test", "train"):
        most = _WRITTEN[partition]
        chosen = drawn[at : at + most]
        if partition == "train" and said:
            alike = sorted(drawn[at:], key=likeness, reverse=True)[: round(most * _ALIKE)]
            chosen = list(dict.fromkeys((*alike, *chosen)))[:most]
        for number, line in enumerate(chosen):
            yield Utterance(f"text/{locale}/{at + number}", locale, line, OUTSIDE, (), partition, "", 1.0)
        at += most


def _likeness(said: Sequence[str], lines: Sequence[str]) -> Callable[[str], float]:
    """How much a line's words are those of what is said: their mean log-odds, as of naive Bayes."""
    commands, others = _in(said), _in(lines)
    known = {
        word: math.log((commands[word] + 0.5) / len(said)) - math.log((others[word] + 0.5) / len(lines))
        for word in commands | others
    }

    def likeness(line: str) -> float:
        words = _words(line)
        return sum(map(known.__getitem__, words)) / max(_FEW_WORDS, len(words))

    return likeness


def outside_pieces(utterances: Sequence[Utterance], seed: int) -> Iterator[Utterance]:
    """One to three words in a row of what is outside in `train`, none of them said in the locale's commands.

    Without them a single word that was never seen is taken for the command that it looks most like.
    """
    commands: dict[str, set[str]] = {}
    others: dict[str, list[Utterance]] = {}
    for u in utterances:
        if u.intent != OUTSIDE:
            commands.setdefault(u.locale, set()).update(_words(u.text))
        elif u.partition == "train":
            others.setdefault(u.locale, []).append(u)
    for locale, own in others.items():
        pieces = dict.fromkeys(piece for u in own if (piece := _piece(u, commands.get(locale, set()), seed)))
        drawn = sorted(pieces, key=lambda piece: _digest(seed, locale, piece))[:_PIECES]
        for at, piece in enumerate(drawn):
            yield Utterance(f"piece/{locale}/{at}", locale, piece, OUTSIDE, (), "train", "", 1.0)


def _piece(utterance: Utterance, commands: Collection[str], seed: int) -> str:
    """A piece of an utterance, empty where its words are said in commands."""
    units = segment(utterance.text)
    chance = int.from_bytes(_digest(seed, utterance.locale, utterance.id)[:8])
    size = 1 + chance % _PIECE
    start = chance // _PIECE % max(1, len(units))
    piece = units[start : start + size * (3 if units and units[start].character else 1)]
    if not piece or any(unit.form in commands for unit in piece):
        return ""
    return utterance.text[piece[0].start : piece[-1].end]


def _in(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each word is."""
    return Counter(word for text in texts for word in set(_words(text)))


def _words(text: str) -> list[str]:
    return [unit.form for unit in segment(text)]


def _digest(seed: int, *words: str) -> bytes:
    return hashlib.sha256("\0".join((str(seed), *words)).encode("utf-8", "surrogatepass")).digest()
