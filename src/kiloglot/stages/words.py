"""`words`: asks an encoder of many languages what words mean, for a student to be told."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.data import load, sha256_of, text_lines
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.stages.record import RECORD, UNFINISHED, StageRecord, resumable_folder, versions
from kiloglot.text import segment
from kiloglot.values import Partition, Utterance

if TYPE_CHECKING:
    from kiloglot.training import Encoder

__all__ = ["VECTORS", "WordsConfig", "WordsReport", "run"]

Floats = NDArray[np.float32]

VECTORS = "words.npz"
"""File of the vectors in the folder of this stage."""

_ASKED: tuple[Partition, ...] = ("train",)
_CHUNK = 4096  # words whose vectors are kept at a time
_LONGEST = 24  # code points of a word; what is longer is a sentence without spaces
_ENOUGH = 50_000  # words that the directions are found from


@dataclass(frozen=True, slots=True)
class WordsConfig:
    """Ask an encoder what words mean."""

    data: Path
    """Labelled utterances whose words of `train` are asked for: a project folder, MASSIVE, or JSONL."""
    encoder: Path
    """Folder of an encoder: model.onnx and tokenizer.json, such as those of multilingual-e5-small."""
    out: Path
    """Folder for the vectors; a killed run goes on where it was."""
    texts: tuple[Path, ...] = ()
    """Files of plain text, whose words are asked for after those of the utterances."""
    min_count: int = 2
    """Times that a word must occur, in the utterances of one locale or in one file."""
    most: int = 400_000
    """Words at most, those first that occur most often."""
    width: int = 128
    """Numbers of a vector that are kept; a multiple of 4."""
    threads: int = 1
    """Cores that the encoder may use."""
    overwrite: bool = False
    """Replace what lies at `out`."""


@dataclass(frozen=True, slots=True)
class WordsReport:
    """What was asked."""

    out: Path
    """Folder of the vectors."""
    words: int
    """How many have one."""
    kept: float
    """Share of the encoder's variance that the kept directions hold, in [0, 1]."""
    seconds: float
    """Time of this process."""


def run(config: WordsConfig, progress: Progress = SILENT) -> WordsReport:
    """Encodes the words and writes their vectors into `config.out`."""
    began = time.monotonic()
    try:
        from kiloglot.training import Encoder, WordVectors
    except ModuleNotFoundError as missing:
        raise MissingExtraError("asking an encoder", "train") from missing
    _check(config)
    encoder = Encoder(config.encoder, threads=config.threads)
    data = load(config.data, partitions=_ASKED)
    words = _asked_for(data.utterances, config)
    texts = [sha256_of(path) for path in config.texts]
    same = {"threads": 0, "overwrite": False, "data": data.signature, "texts": texts, "versions": versions()}
    asked: dict[str, Any] = {**asdict(config), **same}
    with resumable_folder(
        config.out, asked, ours=(RECORD, VECTORS), overwrite=config.overwrite, progress=progress
    ) as out:
        forms = [word.form for word in words]
        meant = _encoded(forms, encoder, out / UNFINISHED, progress)
        vectors, kept = _directions(meant, words, config.width)
        WordVectors(np.array(forms), vectors).write(out / VECTORS)
        report = WordsReport(config.out, len(words), kept, time.monotonic() - began)
        StageRecord("words", asdict(config), {"data": data.signature}, asdict(report), report.seconds).write(out)
    return report


def _check(config: WordsConfig) -> None:
    """Raises ConfigError for a setting that cannot be."""
    if config.width < 4 or config.width % 4:
        raise ConfigError(f"width is {config.width}", remedy="It can be a multiple of 4")
    for name in ("min_count", "most", "threads"):
        if getattr(config, name) < 1:
            raise ConfigError(f"{name} is {getattr(config, name)}", remedy="It can be 1 or more")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word that is asked for."""

    form: str
    """How it is written."""
    home: str
    """The locale, or the file, where it occurs most often."""
    count: int
    """How many utterances have it there, 0 in a file."""
    worth: float
    """Its inverse document frequency there (Sparck Jones 1972)."""


def _asked_for(utterances: Sequence[Utterance], config: WordsConfig) -> list[_Word]:
    """The words, those first that occur most often. Raises DataError where there is none."""
    size = Counter(utterance.locale for utterance in utterances)
    told = Counter((form, u.locale) for u in utterances for form in {unit.form for unit in segment(u.text)})
    found = dict[str, _Word]()
    for (form, locale), count in told.items():
        if count >= config.min_count and (form not in found or count > found[form].count) and len(form) <= _LONGEST:
            found[form] = _Word(form, locale, count, math.log((1 + size[locale]) / (1 + count)) + 1)
    rarest = math.log(1 + max(size.values(), default=0)) + 1
    for path in config.texts:
        for form, count in _forms(path).items():
            if form not in found and count >= config.min_count and len(form) <= _LONGEST:
                found[form] = _Word(form, str(path), 0, rarest)
    if not found:
        problem = f"no word occurs {config.min_count} times"
        raise DataError(problem, path=config.data, remedy="Give more data, or a smaller --min-count")
    return sorted(found.values(), key=lambda word: -word.count)[: config.most]


def _forms(path: Path) -> Counter[str]:
    """How often each word of a text occurs."""
    found = Counter[str]()
    for line in text_lines(path):
        found.update(unit.form for unit in segment(line))
    return found


def _encoded(words: Sequence[str], encoder: Encoder, folder: Path, progress: Progress) -> Floats:
    """[words, encoder's width]; each chunk is kept in `folder` as soon as it is there."""
    parts = []
    with progress.task("Encoding", len(words), "words") as task:
        for start in range(0, len(words), _CHUNK):
            chunk = words[start : start + _CHUNK]
            path = folder / f"{start}.npy"
            if not path.exists():
                half = path.with_suffix(".half")
                with half.open("wb") as file:
                    np.save(file, encoder.encode(chunk).astype(np.float16))
                half.rename(path)
            parts.append(np.load(path).astype(np.float32))
            task.advance(len(chunk))
    return np.concatenate(parts)


def _directions(meant: Floats, words: Sequence[_Word], width: int) -> tuple[Floats, float]:
    """`meant` [W, any] in the `width` directions that tell words apart most, as long as the words are worth; and the
    share of the variance that these hold.

    What all words of a language have in common says nothing. Every number of the encoder counts alike, since a few of
    them would drown the rest (Timkey and van Schijndel 2021).
    """
    _, home = np.unique([word.home for word in words], return_inverse=True)
    told = meant - _means(meant, home)[home]
    told /= np.maximum(told.std(axis=0), 1e-6)
    worth = np.array([word.worth for word in words], np.float32)
    told *= worth[:, None] / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
    some = told[:_ENOUGH]
    values, directions = np.linalg.eigh(some.T @ some)
    kept = directions[:, ::-1][:, :width]
    vectors = np.zeros((len(told), width), np.float32)
    vectors[:, : kept.shape[1]] = told @ kept
    share = values[::-1][:width].sum() / max(float(values.sum()), 1e-12)
    return vectors / np.maximum(vectors.std(), 1e-6), float(share)


def _means(meant: Floats, home: NDArray[np.int64]) -> Floats:
    """[homes, any] the mean of the words of each home."""
    sums = np.zeros((int(home.max()) + 1, meant.shape[1]), np.float32)
    np.add.at(sums, home, meant)
    means: Floats = sums / np.bincount(home).astype(np.float32)[:, None]
    return means
