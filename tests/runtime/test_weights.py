"""Weights come out of an ONNX file as the onnx package reads them, and no bytes do harm."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from kiloglot.runtime import bundled, model_folder
from kiloglot.runtime.known_graph import KnownGraph
from kiloglot.runtime.weights import Weights

NETWORKS = {name: (model_folder(name) / "network.onnx").read_bytes() for name in bundled()}
SHORT = NETWORKS["home"]


@pytest.mark.parametrize("name", bundled())
def test_weights_are_those_that_onnx_reads(name: str) -> None:
    model, found = onnx.load_from_string(NETWORKS[name]), Weights.read(NETWORKS[name])
    assert (found.producer, found.version) == (model.producer_name, model.producer_version)
    wanted = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    assert found.arrays.keys() == wanted.keys()
    assert len(wanted) > 30
    for key, array in wanted.items():
        assert found.arrays[key].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[key], array)


def test_dimensions_may_lie_in_one_piece_or_apart() -> None:
    tensor = helper.make_tensor("w", TensorProto.FLOAT, [2, 3], np.arange(6, dtype="<f4").tobytes(), raw=True)
    apart = helper.make_model(helper.make_graph([], "", [], [], [tensor])).SerializeToString()
    (found,) = Weights.read(apart).arrays.values()
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    # The same in the other spelling of the wire: field 1, of bytes, holds both numbers.
    packed = b"\x0a\x02\x02\x03" + b"\x10\x01" + b"\x42\x01w" + b"\x4a\x18" + np.arange(6, dtype="<f4").tobytes()
    graph = b"\x2a" + bytes([len(packed)]) + packed
    (found,) = Weights.read(b"\x3a" + bytes([len(graph)]) + graph).arrays.values()
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",  # a number that does not end
        b"\x3a\x05\x00",  # a message that ends too late
        b"\x38\x01",  # a graph that is a number
        b"\x3b",  # a way of writing that is out of use
        SHORT[: len(SHORT) // 2],
        SHORT[:-1],
    ],
)
def test_what_is_no_onnx_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Weights.read(content)
    assert KnownGraph.of(content) is None


def test_weights_in_another_number_format_are_refused() -> None:
    tensor = helper.make_tensor("w", TensorProto.DOUBLE, [1], [1.0])
    with pytest.raises(ValueError, match="'w' is of type 11"):
        Weights.read(helper.make_model(helper.make_graph([], "", [], [], [tensor])).SerializeToString())


@given(st.integers(0, 4000) | st.integers(0, len(SHORT) - 1), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_another_graph_or_none(place: int, new: bytes) -> None:
    damaged = SHORT[:place] + new + SHORT[place + len(new) :]
    found = KnownGraph.of(damaged)
    assert found is None or found.arrays.keys() == KnownGraph.of(SHORT).arrays.keys()  # type: ignore[union-attr]
