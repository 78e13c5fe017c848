"""The network as an ONNX graph, node by node: small, stable, and with all weights in 8 bits but those that decide.

The graph is written by hand rather than traced: a traced one has five times the nodes and changes with the exporter's
version.
`stages/export.py` refuses a graph that says anything else than the torch network. The compiled kernel does what these
graphs do without reading their nodes (`runtime/network.c`): whoever changes what a node does raises
`kiloglot.runtime.GRAPH_VERSION` and changes the kernel, or leaves it to onnxruntime.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from kiloglot.nn.student import LEAST, STEEPNESS, Network, Reader, StudentShape
from kiloglot.runtime import GRAPH_VERSION

__all__ = ["onnx_graph"]

_OPSET = 20  # the first with Gelu
_IR_VERSION = 9

Floats = NDArray[np.float32]
_Value = tuple[str, int, Sequence[str | int]]


def onnx_graph(network: Network, shape: StudentShape) -> bytes:
    """`network` as a serialised ONNX model; inputs and outputs as `kiloglot.runtime.INPUTS` and `OUTPUTS` name them."""
    graph = _Graph(network)
    for name, place in (("one", 1), ("four", 4)):
        graph.constant(name, np.array([place], np.int64))
    # Of the five units around each one, itself and those next to it.
    graph.node("Slice", ["around", "one", "four", "one"], "beside")
    _context(graph)
    _outputs(graph)
    return graph.finished(shape)


class _Graph:
    """Nodes and weights as they come."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], output, **attributes))
        return output

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name: str, array: Floats, axis: int) -> str:
        """A weight in 8 bits with one scale for each place along `axis`."""
        others = tuple(a for a in range(array.ndim) if a != axis)
        scale = np.maximum(np.abs(array).max(axis=others), 1e-8) / 127
        broadcast = scale.reshape([-1 if a == axis else 1 for a in range(array.ndim)])
        codes = np.round(array / broadcast).astype(np.int8)
        inputs = [self.constant(f"{name}.codes", codes), self.constant(f"{name}.scales", scale.astype(np.float32))]
        return self.node("DequantizeLinear", inputs, name, axis=axis)

    def linear(self, name: str, source: str, layer: nn.Linear) -> str:
        """`source` [rows, in] -> [rows, out]."""
        weight = self.weight(f"{name}.weight", _floats(layer.weight).T, axis=1)
        return self.node("Gemm", [source, weight, self.constant(f"{name}.bias", _floats(layer.bias))], name)

    def exact(self, name: str, source: str, layer: nn.Linear) -> str:
        """`source` [B, in] -> [B, out] in full precision, for what an intent or a doubt is decided on: rounding
        would tip near ties.
        """
        weight = self.constant(f"{name}.weight", _floats(layer.weight).T)
        return self.node("Gemm", [source, weight, self.constant(f"{name}.bias", _floats(layer.bias))], name)

    def window(self, name: str, source: str, layer: nn.Linear, places: str, width: int) -> str:
        """A linear layer over the rows of `source` [U, width] that each row of `places` names; U stands for zeros."""
        return self.linear(name, self.around(name, source, layer.in_features, places, width), layer)

    def around(self, name: str, source: str, size: int, places: str, width: int) -> str:
        """The rows of `source` [U, width] that each row of `places` names, side by side [places, size].

        For the few units of a command one product of gathered rows is faster than a convolution between transposes.
        """
        nothing = self.constant(f"{name}.nothing", np.zeros((1, width), np.float32))
        rows = self.node(
            "Gather", [self.node("Concat", [source, nothing], f"{name}.rows", axis=0), places], f"{name}.around"
        )
        flat = self.constant(f"{name}.flat", np.array([-1, size], np.int64))
        return self.node("Reshape", [rows, flat], f"{name}.window")

    def block(self, name: str, source: str, norm: int) -> str:
        """Layer norm and GELU."""
        layer = cast(nn.LayerNorm, self.network.norms[norm])
        scale = self.constant(f"{name}.scale", _floats(layer.weight))
        bias = self.constant(f"{name}.bias", _floats(layer.bias))
        normed = self.node("LayerNormalization", [source, scale, bias], f"{name}.normed", axis=-1, epsilon=layer.eps)
        return self.node("Gelu", [normed], name)

    def finished(self, shape: StudentShape) -> bytes:
        given: list[_Value] = [
            ("units", TensorProto.FLOAT, ["U", shape.unit_width]),
            ("around", TensorProto.INT64, ["U", 5]),
            ("owner", TensorProto.INT64, ["U"]),
            ("share", TensorProto.FLOAT, ["B", "U"]),
            ("bag", TensorProto.FLOAT, ["B", shape.bag_width]),
            ("locale", TensorProto.INT64, ["B"]),
        ]
        if shape.word_rows:
            given += [
                ("words", TensorProto.FLOAT, ["P", shape.word_width]),
                ("words.around", TensorProto.INT64, ["P", 3]),
                ("words.share", TensorProto.FLOAT, ["B", "P"]),
                ("words.places", TensorProto.INT64, ["B", "S"]),
            ]
        said: list[_Value] = [
            ("intent", TensorProto.FLOAT, ["B", shape.intents]),
            ("slot", TensorProto.FLOAT, ["U", 1 + shape.slot_types]),
            ("begins", TensorProto.FLOAT, ["U", 1]),
            ("language", TensorProto.FLOAT, ["B", 1 + shape.locales]),
            ("embedding", TensorProto.FLOAT, ["B", shape.embedding]),
        ]
        if shape.doubt:
            said.append(("foreign", TensorProto.FLOAT, ["B", 1]))
        inputs, outputs = (
            [helper.make_tensor_value_info(name, kind, sizes) for name, kind, sizes in values]
            for values in (given, said)
        )
        graph = helper.make_graph(self.nodes, "kiloglot", inputs, outputs, self.weights)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET)],
            producer_name="kiloglot",
            producer_version=GRAPH_VERSION,
        )
        model.ir_version = _IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        serialised: bytes = model.SerializeToString()
        return serialised


def _context(graph: _Graph) -> None:
    """Intent, and units in context."""
    network = graph.network
    hidden, width = network.middle.out_features, network.wide.in_features // 5
    first_guess = "intent" if network.known is None else "known"
    _guess(graph, first_guess)
    locales = graph.weight("locales", _floats(network.locales.weight), axis=0)
    of_locale = graph.node("Gather", [locales, "locale"], "of_locale")
    belief = graph.linear("belief", graph.node("Softmax", [first_guess], "likely", axis=-1), network.belief)
    about = graph.node("Add", [belief, of_locale], "about")
    graph.node("MatMul", ["share", "units"], "units.mean")
    if network.own_belief is not None:
        about = _own(graph, about, network.own_belief)
    about = graph.node("Gather", [about, "owner"], "about.units")
    wide = graph.node("Add", [graph.window("wide", "units", network.wide, "around", width), about], "wide.about")
    first = graph.block("first", wide, 0)
    second = graph.block("second", graph.window("middle", first, network.middle, "beside", hidden), 1)
    both = graph.node("Add", [first, second], "both")
    third = graph.block("third", graph.window("last", both, network.last, "beside", hidden), 2)
    graph.node("Add", [both, third], "state")


def _guess(graph: _Graph, name: str) -> None:
    """`Network.guess`: intents by the utterance's n-grams, and by its words where the student was told any."""
    network = graph.network
    layer = network.known or network.intent
    if network.reader is None:
        graph.exact(name, "bag", layer)
        return
    whole = _read(graph, network.reader)
    parts = [graph.exact(f"{name}.by.bag", "bag", layer), graph.exact("reader.intent", whole, network.reader.intent)]
    graph.node("Add", parts, name)


def _read(graph: _Graph, reader: Reader) -> str:
    """`Reader`, node by node."""
    direction = graph.node("LpNormalization", ["words"], "words.direction", axis=-1, p=2)
    gain = graph.constant("words.gain", np.array(reader.gain, np.float32))
    about = graph.node("Mul", [direction, gain], "words.about")
    size = reader.near.in_features
    beside = graph.around("reader.near", about, size, "words.around", size // 3)
    near = graph.linear("reader.near", beside, reader.near)
    state = graph.node("Gelu", [near], "read")
    width = reader.near.out_features
    for place, layer in enumerate(reader.wider):
        name = f"reader.wider.{place}"
        wider = graph.window(name, state, cast(nn.Linear, layer), "words.around", width)
        state = graph.node("Add", [state, graph.node("Gelu", [wider], f"{name}.gelu")], f"{name}.read")
    nothing = graph.constant("read.nothing", np.zeros((1, width), np.float32))
    rows = graph.node("Concat", [state, nothing], "read.rows", axis=0)
    each, middle = graph.node("Gather", [rows, "words.places"], "read.each"), graph.constant("read.axis", np.array([1]))
    most = graph.node("Relu", [graph.node("ReduceMax", [each, middle], "read.max", keepdims=0)], "read.most")
    mean = graph.node("MatMul", ["words.share", state], "read.mean")
    return graph.node("Concat", [mean, most], "read.utterance", axis=-1)


def _outputs(graph: _Graph) -> None:
    """Slots, locale, embedding, and whether it is no command."""
    network = graph.network
    graph.linear("slot", graph.node("Concat", ["state", "units"], "state.units", axis=-1), network.slot)
    graph.linear("begins", "state", network.begins)
    graph.linear("language", "units.mean", network.locale)
    pooled = graph.node("Concat", ["bag", graph.node("MatMul", ["share", "state"], "state.mean")], "pooled", axis=-1)
    if network.doubt is not None:
        read = ["read.utterance"] if network.reader is not None else []
        parts = graph.node("Concat", ["bag", "units.mean", *read], "doubt.about", axis=-1)
        near = graph.node("Gelu", [graph.linear("doubt.near", parts, network.doubt.near)], "doubt.state")
        graph.node("Sigmoid", [graph.exact("doubt.odds", near, network.doubt.foreign)], "foreign")
    raw = graph.linear("embedding.raw", pooled, network.embedding)
    graph.node("LpNormalization", [raw], "embedding", axis=-1, p=2)


def _own(graph: _Graph, about: str, belief: nn.Linear) -> str:
    """The intents of an adapted student, with what is foreign spread over them, and what units are told `about`, with
    what it believes of its own intents. A belief of zeros, which a student has whose heads alone have learned, is left
    out.
    """
    parts = [graph.node("LpNormalization", [part], f"{part}.direction", axis=-1, p=2) for part in ("bag", "units.mean")]
    graph.exact("own", graph.node("Concat", parts, "directions", axis=-1), graph.network.intent)
    count = belief.in_features
    _spread(graph, count)
    if not belief.weight.any():
        return about
    first, last = (graph.constant(f"own.{name}", np.array([at])) for name, at in (("first", 0), ("count.axis", count)))
    intents = graph.node("Slice", ["own", first, last, "one"], "own.intents")
    weight = graph.weight("own.belief.weight", _floats(belief.weight).T, axis=1)
    told = graph.node("MatMul", [graph.node("Softmax", [intents], "own.intents.likely", axis=-1), weight], "own.belief")
    return graph.node("Add", [about, told], "about.own")


def _spread(graph: _Graph, count: int) -> None:
    """What is foreign spread over the `count` intents of an adapted student: `Network._own`, node by node."""
    akin = _akin(graph)
    likely = graph.node("Mul", [graph.node("Softmax", ["own"], "own.softmax", axis=-1), akin], "own.likely")
    graph.constant("own.sizes", np.array([count, 1], np.int64))
    graph.nodes.append(helper.make_node("Split", [likely, "own.sizes"], ["own.each", "own.last"], "own.split", axis=-1))
    strange = graph.node("Sub", [graph.constant("whole", np.array(1, np.float32)), akin], "strange")
    foreign = graph.node("Add", ["own.last", strange], "foreign")
    spread = graph.node("Div", [foreign, graph.constant("own.count", np.array(count, np.float32))], "foreign.spread")
    total = graph.node("Add", ["own.each", spread], "own.total")
    graph.node("Log", [graph.node("Add", [total, "least"], "own.some")], "intent")


def _akin(graph: _Graph) -> str:
    """How far each utterance is of the student's own kind, [B, 1] in [0, 1]."""
    kin = graph.constant("kin", _floats(graph.network.kin)[:, None])
    graph.constant("least", np.array(LEAST, np.float32))
    graph.constant("last.axis", np.array([-1], np.int64))
    sides = (
        graph.node("MatMul", ["likely", kin], "kin.likely"),
        graph.node("ReduceMax", ["likely", "last.axis"], "likely.most", keepdims=1),
    )
    logs = [graph.node("Log", [graph.node("Add", [side, "least"], f"{side}.some")], f"{side}.log") for side in sides]
    graph.constant("border", _floats(graph.network.border))
    beyond = graph.node("Sub", [graph.node("Sub", logs, "kinship"), "border"], "beyond")
    steep = graph.node("Mul", [beyond, graph.constant("steepness", np.array(STEEPNESS, np.float32))], "steep")
    return graph.node("Sigmoid", [steep], "akin")


def _floats(tensor: Tensor) -> Floats:
    return tensor.detach().cpu().numpy().astype(np.float32)
