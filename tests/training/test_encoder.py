"""An encoder in ONNX is asked for single words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from kiloglot.errors import ArtifactError
from kiloglot.training import Encoder

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
PIECES = [*SPECIAL, *"abcdefghijklmnopqrstuvwxyz"]
MARKED = {
    "unigram": [*SPECIAL, "▁", "▁a", "▁Lamp", "▁lamp", "s", "ｓ", "▁in▁the", "▁▁", "明日", "\ufffd"],
    "wordpiece": [*SPECIAL, "a", "Lamp", "lamp", "##s", "##ing", "##２"],
}
STATES = np.random.default_rng(0).normal(size=(len(PIECES), 8)).astype(np.float32)


def encoder_at(folder: Path, name: str = "model.onnx", asked: str = "input_ids") -> Path:
    """An encoder that reads letters and has a state of its own for each, whatever stands around it."""
    tokenizer = Tokenizer(models.WordLevel({piece: place for place, piece in enumerate(PIECES)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    return encoder_of(folder, tokenizer, STATES, name=name, asked=asked)


def marked(folder: Path, kind: str) -> Path:
    """An encoder whose tokens begin words or go on inside them: those of XLM-R (`unigram`) or of BERT (`wordpiece`)."""
    pieces = MARKED[kind]
    if kind == "unigram":
        tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in pieces], unk_id=1))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    else:
        tokenizer = Tokenizer(models.WordPiece({piece: n for n, piece in enumerate(pieces)}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
    return encoder_of(folder, tokenizer, states(kind))


def states(kind: str) -> Any:
    return np.random.default_rng(1).normal(size=(len(MARKED[kind]), 8)).astype(np.float32)


def encoder_of(folder: Path, tokenizer: Any, rows: Any, name: str = "model.onnx", asked: str = "input_ids") -> Path:
    """A folder with a tokenizer whose texts are framed as BERT frames them, and a graph that looks its rows up."""
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    inputs = [helper.make_tensor_value_info(each, TensorProto.INT64, ["B", "T"]) for each in (asked, "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["B", "T", 8])
    nodes = [helper.make_node("Gather", ["states", asked], ["last_hidden_state"])]
    table = numpy_helper.from_array(rows, "states")
    graph = helper.make_graph(nodes, "letters", inputs, [output], [table])
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


@pytest.mark.parametrize(
    ("kind", "begin", "go_on", "none"),
    [
        (
            "unigram",
            {"▁a": "a", "▁Lamp": "lamp"},
            {"s": "s", "ｓ": "s", "明日": "明日"},
            ["▁", "▁▁", "▁in▁the", "\ufffd"],
        ),
        ("wordpiece", {"a": "a", "Lamp": "lamp"}, {"##s": "s", "##ing": "ing", "##２": "2"}, []),
    ],
)
def test_a_part_is_normalised_and_says_whether_it_begins_a_word(
    tmp_path: Path, kind: str, begin: dict[str, str], go_on: dict[str, str], none: list[str]
) -> None:
    encoder, place = Encoder(marked(tmp_path, kind)), MARKED[kind].index
    assert {piece: encoder.part(place(piece)) for piece in begin} == {p: (form, False) for p, form in begin.items()}
    assert {piece: encoder.part(place(piece)) for piece in go_on} == {p: (form, True) for p, form in go_on.items()}
    assert {encoder.part(place(piece)) for piece in [*SPECIAL, *none]} == {None}


@pytest.mark.parametrize("kind", MARKED)
def test_running_text_is_split_into_tokens_however_long_it_is(tmp_path: Path, kind: str) -> None:
    encoder = Encoder(marked(tmp_path, kind))
    lamps = [MARKED[kind].index(piece) for piece in {"unigram": ["▁lamp", "s"], "wordpiece": ["lamp", "##s"]}[kind]]
    assert encoder.tokens(["lamps", "", " ".join(["lamps"] * 50)]) == [lamps, [], lamps * 50]


def test_a_token_is_read_as_a_word_of_its_own(tmp_path: Path) -> None:
    encoder = Encoder(marked(tmp_path, "wordpiece"))
    lamp, more = MARKED["wordpiece"].index("lamp"), MARKED["wordpiece"].index("##s")
    found = encoder.encode_tokens([lamp, more, lamp])
    assert found == pytest.approx(
        np.stack([states("wordpiece")[[2, token, 3]].mean(axis=0) for token in (lamp, more, lamp)])
    )
    assert found[0] == pytest.approx(encoder.encode(["lamp"])[0])


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
