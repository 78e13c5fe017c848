"""`words`: asks an encoder of many languages what words and parts of words mean, for a student to be told."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kiloglot.data import load, sha256_of, text_lines
from kiloglot.errors import ConfigError, DataError, MissingExtraError
from kiloglot.progress import SILENT, Progress
from kiloglot.stages.chunks import kept
from kiloglot.stages.contexts import Sentences, in_context
from kiloglot.stages.record import RECORD, UNFINISHED, StageRecord, resumable_folder, versions
from kiloglot.stages.sought import Sought, sought
from kiloglot.values import Partition, Utterance

if TYPE_CHECKING:
    from kiloglot.training import Encoder

__all__ = ["VECTORS", "WordsConfig", "WordsReport", "run"]

Floats = NDArray[np.float32]

VECTORS = "words.npz"
"""File of the vectors in the folder of this stage."""

_ASKED: tuple[Partition, ...] = ("train",)
_CHUNK = 4096  # words, or parts, whose vectors are kept at a time
_ENOUGH = 50_000  # words and parts that the directions are found from


@dataclass(frozen=True, slots=True)
class WordsConfig:
    """Ask an encoder what words mean."""

    data: Path
    """Labelled utterances, for the words of `train` and their parts: a project folder, MASSIVE, or JSONL."""
    encoder: Path
    """Folder of an encoder: model.onnx and tokenizer.json, such as those of multilingual-e5-small."""
    out: Path
    """Folder for the vectors; a killed run goes on where it was."""
    beside: Path | None = None
    """More utterances, in one of the same forms, whose words and parts of words are asked for after those of `data`."""
    texts: tuple[Path, ...] = ()
    """Files of plain text, whose words and parts of words are asked for last."""
    min_count: int = 5
    """Utterances of one locale, or lines of one file, that must have a word."""
    min_count_parts: int = 2
    """Utterances of one locale, or lines of one file, that must have a part of a word: a token of the encoder."""
    most: int = 400_000
    """Words and parts at most, those first that most utterances of one locale have."""
    contexts: int = 4
    """Sentences at least in which each is read as well, where there are so many; 0: each is only read by itself."""
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
    """How many words have one."""
    parts: int
    """How many parts of words have one."""
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
    beside = load(config.beside, partitions=_ASKED) if config.beside else None
    words = _asked_for(data.utterances, beside.utterances if beside else (), encoder, config, progress)
    texts = [sha256_of(path) for path in config.texts]
    signatures = {"data": data.signature, **({"beside": beside.signature} if beside else {})}
    same = {"threads": 0, "overwrite": False, **signatures, "texts": texts, "versions": versions()}
    asked: dict[str, Any] = {**asdict(config), **same}
    with resumable_folder(
        config.out, asked, ours=(RECORD, VECTORS), overwrite=config.overwrite, progress=progress
    ) as out:
        meant = [_encoded(words, encoder, out / UNFINISHED, progress)]
        if config.contexts:
            sentences = Sentences(words, encoder, config.contexts)
            for source in _texts(data.utterances, beside.utterances if beside else (), config.texts):
                sentences.choose(source, progress)
            meant.append(in_context(sentences, len(words), encoder.width, out / UNFINISHED, progress))
        vectors, kept = _directions(meant, words, config.width)
        forms, inside = (np.array([getattr(each, name) for each in words]) for name in ("form", "inside"))
        WordVectors(forms, inside, vectors).write(out / VECTORS)
        parts = sum(each.token is not None for each in words)
        report = WordsReport(config.out, len(words) - parts, parts, kept, time.monotonic() - began)
        StageRecord("words", asdict(config), signatures, asdict(report), report.seconds).write(out)
    return report


def _check(config: WordsConfig) -> None:
    """Raises ConfigError for a setting that cannot be."""
    if config.width < 4 or config.width % 4:
        raise ConfigError(f"width is {config.width}", remedy="It can be a multiple of 4")
    for name, least in (("min_count", 1), ("min_count_parts", 1), ("most", 1), ("contexts", 0), ("threads", 1)):
        if getattr(config, name) < least:
            raise ConfigError(f"{name} is {getattr(config, name)}", remedy=f"It can be {least} or more")


def _asked_for(
    utterances: Sequence[Utterance],
    beside: Sequence[Utterance],
    encoder: Encoder,
    config: WordsConfig,
    progress: Progress,
) -> list[Sought]:
    """Raises DataError where there is nothing."""
    found = sought(
        utterances,
        beside,
        config.texts,
        encoder,
        least_words=config.min_count,
        least_parts=config.min_count_parts,
        progress=progress,
    )
    if not found:
        problem = f"no word occurs {config.min_count} times, and no part of one {config.min_count_parts} times"
        raise DataError(problem, path=config.data, remedy="Give more data, or a smaller --min-count")
    return found[: config.most]


def _texts(
    utterances: Sequence[Utterance], beside: Sequence[Utterance], files: Sequence[Path]
) -> Iterator[Iterable[str]]:
    """What is read, one source after another."""
    for own in (utterances, beside):
        yield (utterance.text for utterance in own)
    yield from map(text_lines, files)


def _encoded(asked: Sequence[Sought], encoder: Encoder, folder: Path, progress: Progress) -> Floats:
    """[asked, encoder's width]; each chunk is kept in `folder` as soon as it is there."""
    meant = np.zeros((len(asked), encoder.width), np.float32)
    places = np.arange(len(asked))
    parts = np.array([each.token is not None for each in asked])
    with progress.task("Encoding", len(asked), "words and parts") as task:
        for kind, own in (("words", places[~parts]), ("parts", places[parts])):
            for start in range(0, len(own), _CHUNK):
                chunk = own[start : start + _CHUNK]
                make = partial(_said, [asked[place] for place in chunk], encoder)
                meant[chunk] = kept(folder / f"{kind}-{start}.npz", make)["meant"]
                task.advance(len(chunk))
    return meant


def _said(asked: Sequence[Sought], encoder: Encoder) -> dict[str, NDArray[np.float16]]:
    """What are all words, or all parts, is `meant` to be, [asked, encoder's width]."""
    tokens = [each.token for each in asked if each.token is not None]
    meant = encoder.encode_tokens(tokens) if tokens else encoder.encode([each.form for each in asked])
    return {"meant": meant.astype(np.float16)}


def _directions(meant: Sequence[Floats], asked: Sequence[Sought], width: int) -> tuple[Floats, float]:
    """What was `meant` [W, any], by itself and in sentences, in the `width` directions that tell words apart most, as
    long as the words are worth; and the share of the variance that these hold.
    """
    groups = dict[tuple[str, bool], int]()
    group = np.array([groups.setdefault((each.home, each.token is None), len(groups)) for each in asked])
    told = np.concatenate([_told(each, group) for each in meant], axis=1)
    worth = np.array([each.worth for each in asked], np.float32)
    told *= worth[:, None] / np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
    some = told[:_ENOUGH]
    values, directions = np.linalg.eigh(some.T @ some)
    kept = directions[:, ::-1][:, :width]
    vectors = np.zeros((len(told), width), np.float32)
    vectors[:, : kept.shape[1]] = told @ kept
    share = values[::-1][:width].sum() / max(float(values.sum()), 1e-12)
    return vectors / np.maximum(vectors.std(), 1e-6), float(share)


def _told(meant: Floats, group: NDArray[np.int64]) -> Floats:
    """What each of `meant` [W, any] says that the others of its `group` [W] do not, of length 1; zeros stay.

    What all words of a language have in common says nothing, nor what all parts have. Every number of the encoder
    counts alike, since a few of them would drown the rest (Timkey and van Schijndel 2021).
    """
    there: NDArray[np.bool_] = np.any(meant, axis=1)
    told = np.where(there[:, None], meant - _means(meant, group, there)[group], 0).astype(np.float32)
    told /= np.maximum(told[there].std(axis=0) if there.any() else 0, 1e-6)
    lengths = np.maximum(np.linalg.norm(told, axis=1, keepdims=True), 1e-6)
    return np.asarray(told / lengths, np.float32)


def _means(meant: Floats, group: NDArray[np.int64], there: NDArray[np.bool_]) -> Floats:
    """[groups, any] the mean of those words of each group that are `there` [W]."""
    groups = int(group.max()) + 1
    sums = np.zeros((groups, meant.shape[1]), np.float32)
    np.add.at(sums, group[there], meant[there])
    counts = np.bincount(group[there], minlength=groups)
    means: Floats = sums / np.maximum(counts, 1).astype(np.float32)[:, None]
    return means
