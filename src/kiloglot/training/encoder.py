"""A pretrained encoder of text as it is exported to ONNX, asked what single words, and parts of them, mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kiloglot.errors import ArtifactError
from kiloglot.text import normalise

__all__ = ["Encoder"]

Floats = NDArray[np.float32]

_MODELS, _TOKENIZER = ("model.onnx", "onnx/model.onnx"), "tokenizer.json"
_TOKENS = 24  # of a word at most
_BATCH_TOKENS = 3072  # read at a time
_WORD = "a"  # any that every tokenizer has
_NO_CHARACTER = "\ufffd"  # what a token of single bytes is written as
_REMEDY = "Name a folder with model.onnx and tokenizer.json, as encoders are exported for ONNX"


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
        framed = [[*self._before, *own, *self._after] for own in tokens]
        order = sorted(range(len(framed)), key=lambda place: len(framed[place]))
        found: dict[int, Floats] = {}
        start = 0
        while start < len(order):
            # The longest of a batch is its last one, and those that follow are longer still.
            size = max(1, _BATCH_TOKENS // max(1, len(framed[order[start]])))
            chosen = order[start : start + size]
            found.update(zip(chosen, self._means([framed[place] for place in chosen]), strict=True))
            start += size
        return np.stack([found[place] for place in range(len(framed))])

    def _means(self, tokens: Sequence[Sequence[int]]) -> Floats:
        length = max(1, *map(len, tokens))
        ids, mask = np.zeros((2, len(tokens), length), np.int64)
        for row, own in enumerate(tokens):
            ids[row, : len(own)], mask[row, : len(own)] = own, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: given[name] for name in self._asked})[0]
        share = mask[..., None] / np.maximum(mask.sum(axis=1), 1)[:, None, None]
        return np.asarray((states * share).sum(axis=1), np.float32)
