from __future__ import annotations

import numpy as np
import pytest
from onnx import TensorProto, helper

from kiloglot.errors import ArtifactError
from kiloglot.runtime import INPUTS, NLU, OUTPUTS, Session

SIZES = {"unit_width": 4, "bag_width": 5, "intents": 4, "slot_types": 3, "locales": 4}


def graph(outputs: tuple[str, ...] = OUTPUTS, *, scale: float = 1.0, slot: str = "units", kind: int = 1) -> bytes:
    """A network that answers with its inputs: as many intents and locales as numbers in a bag, less one."""
    floats, whole = TensorProto.FLOAT, TensorProto.INT64
    given = [
        helper.make_tensor_value_info("units", floats, ["B", "T", None]),
        helper.make_tensor_value_info("mask", floats, ["B", "T"]),
        helper.make_tensor_value_info("bag", floats, ["B", None]),
        helper.make_tensor_value_info("locale", whole, ["B"]),
    ]
    sources = {"intent": "part", "slot": slot, "begins": "mask", "language": "bag", "embedding": "bag"}
    nodes = [
        helper.make_node("Constant", [], ["start"], value_ints=[0]),
        helper.make_node("Constant", [], ["end"], value_ints=[4]),
        helper.make_node("Constant", [], ["axis"], value_ints=[1]),
        helper.make_node("Constant", [], ["scale"], value_float=scale),
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
    assert Session(graph()).check(**SIZES) == 5


def test_outputs_are_bound_by_name() -> None:
    session = Session(graph(tuple(reversed(OUTPUTS))))
    mask = np.array([[1, 0]], np.float32)
    scores = session.run(np.zeros((1, 2, 4), np.float32), mask, np.zeros((1, 5), np.float32), np.zeros(1, np.int64))
    assert scores.begins.tolist() == mask.tolist()
    assert scores.intent.shape == (1, 4)


def test_what_a_network_lacks_is_listed() -> None:
    with pytest.raises(ArtifactError, match="the network lacks begins, language"):
        Session(graph(("intent", "slot", "embedding")))


@pytest.mark.parametrize(
    ("network", "sizes", "problem"),
    [
        (graph(), {"intents": 3}, r"intent is float32 \(2, 4\) instead of finite float32 \(2, 3\)"),
        (graph(), {"slot_types": 4}, r"slot is float32 \(2, 3, 4\)"),
        (graph(), {"locales": 5}, r"language is float32 \(2, 5\)"),
        (graph(slot="bag"), {}, r"slot is float32 \(2, 5\)"),
        (graph(scale=float("inf")), {}, "intent is float32"),
        (graph(kind=TensorProto.DOUBLE), {}, "intent is float64"),
    ],
)
def test_answers_that_do_not_fit_are_refused(network: bytes, sizes: dict[str, int], problem: str) -> None:
    with pytest.raises(ArtifactError, match=problem):
        Session(network).check(**{**SIZES, **sizes})


def test_inputs_that_do_not_fit_are_refused(nlu: NLU) -> None:
    session = Session(nlu.artifact.network)
    with pytest.raises(ArtifactError, match="does not run on the tables"):
        session.check(**SIZES)


def test_padding_changes_no_answer(nlu: NLU) -> None:
    session, width, bag_width = Session(nlu.artifact.network), nlu.artifact.units.width, nlu.artifact.bag.width
    generator = np.random.default_rng(0)
    units = generator.normal(size=(1, 4, width)).astype(np.float32) * 0.1
    bag, locale = generator.normal(size=(1, bag_width)).astype(np.float32) * 0.01, np.ones(1, np.int64)
    plain = session.run(units, np.ones((1, 4), np.float32), bag, locale)
    padded = session.run(
        np.concatenate([units, np.ones((1, 3, width), np.float32)], axis=1),
        np.array([[1, 1, 1, 1, 0, 0, 0]], np.float32),
        bag,
        locale,
    )
    for name in OUTPUTS:
        one, other = getattr(plain, name), getattr(padded, name)
        assert np.allclose(one, other[:, :4] if name in ("slot", "begins") else other, atol=1e-4)
    assert set(INPUTS) == {"units", "mask", "bag", "locale"}
