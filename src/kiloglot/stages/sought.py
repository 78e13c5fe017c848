"""Which words and parts of words occur often enough to ask an encoder what they mean."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kiloglot.data import text_lines
from kiloglot.progress import SILENT, Progress
from kiloglot.text import LONGEST_PART, letters, normalise, segment
from kiloglot.values import Utterance

if TYPE_CHECKING:
    from kiloglot.training import Encoder

__all__ = ["Sought", "sought"]

_CHUNK = 4096  # texts read at a time
_LONGEST_WORD = 24  # code points; what is longer is a sentence without spaces


_Item = TypeVar("_Item", bound=Hashable)
_Counts = Counter[tuple[_Item, str]]  # texts that have an item, in each home


@dataclass(frozen=True, slots=True)
class Sought:
    """A word, or a part of words, that an encoder is asked for."""

    form: str
    """How it is written, normalised."""
    inside: bool
    """Whether it goes on inside a word, rather than being one or beginning one."""
    token: int | None
    """The encoder's token that writes a part; None for a word."""
    home: str
    """The locale, or for want of one the file, where it occurs most often."""
    plain: bool
    """Whether only utterances beside, or files, have it."""
    count: int
    """Utterances of its home, or lines of the file, that have it."""
    worth: float
    """Its inverse document frequency among the utterances of its home (Sparck Jones 1972)."""

    @property
    def rank(self) -> tuple[bool, int, str, bool, int]:
        """The smaller, the sooner it is asked for. No two are alike: a killed run finds the same order again."""
        return self.plain, -self.count, self.form, self.inside, self.token or 0


@dataclass(frozen=True, slots=True)
class _Source:
    """Texts that are counted together."""

    texts: Iterable[tuple[str, str]]
    """Home and text of each."""
    length: int
    """How many there are."""
    unit: str
    """What they are called."""
    plain: bool
    """Whether they come after all that is labelled as the student will be."""


def sought(
    utterances: Sequence[Utterance],
    beside: Sequence[Utterance],
    files: Sequence[Path],
    encoder: Encoder,
    *,
    least_words: int,
    least_parts: int,
    progress: Progress = SILENT,
) -> list[Sought]:
    """Words that `least_words` utterances of one locale have, or lines of one file, and tokens of the encoder that
    `least_parts` have: those first that most utterances have, those that only utterances `beside` or files have last.

    A token that begins words, and is one as well, is asked for as that word.
    """
    size = Counter(utterance.locale for utterance in utterances)
    words, parts = dict[str, Sought](), dict[int, Sought]()
    for source in _sources(utterances, beside, files):
        said, tokens = _counted(source, encoder, progress)
        for form, home, count in _often(said, least_words):
            if len(form) <= _LONGEST_WORD:
                worth = _worth(size, source, home, count)
                words.setdefault(form, Sought(form, False, None, home, source.plain, count, worth))
        for token, home, count in _often(tokens, least_parts):
            if part := encoder.part(token):
                worth = _worth(size, source, home, count)
                parts.setdefault(token, Sought(*part, token, home, source.plain, count, worth))
    return _together(words.values(), parts.values())


def _sources(utterances: Sequence[Utterance], beside: Sequence[Utterance], files: Sequence[Path]) -> Iterator[_Source]:
    for own, plain in ((utterances, False), (beside, True)):
        yield _Source([(each.locale, each.text) for each in own], len(own), "utterances", plain)
    for path in files:
        yield _Source(((str(path), line) for line in text_lines(path)), sum(1 for _ in text_lines(path)), "lines", True)


def _counted(source: _Source, encoder: Encoder, progress: Progress) -> tuple[_Counts[str], _Counts[int]]:
    """How many texts of each home have each word, and each token."""
    words, tokens, texts = Counter[tuple[str, str]](), Counter[tuple[int, str]](), iter(source.texts)
    with progress.task("Counting", source.length, source.unit) as task:
        while chunk := list(islice(texts, _CHUNK)):
            tokens_of = encoder.tokens([normalise(text) for _, text in chunk])
            for (home, text), own in zip(chunk, tokens_of, strict=True):
                words.update({(unit.form, home) for unit in segment(text)})
                tokens.update({(token, home) for token in own})
            task.advance(len(chunk))
    return words, tokens


def _often(counts: _Counts[_Item], least: int) -> Iterator[tuple[_Item, str, int]]:
    """What `least` texts of one home have: the item, where most of them are, how many those are."""
    best = dict[_Item, tuple[int, str]]()
    for (item, home), count in counts.items():
        if count >= least:
            best[item] = min(best.get(item, (0, "")), (-count, home))
    return ((item, home, -count) for item, (count, home) in best.items())


def _worth(size: Counter[str], source: _Source, home: str, count: int) -> float:
    """Of what is only beside: as of what no utterance of the largest locale has."""
    utterances, having = (max(size.values(), default=0), 0) if source.plain else (size[home], count)
    return math.log((1 + utterances) / (1 + having)) + 1


def _together(words: Iterable[Sought], parts: Iterable[Sought]) -> list[Sought]:
    """Each form once, as a word where it is one."""
    found = {(word.form, word.inside): word for word in words}
    for part in sorted(parts, key=lambda each: each.rank):
        if len(letters(part.form)) <= LONGEST_PART:
            known = found.setdefault((part.form, part.inside), part)
            if part.rank < known.rank:
                found[part.form, part.inside] = replace(known, plain=part.plain, count=part.count)
    return sorted(found.values(), key=lambda each: each.rank)
