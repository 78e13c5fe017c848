"""An encoder in ONNX is asked for single words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from kiloglot.errors import ArtifactError
from kiloglot.training import Encoder

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefghijklmnopqrstuvwxyz"]
STATES = np.random.default_rng(0).normal(size=(len(PIECES), 8)).astype(np.float32)


def encoder_at(folder: Path, name: str = "model.onnx", asked: str = "input_ids") -> Path:
    """An encoder that reads letters and has a state of its own for each, whatever stands around it."""
    tokenizer = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    inputs = [helper.make_tensor_value_info(each, TensorProto.INT64, ["B", "T"]) for each in (asked, "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["B", "T", 8])
    nodes = [helper.make_node("Gather", ["states", asked], ["last_hidden_state"])]
    graph = helper.make_graph(nodes, "letters", inputs, [output], [numpy_helper.from_array(STATES, "states")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])
    model.ir_version = 9
    (folder / name).parent.mkdir(exist_ok=True)
    onnx.save(model, str(folder / name))
    return folder


@pytest.mark.parametrize("name", ["model.onnx", "onnx/model.onnx"])
def test_a_word_is_the_mean_of_its_tokens(tmp_path: Path, name: str) -> None:
    words = ["lamp", "a", "unbelievably", "", "lamp"]
    found = Encoder(encoder_at(tmp_path, name)).encode(words)
    for word, vector in zip(words, found, strict=True):
        pieces = [PIECES.index(piece) for piece in ("[CLS]", *word, "[SEP]")]
        assert vector == pytest.approx(STATES[pieces].mean(axis=0), abs=1e-5)


def test_many_words_are_read_as_each_alone(tmp_path: Path) -> None:
    encoder = Encoder(encoder_at(tmp_path))
    words = ["".join(np.random.default_rng(seed).choice(list("abcdef"), 1 + seed % 30)) for seed in range(700)]
    alone = np.concatenate([encoder.encode([word]) for word in words])
    assert encoder.encode(words) == pytest.approx(alone, abs=1e-5)


def test_what_is_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no encoder lies here"):
        Encoder(tmp_path)
    folder = encoder_at(tmp_path / "strange", asked="pixels")
    with pytest.raises(ArtifactError, match="reads attention_mask, pixels"):
        Encoder(folder)
    for broken in ("tokenizer.json", "model.onnx"):
        folder = encoder_at(tmp_path / broken)
        (folder / broken).write_text("{}", encoding="utf-8")
        with pytest.raises(ArtifactError, match="cannot be opened"):
            Encoder(folder)
