"""`words`: asks an encoder of many languages what words mean, for a student to be told."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
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
    worth = _worth(data.utterances, config)
    texts = [sha256_of(path) for path in config.texts]
    same = {"threads": 0, "overwrite": False, "data": data.signature, "texts": texts, "versions": versions()}
    asked: dict[str, Any] = {**asdict(config), **same}
    with resumable_folder(
        config.out, asked, ours=(RECORD, VECTORS), overwrite=config.overwrite, progress=progress
    ) as out:
        meant = _encoded(list(worth), encoder, out / UNFINISHED, progress)
        vectors, kept = _directions(meant, np.array(list(worth.values()), np.float32), config.width)
        WordVectors(np.array(list(worth)), vectors).write(out / VECTORS)
        report = WordsReport(config.out, len(worth), kept, time.monotonic() - began)
        StageRecord("words", asdict(config), {"data": data.signature}, asdict(report), report.seconds).write(out)
    return report


def _check(config: WordsConfig) -> None:
    """Raises ConfigError for a setting that cannot be."""
    if config.width < 4 or config.width % 4:
        raise ConfigError(f"width is {config.width}", remedy="It can be a multiple of 4")
    for name in ("min_count", "most", "threads"):
        if getattr(config, name) < 1:
            raise ConfigError(f"{name} is {getattr(config, name)}", remedy="It can be 1 or more")


def _worth(utterances: Sequence[Utterance], config: WordsConfig) -> Mapping[str, float]:
    """What each word is worth, by how few utterances of a locale have it: its inverse document frequency (Sparck Jones
    1972), where it is most frequent. The words that occur most often come first.

    Raises DataError where there is none.
    """
    size = Counter(utterance.locale for utterance in utterances)
    told = Counter((form, u.locale) for u in utterances for form in {unit.form for unit in segment(u.text)})
    often, worth = dict[str, int](), dict[str, float]()
    for (form, locale), count in told.items():
        if count >= config.min_count and count > often.get(form, 0) and len(form) <= _LONGEST:
            often[form], worth[form] = count, math.log((1 + size[locale]) / (1 + count)) + 1
    rarest = math.log(1 + max(size.values(), default=0)) + 1
    for path in config.texts:
        for form, count in _forms(path).items():
            if form not in often and count >= config.min_count and len(form) <= _LONGEST:
                often[form], worth[form] = -1, rarest
    if not worth:
        problem = f"no word occurs {config.min_count} times"
        raise DataError(problem, path=config.data, remedy="Give more data, or a smaller --min-count")
    ranked = sorted(often, key=lambda form: -often[form])[: config.most]
    return {form: worth[form] for form in ranked}


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


def _directions(meant: Floats, worth: Floats, width: int) -> tuple[Floats, float]:
    """`meant` [W, any] in the `width` directions that tell words apart most, as long as they are worth; and the share
    of the variance that these hold.

    Every number of the encoder counts alike, since a few of them would drown the rest (Timkey and van Schijndel 2021).
    """
    spread = np.maximum(meant.std(axis=0), 1e-6)
    told = (meant - meant.mean(axis=0)) / spread
    told *= worth[:, None] / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
    some = told[:_ENOUGH]
    values, directions = np.linalg.eigh(some.T @ some)
    kept = directions[:, ::-1][:, :width]
    vectors = np.zeros((len(told), width), np.float32)
    vectors[:, : kept.shape[1]] = told @ kept
    share = values[::-1][:width].sum() / max(float(values.sum()), 1e-12)
    return vectors / np.maximum(vectors.std(), 1e-6), float(share)
