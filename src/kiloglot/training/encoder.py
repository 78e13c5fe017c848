"""A pretrained encoder of text as it is exported to ONNX, asked what single words mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from kiloglot.errors import ArtifactError

__all__ = ["Encoder"]

Floats = NDArray[np.float32]

_MODELS, _TOKENIZER = ("model.onnx", "onnx/model.onnx"), "tokenizer.json"
_TOKENS = 24  # of a word at most
_BATCH_TOKENS = 3072  # read at a time
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
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.no_padding()
        self._asked = {value.name for value in self._session.get_inputs()}
        strange = self._asked - {"input_ids", "attention_mask", "token_type_ids"}
        if strange or "input_ids" not in self._asked:
            problem = f"the encoder reads {', '.join(sorted(self._asked))}"
            raise ArtifactError(problem, path=folder, remedy="It must read input_ids and attention_mask")
        self.width = self.encode(["a"]).shape[1]

    def encode(self, words: Sequence[str]) -> Floats:
        """[words, width] the mean of each word's token states in the last layer."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(words))]
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        found: dict[int, Floats] = {}
        start = 0
        while start < len(order):
            # The longest of a batch is its last one, and those that follow are longer still.
            size = max(1, _BATCH_TOKENS // max(1, len(tokens[order[start]])))
            chosen = order[start : start + size]
            found.update(zip(chosen, self._means([tokens[place] for place in chosen]), strict=True))
            start += size
        return np.stack([found[place] for place in range(len(tokens))])

    def _means(self, tokens: Sequence[Sequence[int]]) -> Floats:
        length = max(1, *map(len, tokens))
        ids, mask = np.zeros((2, len(tokens), length), np.int64)
        for row, own in enumerate(tokens):
            ids[row, : len(own)], mask[row, : len(own)] = own, 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: given[name] for name in self._asked})[0]
        share = mask[..., None] / np.maximum(mask.sum(axis=1), 1)[:, None, None]
        return np.asarray((states * share).sum(axis=1), np.float32)
