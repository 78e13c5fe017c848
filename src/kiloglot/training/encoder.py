"""A pretrained encoder of text as it is exported to ONNX, asked what words, and parts of them, mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kiloglot.errors import ArtifactError
from kiloglot.text import normalise

__all__ = ["Encoded", "Encoder"]

Floats = NDArray[np.float32]

_MODELS, _TOKENIZER = ("model.onnx", "onnx/model.onnx"), "tokenizer.json"
_TOKENS = 24  # of a word at most
_TEXT_TOKENS = 256  # of a text at most
_BATCH_TOKENS = 3072  # read at a time
_WORD = "a"  # any that every tokenizer has
_NO_CHARACTER = "\ufffd"  # what a token of single bytes is written as
_REMEDY = "Name a folder with model.onnx and tokenizer.json, as encoders are exported for ONNX"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text of T tokens as an encoder reads it."""

    tokens: list[int]
    """[T], without those that only frame it."""
    spans: list[tuple[int, int]]
    """[T] half-open offsets of each token in code points of the text."""
    states: Floats
    """[T, width] of each token in the last layer."""


class Encoder:
    """The encoder in a folder; `width` numbers a word."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """Opens it. Raises ArtifactError where there is none, or one that reads something else than tokens."""
        model = next((folder / name for name in _MODELS if (folder / name).is_file()), None)
        if model is None or not (folder / _TOKENIZER).is_file():
            raise ArtifactError("no encoder lies here", path=folder, remedy=_REMEDY)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        # What the tokenizer raises is a bare Exception, and onnxruntime's own share no public base.
        except Exception as fault:
            raise ArtifactError(f"the encoder cannot be opened: {fault}", path=folder, remedy=_REMEDY) from fault
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._before, self._after = self._frame()
        (self._word,) = self.tokens([_WORD])
        self._special = set(self._tokenizer.get_added_tokens_decoder())
        self._asked = {value.name for value in self._session.get_inputs()}
        strange = self._asked - {"input_ids", "attention_mask", "token_type_ids"}
        if strange or "input_ids" not in self._asked:
            problem = f"the encoder reads {', '.join(sorted(self._asked))}"
            raise ArtifactError(problem, path=folder, remedy="It must read input_ids and attention_mask")
        self.width = self.encode([_WORD]).shape[1]

    def encode(self, words: Sequence[str]) -> Floats:
        """[words, width] the mean of each word's token states in the last layer."""
        room = _TOKENS - len(self._before) - len(self._after)
        return self._encoded([tokens[:room] for tokens in self.tokens(words)])

    def encode_tokens(self, tokens: Sequence[int]) -> Floats:
        """[tokens, width] as `encode`, of each token by itself."""
        return self._encoded([[token] for token in tokens])

    def read(self, texts: Sequence[str]) -> list[Encoded]:
        """The texts with the state of every token; what goes on too long is cut."""
        room = _TEXT_TOKENS - len(self._before) - len(self._after)
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        own = [(each.ids[:room], each.offsets[:room]) for each in found]
        first = len(self._before)
        states = {
            place: state[first : first + len(own[place][0])].copy()
            for places, batch, _ in self._batches([tokens for tokens, _ in own])
            for place, state in zip(places, batch, strict=True)
        }
        return [Encoded(tokens, spans, states[place]) for place, (tokens, spans) in enumerate(own)]

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, without those that only frame it."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in found]

    def part(self, token: int) -> tuple[str, bool] | None:
        """How a token is written, normalised, and whether it goes on inside a word; None for what writes no part of a
        word: a special token, a mark alone, a piece of a character, several words.
        """
        if token in self._special:
            return None
        # What the decoder makes of it behind a word tells both, whatever the tokenizer's marks are.
        written = self._decoded([*self._word, token])[len(self._decoded(self._word)) :]
        form = normalise(written.removeprefix(" "))
        if not form or any(character.isspace() or character == _NO_CHARACTER for character in form):
            return None
        return form, not written.startswith(" ")

    def _decoded(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(tokens, skip_special_tokens=False)
        return text

    def _frame(self) -> tuple[list[int], list[int]]:
        """The special tokens before and after a text."""
        framed = self._tokenizer.encode(_WORD)
        own = [place for place, special in enumerate(framed.special_tokens_mask) if not special]
        if not own:
            return framed.ids, []
        return framed.ids[: own[0]], framed.ids[own[-1] + 1 :]

    def _encoded(self, tokens: Sequence[Sequence[int]]) -> Floats:
        """[texts, width] the mean of the states of each text's tokens, the frame included."""
        means = np.zeros((len(tokens), 0), np.float32)
        for places, states, mask in self._batches(tokens):
            share = mask[..., None] / np.maximum(mask.sum(axis=1), 1)[:, None, None]
            if not means.shape[1]:
                means = np.zeros((len(tokens), states.shape[-1]), np.float32)
            means[places] = (states * share).sum(axis=1)
        return means

    def _batches(self, tokens: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Floats, NDArray[np.int64]]]:
        """Texts of like length together: their places, states [B, T, width], frame included, and mask [B, T]."""
        framed = [[*self._before, *own, *self._after] for own in tokens]
        order = sorted(range(len(framed)), key=lambda place: len(framed[place]))
        start = 0
        while start < len(order):
            # The longest of a batch is its last one, and those that follow are longer still.
            size = max(1, _BATCH_TOKENS // max(1, len(framed[order[start]])))
            places = order[start : start + size]
            yield places, *self._states([framed[place] for place in places])
            start += size

    def _states(self, tokens: Sequence[Sequence[int]]) -> tuple[Floats, NDArray[np.int64]]:
        length = max(1, *map(len, tokens))
        ids, mask = np.zeros((2, len(tokens), length), np.int64)
        for row, own in enumerate(tokens):
            ids[row, : len(own)], mask[row, : len(own)] = own, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        return self._session.run(None, {name: given[name] for name in self._asked})[0], mask
