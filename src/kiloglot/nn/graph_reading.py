"""The way back: the network of a shipped graph, to go on training from.

Weights come back at the values that the graph holds, 8 bits for most of them, so that exporting again changes nothing
but what earlier versions wrote in full precision.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from kiloglot.errors import ArtifactError
from kiloglot.nn.student import Network, StudentShape

__all__ = ["read_network"]

Floats = NDArray[np.float32]
_REMEDY = "Export the model again with this version"


def read_network(graph: bytes, shape: StudentShape) -> Network:
    """The network that `onnx_graph` wrote as `graph`.

    `shape` is complete but for `hidden`, `embedding`, `reader`, `reader_layers`, `known` and `doubt`, which the graph
    tells; the network has the whole one as its sizes. Raises ArtifactError where it is no graph of ours.
    """
    weights = _Weights(graph)
    network = Network(weights.shape(shape), dropout=0.0)
    for weight, value in weights.values(network):
        if tuple(weight.shape) != value.shape:
            problem = f"the network has a weight of {value.shape} where {tuple(weight.shape)} is needed"
            raise ArtifactError(problem, remedy=_REMEDY)
        weight.data.copy_(torch.from_numpy(np.ascontiguousarray(value, np.float32)))
    return network.eval()


class _Weights:
    """The weights of a graph by name."""

    def __init__(self, graph: bytes) -> None:
        try:
            model = onnx.load_from_string(graph)
        except DecodeError as fault:
            raise ArtifactError(f"the network is no ONNX graph ({fault})", remedy=_REMEDY) from fault
        self._found = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}

    def shape(self, shape: StudentShape) -> StudentShape:
        """`shape` with the sizes that the graph tells."""
        adapted = "own.bias" in self._found
        known = len(self._named(self._by_bag("known") + ".bias")) if adapted else 0
        hidden, embedding = len(self._named("wide.bias")), len(self._named("embedding.raw.bias"))
        reader = len(self._named("reader.near.bias")) if self._told else 0
        doubt = len(self._named("doubt.near.bias")) if "doubt.near.bias" in self._found else 0
        return replace(
            shape,
            hidden=hidden,
            embedding=embedding,
            known=known,
            reader=reader,
            reader_layers=1 + sum(re.fullmatch(r"reader\.wider\.\d+\.bias", name) is not None for name in self._found),
            doubt=doubt,
        )

    @property
    def _told(self) -> bool:
        """Whether the student was told words."""
        return "reader.near.bias" in self._found

    def _by_bag(self, name: str) -> str:
        """The layer whose outputs words have a share in, where there are any."""
        return f"{name}.by.bag" if self._told and name != "own" else name

    def values(self, network: Network) -> Iterator[tuple[Tensor, Floats]]:
        """(weight of `network`, its value)."""
        layers = {
            "belief": network.belief,
            "wide": network.wide,
            "middle": network.middle,
            "last": network.last,
            "slot": network.slot,
            "begins": network.begins,
            "language": network.locale,
            "embedding.raw": network.embedding,
        }
        layers |= {self._by_bag("intent" if network.known is None else "own"): network.intent}
        if network.known is not None:
            layers[self._by_bag("known")] = network.known
        if network.reader is not None:
            wider = enumerate(network.reader.wider)
            layers |= {f"reader.wider.{place}": cast(nn.Linear, layer) for place, layer in wider}
            layers |= {"reader.near": network.reader.near, "reader.intent": network.reader.intent}
        if network.doubt is not None:
            layers |= {"doubt.near": network.doubt.near, "doubt.odds": network.doubt.foreign}
        for name, layer in layers.items():
            yield layer.weight, self._wide(f"{name}.weight", axis=1).T
            yield layer.bias, self._named(f"{name}.bias")
        for name, norm in zip(("first", "second", "third"), network.norms, strict=True):
            layer_norm = cast(nn.LayerNorm, norm)
            yield layer_norm.weight, self._named(f"{name}.scale")
            yield layer_norm.bias, self._named(f"{name}.bias")
        yield network.locales.weight, self._wide("locales", axis=0)
        if network.own_belief is not None and "own.belief.weight.codes" in self._found:  # Else it stays zero.
            yield network.own_belief.weight, self._wide("own.belief.weight", axis=1).T
        if network.known is not None:
            yield network.kin, self._named("kin")[:, 0]
            yield network.border, self._named("border")

    def _wide(self, name: str, axis: int) -> Floats:
        """A weight [..., ...] at the values that it stands for; the file may have it in full precision."""
        if f"{name}.codes" not in self._found:
            return self._named(name)
        codes, scales = self._named(f"{name}.codes"), self._named(f"{name}.scales")
        return codes * (scales[:, None] if axis == 0 else scales)

    def _named(self, name: str) -> Floats:
        if name not in self._found:
            raise ArtifactError(f"the network has no weight {name!r}", remedy=_REMEDY)
        return self._found[name].astype(np.float32)
