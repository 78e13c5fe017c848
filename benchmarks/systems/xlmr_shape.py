"""An encoder of the shape of XLM-R Base (Conneau et al. 2020: 12 layers of width 768) with random weights, in int8 and
in torch.

Its answers mean nothing and its cost is that of the real one: the arithmetic does not depend on the weights. Splitting
a text into tokens is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.systems import Made, System

__all__ = ["SYSTEMS"]

_LAYERS, _WIDTH, _HEADS, _INNER = 12, 768, 12, 3072
_VOCABULARY, _POSITIONS = 250_002, 514
_TOKENS = 18  # pieces that XLM-R's vocabulary makes of twelve words, about
_OPSET = 20
_FULL, _STATE = "full.onnx", "model.pt"


def _make(corpus: Path, model: str, folder: Path) -> Made:
    """Writes the graph in float32, and int8 as onnxruntime's own dynamic quantisation makes it."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full = folder.with_name(_FULL)
    onnx.save_model(_graph(), full)
    quantize_dynamic(full, folder / "model.onnx", weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
    full.unlink()
    return Made(learned=0)


def _load(folder: Path) -> Callable[[str], Any]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    return lambda text: session.run(None, {"tokens": _tokens(text)})


def _tokens(text: str) -> Any:
    """Ids [1, tokens] that stand for those of `text`."""
    import numpy as np

    return np.resize(np.frombuffer(text.encode("utf-8"), np.uint8), (1, _TOKENS)).astype(np.int64) * 977


def _graph() -> Any:
    """The network of one utterance: token ids [1, tokens] -> vectors [1, tokens, width]."""
    import numpy as np
    from onnx import TensorProto, helper

    rng = np.random.default_rng(0)
    weights = _Weights(rng)
    nodes = [*_embedded(weights), *(node for layer in range(_LAYERS) for node in _layer(weights, layer))]
    graph = helper.make_graph(
        nodes,
        "xlmr_base_shape",
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, _TOKENS])],
        [helper.make_tensor_value_info(f"x{_LAYERS}", TensorProto.FLOAT, [1, _TOKENS, _WIDTH])],
        weights.tensors,
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


class _Weights:
    """Random weights by name, as the graph's initialisers."""

    def __init__(self, rng: Any) -> None:
        self.tensors: list[Any] = []
        self._rng = rng

    def drawn(self, name: str, *shape: int) -> str:
        """Small random numbers."""
        return self.given(name, 0.02 * self._rng.standard_normal(shape, "float32"))

    def rows(self, name: str, *shape: int) -> str:
        """Rows of a table in int8, as the encoder is shipped."""
        return self.given(name, self._rng.integers(-127, 128, shape, "int8"))

    def given(self, name: str, array: Any) -> str:
        """An array as it is."""
        from onnx import numpy_helper

        self.tensors.append(numpy_helper.from_array(array, name))
        return name


def _embedded(weights: _Weights) -> Iterator[Any]:
    """Rows of tokens and positions, added and normalised: x0."""
    import numpy as np
    from onnx import TensorProto, helper

    weights.given("scale", np.array(0.001, np.float32))
    weights.given("places", np.arange(2, 2 + _TOKENS)[None])
    for name, ids, size in (("token", "tokens", _VOCABULARY), ("place", "places", _POSITIONS)):
        yield helper.make_node("Gather", [weights.rows(f"{name}.rows", size, _WIDTH), ids], [f"{name}.codes"])
        yield helper.make_node("Cast", [f"{name}.codes"], [f"{name}.wide"], to=TensorProto.FLOAT)
        yield helper.make_node("Mul", [f"{name}.wide", "scale"], [f"{name}.vectors"])
    yield helper.make_node("Add", ["token.vectors", "place.vectors"], ["sum"])
    yield _normalised(weights, "embedding", "sum", "x0")
    weights.given("split", np.array([1, _TOKENS, _HEADS, _WIDTH // _HEADS]))
    weights.given("joined", np.array([1, _TOKENS, _WIDTH]))
    weights.given("root", np.array((_WIDTH / _HEADS) ** -0.5, np.float32))


def _layer(weights: _Weights, layer: int) -> Iterator[Any]:
    """Self-attention and the feed-forward network, each added to its input and normalised: x(n) -> x(n + 1)."""
    from onnx import helper

    at, x = f"l{layer}", f"x{layer}"
    for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        yield from _linear(weights, f"{at}.{part}", x, _WIDTH, _WIDTH)
        yield helper.make_node("Reshape", [f"{at}.{part}", "split"], [f"{at}.{part}.heads"])
        yield helper.make_node("Transpose", [f"{at}.{part}.heads"], [f"{at}.{part}.turned"], perm=order)
    yield helper.make_node("MatMul", [f"{at}.q.turned", f"{at}.k.turned"], [f"{at}.scores"])
    yield helper.make_node("Mul", [f"{at}.scores", "root"], [f"{at}.scaled"])
    yield helper.make_node("Softmax", [f"{at}.scaled"], [f"{at}.shares"])
    yield helper.make_node("MatMul", [f"{at}.shares", f"{at}.v.turned"], [f"{at}.mixed"])
    yield helper.make_node("Transpose", [f"{at}.mixed"], [f"{at}.back"], perm=[0, 2, 1, 3])
    yield helper.make_node("Reshape", [f"{at}.back", "joined"], [f"{at}.whole"])
    yield from _linear(weights, f"{at}.o", f"{at}.whole", _WIDTH, _WIDTH)
    yield helper.make_node("Add", [f"{at}.o", x], [f"{at}.attended"])
    yield _normalised(weights, f"{at}.n1", f"{at}.attended", f"{at}.middle")
    yield from _linear(weights, f"{at}.up", f"{at}.middle", _WIDTH, _INNER)
    yield helper.make_node("Gelu", [f"{at}.up"], [f"{at}.bent"])
    yield from _linear(weights, f"{at}.down", f"{at}.bent", _INNER, _WIDTH)
    yield helper.make_node("Add", [f"{at}.down", f"{at}.middle"], [f"{at}.fed"])
    yield _normalised(weights, f"{at}.n2", f"{at}.fed", f"x{layer + 1}")


def _linear(weights: _Weights, name: str, source: str, wide: int, out: int) -> Iterator[Any]:
    from onnx import helper

    yield helper.make_node("MatMul", [source, weights.drawn(f"{name}.weight", wide, out)], [f"{name}.product"])
    yield helper.make_node("Add", [f"{name}.product", weights.drawn(f"{name}.bias", out)], [name])


def _normalised(weights: _Weights, name: str, source: str, out: str) -> Any:
    from onnx import helper

    inputs = [source, weights.drawn(f"{name}.gain", _WIDTH), weights.drawn(f"{name}.shift", _WIDTH)]
    return helper.make_node("LayerNormalization", inputs, [out], axis=-1, epsilon=1e-5)


def _encoder() -> Any:
    """The same network of torch's own layers, float32: token ids [1, tokens] -> vectors [1, tokens, width]."""
    from torch import Tensor, arange, nn

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.places = nn.Embedding(_VOCABULARY, _WIDTH), nn.Embedding(_POSITIONS, _WIDTH)
            self.norm = nn.LayerNorm(_WIDTH)
            layer = nn.TransformerEncoderLayer(_WIDTH, _HEADS, _INNER, activation="gelu", batch_first=True)
            self.layers = nn.TransformerEncoder(layer, _LAYERS)

        def forward(self, tokens: Tensor) -> Tensor:
            places = self.places(arange(2, 2 + tokens.shape[1]))
            vectors: Tensor = self.layers(self.norm(self.tokens(tokens) + places))
            return vectors

    return Encoder()


def _make_torch(corpus: Path, model: str, folder: Path) -> Made:
    import torch

    torch.manual_seed(0)
    torch.save(_encoder().state_dict(), folder / _STATE)
    return Made(learned=0)


def _load_torch(folder: Path) -> Callable[[str], Any]:
    import torch

    torch.set_num_threads(1)
    with torch.device("meta"):
        encoder = _encoder()
    encoder.load_state_dict(torch.load(folder / _STATE, mmap=True), assign=True)
    encoder.eval()

    def run(text: str) -> Any:
        with torch.inference_mode():
            return encoder(torch.from_numpy(_tokens(text)))

    return run


_NOTE = f"an encoder with random weights, {_TOKENS} tokens; splitting into tokens is not counted"

SYSTEMS = (
    System("XLM-R Base's shape, int8", ("onnx", "onnxruntime"), "all", _make, _load, note=_NOTE),
    System("XLM-R Base's shape, torch", ("torch",), "all", _make_torch, _load_torch, note=_NOTE),
)
