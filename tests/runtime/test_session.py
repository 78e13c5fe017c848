from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from onnx import TensorProto, helper

from kiloglot.errors import ArtifactError
from kiloglot.runtime import NLU, OUTPUTS, Inputs, Session, Widths
from kiloglot.runtime.session import places

WIDTHS = Widths(unit=4, bag=5, intents=4, slot_types=3, locales=4)


def graph(outputs: tuple[str, ...] = OUTPUTS, *, scale: float = 1.0, slot: str = "units", kind: int = 1) -> bytes:
    """A network that answers with its inputs: as many intents and locales as numbers in a bag, less one."""
    floats, whole = TensorProto.FLOAT, TensorProto.INT64
    given = [
        helper.make_tensor_value_info("units", floats, ["U", None]),
        helper.make_tensor_value_info("around", whole, ["U", None]),
        helper.make_tensor_value_info("owner", whole, ["U"]),
        helper.make_tensor_value_info("share", floats, ["B", "U"]),
        helper.make_tensor_value_info("bag", floats, ["B", None]),
        helper.make_tensor_value_info("locale", whole, ["B"]),
    ]
    sources = {"intent": "part", "slot": slot, "begins": "place", "language": "bag", "embedding": "bag"}
    nodes = [
        helper.make_node("Constant", [], ["start"], value_ints=[0]),
        helper.make_node("Constant", [], ["end"], value_ints=[4]),
        helper.make_node("Constant", [], ["axis"], value_ints=[1]),
        helper.make_node("Constant", [], ["scale"], value_float=scale),
        helper.make_node("Constant", [], ["column"], value_ints=[-1, 1]),
        helper.make_node("Reshape", ["owner", "column"], ["place"]),
        helper.make_node("Slice", ["bag", "start", "end", "axis"], ["piece"]),
        helper.make_node("Exp", ["piece"], ["power"]),
        helper.make_node("Mul", ["power", "scale"], ["part"]),
        *(helper.make_node("Cast", [sources[name]], [name], to=kind) for name in outputs),
    ]
    said = [helper.make_tensor_value_info(name, kind, None) for name in outputs]
    model = helper.make_model(helper.make_graph(nodes, "mirror", given, said), ir_version=9)
    model.opset_import[0].version = 18
    content: bytes = model.SerializeToString()
    return content


def test_a_network_of_the_right_sizes_passes() -> None:
    assert Session(graph()).check(WIDTHS) == 5


def test_outputs_are_bound_by_name() -> None:
    session = Session(graph(tuple(reversed(OUTPUTS))))
    given = Inputs.of(np.zeros((3, 4), np.float32), [1, 2], np.zeros((2, 5), np.float32))
    scores = session.run(given, np.zeros(2, np.int64))
    assert scores.begins.tolist() == [[0], [1], [1]]
    assert scores.intent.shape == (2, 4)


def test_what_a_network_lacks_is_listed() -> None:
    with pytest.raises(ArtifactError, match="the network lacks begins, language"):
        Session(graph(("intent", "slot", "embedding")))


@pytest.mark.parametrize(
    ("network", "sizes", "problem"),
    [
        (graph(), {"intents": 3}, r"intent is float32 \(2, 4\) instead of finite float32 \(2, 3\)"),
        (graph(), {"slot_types": 4}, r"slot is float32 \(5, 4\) instead of finite float32 \(5, 5\)"),
        (graph(), {"locales": 5}, r"language is float32 \(2, 5\)"),
        (graph(slot="bag"), {}, r"slot is float32 \(2, 5\)"),
        (graph(scale=float("inf")), {}, "intent is float32"),
        (graph(kind=TensorProto.DOUBLE), {}, "intent is float64"),
    ],
)
def test_answers_that_do_not_fit_are_refused(network: bytes, sizes: dict[str, int], problem: str) -> None:
    with pytest.raises(ArtifactError, match=problem):
        Session(network).check(replace(WIDTHS, **sizes))


def test_inputs_that_do_not_fit_are_refused(nlu: NLU) -> None:
    session = Session(nlu.artifact.network)
    with pytest.raises(ArtifactError, match="does not run on the tables"):
        session.check(WIDTHS)


def test_units_lie_one_after_another_and_know_their_neighbours() -> None:
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    given = Inputs.of(vectors, [3, 0, 1], np.zeros((3, 5), np.float32))
    assert given.units.tolist() == [[0, 1], [2, 3], [4, 5], [0, 0], [6, 7]]
    around, owner, share = places(given.lengths)
    assert around.tolist() == [[5, 5, 0, 1, 2], [5, 0, 1, 2, 5], [0, 1, 2, 5, 5], [5, 5, 3, 5, 5], [5, 5, 4, 5, 5]]
    assert owner.tolist() == [0, 0, 0, 1, 2]
    assert share.tolist() == pytest.approx(np.array([[1 / 3, 1 / 3, 1 / 3, 0, 0], [0] * 5, [0, 0, 0, 0, 1]]))


def test_one_utterance_is_laid_out_as_among_others() -> None:
    alone, among = places([7]), places([7, 1])
    assert np.where(among[0][:7] == 8, 7, among[0][:7]).tolist() == alone[0].tolist()
    assert among[2][:1, :7].tolist() == alone[2].tolist()
