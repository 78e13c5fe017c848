"""The graph as it ships against the torch network it was made of."""

from __future__ import annotations

import functools
import itertools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.errors import ArtifactError
from kiloglot.nn import Bags, Network, StudentShape, Words
from kiloglot.nn.graph import onnx_graph
from kiloglot.nn.graph_reading import read_network
from kiloglot.runtime import OUTPUTS, Inputs, Scores, Session, WordInputs
from kiloglot.runtime import Network as Compiled
from kiloglot.runtime import kernel as kernels

Floats = NDArray[np.float32]

SHAPES = {
    "usual": StudentShape(7, 5, 4, 1, 10, 10, unit_width=8, bag_width=6, hidden=16, embedding=10),
    "no slots": StudentShape(3, 0, 2, 1, 10, 10, unit_width=8, bag_width=8, hidden=16, embedding=4),
    "adapted": StudentShape(3, 4, 4, 1, 10, 10, unit_width=8, bag_width=6, hidden=16, embedding=10, known=7),
    "words": StudentShape(
        7, 5, 4, 1, 10, 10, unit_width=8, bag_width=6, hidden=16, embedding=10, word_rows=9, word_width=12, reader=20
    ),
    "words, adapted": StudentShape(
        3, 4, 4, 1, 10, 10, 8, 6, hidden=16, embedding=10, word_rows=9, word_width=12, reader=20, known=7
    ),
    "words, doubt": StudentShape(
        7,
        5,
        4,
        1,
        10,
        10,
        8,
        6,
        hidden=16,
        embedding=10,
        word_rows=9,
        word_width=12,
        reader=20,
        reader_layers=3,
        doubt=5,
    ),
    "doubt": StudentShape(3, 4, 2, 1, 10, 10, unit_width=8, bag_width=8, hidden=16, embedding=4, doubt=5),
    "one of each": StudentShape(1, 1, 1, 1, 10, 10, unit_width=2, bag_width=2, hidden=4, embedding=2),
}
NAMES = st.sampled_from(sorted(SHAPES))


@dataclass(frozen=True, slots=True)
class Told:
    """Words of utterances."""

    vectors: Floats
    """[B, S, word width]."""
    sizes: NDArray[np.int64]
    """[B] how many each utterance has."""

    @classmethod
    def drawn(cls, shape: StudentShape, lengths: list[int], rng: np.random.Generator) -> Told:
        """None, or one to two for each unit."""
        sizes = np.array([rng.integers(0, 2 * length + 1) for length in lengths])
        return cls(rng.normal(0, 0.5, (len(lengths), max(1, *sizes), shape.word_width)).astype(np.float32), sizes)

    def inputs(self) -> WordInputs:
        """As the graph has them."""
        inside = np.arange(self.vectors.shape[1]) < self.sizes[:, None]
        return WordInputs(self.vectors[inside], self.sizes)

    def words(self) -> tuple[torch.Tensor, Words]:
        """As the network has them: distinct vectors, and where they stand."""
        count, most = self.vectors.shape[:2]
        each = torch.arange(count * most)
        inside = torch.tensor(np.arange(most) < self.sizes[:, None])
        words = Words(Bags(each, each, each), each.view(count, most), inside.float())
        return torch.tensor(self.vectors.reshape(count * most, -1)), words


@dataclass(frozen=True, slots=True)
class Reading:
    """Inputs of a network, at the sizes that means of table rows have."""

    units: Floats
    """[B, T, unit width]."""
    mask: Floats
    """[B, T]."""
    bag: Floats
    """[B, bag width]."""
    locale: NDArray[np.int64]
    """[B]."""
    words: Told | None
    """Of a student that knows words."""

    @classmethod
    def drawn(cls, shape: StudentShape, lengths: list[int], width: int, seed: int) -> Reading:
        rng = np.random.default_rng(seed)
        mask = (np.arange(width) < np.array(lengths)[:, None]).astype(np.float32)
        units = rng.normal(0, 0.1, (len(lengths), width, shape.unit_width)).astype(np.float32)
        bag = rng.normal(0, 0.003, (len(lengths), shape.bag_width)).astype(np.float32)
        words = Told.drawn(shape, lengths, rng) if shape.word_rows else None
        return cls(units, mask, bag, rng.integers(0, 1 + shape.locales, len(lengths)), words)

    def by(self, session: Session | Compiled) -> Scores:
        """What the graph says."""
        lengths = self.mask.sum(axis=1).astype(int).tolist()
        words = self.words.inputs() if self.words else None
        return session.run(Inputs.of(self.units[self.mask > 0], lengths, self.bag, words), self.locale)

    def by_torch(self, network: Network) -> list[Floats]:
        """What the network says; of units, in the order of the graph, one of zeros for an utterance without."""
        given = map(torch.from_numpy, (self.units, self.mask, self.bag, self.locale))
        with torch.no_grad():
            read = network.reader(*self.words.words()) if network.reader and self.words else None
            said = [part.numpy() for part in network(*given, read)][: len(OUTPUTS)]
        return [
            part[self.real] if name in ("slot", "begins") else part for name, part in zip(OUTPUTS, said, strict=True)
        ]

    @property
    def real(self) -> NDArray[np.bool_]:
        """[B, T] where there is a unit."""
        return self.mask > 0

    @property
    def shown(self) -> NDArray[np.bool_]:
        """[U] which units of the graph are real."""
        lengths = self.mask.sum(axis=1).astype(int)
        return (lengths > 0).repeat(np.maximum(lengths, 1))


def network_of(shape: StudentShape, held: Callable[[torch.Tensor], torch.Tensor] | None = None) -> Network:
    """A network with weights unlike those that it starts with; `held` changes each matrix."""
    torch.manual_seed(1)
    network = Network(shape, 0.3).eval()
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    if network.known is not None:
        network.kin.data, network.border.data = torch.rand_like(network.kin), torch.full((1,), -0.5)
    if held is not None:
        for module in network.modules():
            if isinstance(module, torch.nn.Linear | torch.nn.Embedding):
                module.weight.data = held(module.weight.data)
    return network


def in_eight_bits(weight: torch.Tensor) -> torch.Tensor:
    """Weights that 8 bits hold exactly, one scale a row, whatever part of the row the graph scales by."""
    return torch.where(torch.rand_like(weight) < 0.5, -0.25, 0.25)


def answers(session: Session, reading: Reading) -> list[Floats]:
    """The graph's outputs, of the units that there are."""
    scores = reading.by(session)
    slot, begins = scores.slot[reading.shown], scores.begins[reading.shown, 0]
    return [scores.intent, slot, begins, scores.language, scores.embedding]


EXACT = {name: network_of(shape, in_eight_bits) for name, shape in SHAPES.items()}
SESSIONS = {name: Session(onnx_graph(EXACT[name], shape)) for name, shape in SHAPES.items()}


@given(NAMES, st.lists(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 2**32))
def test_graph_computes_what_the_network_computes(name: str, lengths: list[int], seed: int) -> None:
    reading = Reading.drawn(SHAPES[name], lengths, max(1, *lengths), seed)
    wanted, found = reading.by_torch(EXACT[name]), answers(SESSIONS[name], reading)
    for output, mine, theirs in zip(OUTPUTS, found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-4, err_msg=output)


@given(st.sampled_from(["doubt", "words, doubt"]), st.lists(st.integers(0, 9), min_size=1, max_size=4))
def test_graph_doubts_what_the_network_doubts(name: str, lengths: list[int]) -> None:
    reading, network = Reading.drawn(SHAPES[name], lengths, max(1, *lengths), seed=0), EXACT[name]
    mask = torch.from_numpy(reading.mask).unsqueeze(-1)
    mean = (torch.from_numpy(reading.units) * mask).sum(1) / mask.sum(1).clamp_min(1)
    with torch.no_grad():
        read = [network.reader(*reading.words.words())] if network.reader and reading.words else []
        assert network.doubt
        odds = network.doubt(torch.cat([torch.from_numpy(reading.bag), mean, *read], dim=-1))
    np.testing.assert_allclose(reading.by(SESSIONS[name]).foreign, torch.sigmoid(odds).numpy(), atol=1e-4)
    assert reading.by(SESSIONS["words"] if reading.words else SESSIONS["no slots"]).foreign is None


@given(NAMES, st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(0, 2**32))
def test_an_utterance_alone_is_read_as_among_others(name: str, lengths: list[int], seed: int) -> None:
    many = Reading.drawn(SHAPES[name], lengths, max(lengths), seed)
    words = None if many.words is None else Told(many.words.vectors[1:2], many.words.sizes[1:2])
    one = Reading(many.units[1:2], many.mask[1:2], many.bag[1:2], many.locale[1:2], words)
    alone, among = one.by(SESSIONS[name]), many.by(SESSIONS[name])
    for output in OUTPUTS:
        own = slice(lengths[0], lengths[0] + lengths[1]) if output in ("slot", "begins") else slice(1, 2)
        np.testing.assert_allclose(getattr(alone, output), getattr(among, output)[own], atol=1e-4, err_msg=output)


# ---- The same in the compiled kernel -----------------------------------------------------------------------------


compiled = pytest.mark.skipif(
    os.environ.get(kernels.SWITCH) == "off" or not (kernels.library_path().exists() or shutil.which("cc")),
    reason="nothing compiles here, or it is switched off",
)


ROUNDED = 0.04
"""Share of the largest number of an output that it may be off where layers in 8 bits read numbers of 8 bits."""


@compiled
@given(NAMES, st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(0, 2**32), st.booleans())
def test_the_kernel_says_what_the_graph_says(name: str, lengths: list[int], seed: int, told: bool) -> None:
    reading = Reading.drawn(SHAPES[name], lengths, max(1, *lengths), seed)
    session, exact, coded = of_both()[name, told]
    wanted = reading.by(session)
    for network in exact:
        assert_close(name, reading.by(network), wanted, rtol=1e-4, atol=2e-4)
    rounded = [reading.by(network) for network in coded]
    assert_close(name, rounded[0], wanted, atol=ROUNDED)
    for found in rounded[1:]:
        assert_close(name, found, rounded[0], atol=ROUNDED / 4)  # A number may be rounded up by one, down by another.


def assert_close(name: str, found: Scores, wanted: Scores, *, rtol: float = 0, atol: float) -> None:
    """`atol` is of the largest number of each output, where that is above one."""
    for output in (*OUTPUTS, "foreign"):
        mine, theirs = getattr(found, output), getattr(wanted, output)
        assert (mine is None) == (theirs is None) == (output == "foreign" and not SHAPES[name].doubt)
        if mine is not None:
            np.testing.assert_allclose(
                mine, theirs, rtol=rtol, atol=atol * max(1, np.abs(theirs).max()), err_msg=output
            )


@functools.cache
def of_both() -> dict[tuple[str, bool], tuple[Session, list[Compiled], list[Compiled]]]:
    """Of each shape, with slots that hear of the student's own intents and without: its graph in onnxruntime, and in
    the kernel by each set of instructions that there is, its layers in full precision and in 8 bits.
    """
    found = {}
    for (name, shape), told in itertools.product(SHAPES.items(), (True, False)):
        network = network_of(shape)
        if network.own_belief is not None:
            network.own_belief.weight.data *= told
        graph = onnx_graph(network, shape)
        found[name, told] = Session(graph), by_each(in_full_precision(graph)), by_each(graph)
    return found


def by_each(graph: bytes) -> list[Compiled]:
    """`graph` in the kernel, by each set of instructions that there is."""
    library = kernels.library()
    assert library
    found = [Compiled.of(graph, level=level) for level in range(1 + library.kiloglot_level(kernels.able()))]
    assert all(found)
    return [each for each in found if each]


def in_full_precision(graph: bytes, *wanted: str) -> bytes:
    """`graph` with the weights of these layers in full precision, as earlier versions wrote some; all where none is
    named.
    """
    model = onnx.load_from_string(graph)
    weights = {each.name: each for each in model.graph.initializer}
    coded = [name.removesuffix(".codes") for name in weights if name.endswith(".weight.codes")]
    for name in wanted or coded:
        codes, scales = weights[f"{name}.codes"], weights[f"{name}.scales"]
        full = onnx.numpy_helper.to_array(codes) * onnx.numpy_helper.to_array(scales)
        for each in (codes, scales):
            model.graph.initializer.remove(each)
        (node,) = [each for each in model.graph.node if each.output[0] == name]
        model.graph.node.remove(node)
        model.graph.initializer.append(onnx.numpy_helper.from_array(full, name))
    return model.SerializeToString()


@compiled
@pytest.mark.parametrize("foreign", [-50.0, 50.0])
def test_the_kernel_is_sure_of_nothing_that_is_foreign(foreign: float) -> None:
    shape = SHAPES["words, adapted"]
    network, reading = network_of(shape), Reading.drawn(shape, [5, 0, 3], 5, 1)
    network.intent.bias.data[-1] = foreign
    graph = in_full_precision(onnx_graph(network, shape))
    mine = Compiled.of(graph)
    assert mine
    found, wanted = reading.by(mine).intent, reading.by(Session(graph)).intent
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert np.allclose(np.exp(found), 1 / shape.intents, atol=1e-5) == (foreign > 0)


@compiled
def test_the_kernel_reads_what_has_no_known_n_gram() -> None:
    shape = SHAPES["words, adapted"]
    reading = Reading.drawn(shape, [0, 2], 2, 1)
    strange = replace(reading, units=np.zeros_like(reading.units), bag=np.zeros_like(reading.bag))
    graph = in_full_precision(onnx_graph(network_of(shape), shape))
    mine = Compiled.of(graph)
    assert mine
    np.testing.assert_allclose(strange.by(mine).intent, strange.by(Session(graph)).intent, atol=1e-5)


@compiled
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
@pytest.mark.parametrize(("sizes", "known"), [({}, True), ({"embedding": 0}, False), ({"reader_layers": 10}, False)])
def test_the_kernel_leaves_sizes_alone_that_it_was_not_made_for(sizes: dict[str, int], known: bool) -> None:
    shape = replace(SHAPES["words"], **sizes)
    assert (Compiled.of(onnx_graph(network_of(shape), shape)) is not None) == known


@compiled
def test_what_earlier_versions_wrote_in_full_precision_is_known() -> None:
    shape = SHAPES["words, doubt"]
    network, reading = network_of(shape), Reading.drawn(shape, [5, 0, 3], 5, 1)
    graph = onnx_graph(network, shape)
    before = in_full_precision(graph, "reader.near.weight", "doubt.near.weight")
    mine = Compiled.of(before)
    assert mine
    assert_close("words, doubt", reading.by(mine), reading.by(Session(before)), atol=ROUNDED)
    back = read_network(before, replace(shape, hidden=0, embedding=0, reader_layers=1, known=0, doubt=0))
    assert onnx_graph(back, back.shape) == graph


# ---- There and back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_network_comes_back_from_its_graph(name: str) -> None:
    graph = onnx_graph(network_of(SHAPES[name]), SHAPES[name])
    back = read_network(graph, replace(SHAPES[name], hidden=0, embedding=0, reader_layers=1, known=0, doubt=0))
    assert back.shape == SHAPES[name]
    assert onnx_graph(back, back.shape) == graph


def test_what_is_no_graph_of_ours_does_not_come_back() -> None:
    shape = SHAPES["usual"]
    with pytest.raises(ArtifactError, match="no ONNX graph"):
        read_network(b"no graph", shape)
    with pytest.raises(ArtifactError, match="is needed"):
        read_network(onnx_graph(network_of(shape), shape), replace(shape, intents=6))


def test_an_adapted_network_is_sure_of_nothing_that_is_foreign() -> None:
    shape = SHAPES["adapted"]
    network, reading = network_of(shape), Reading.drawn(shape, [5, 3], 5, 1)
    for foreign, unsure in ((-50.0, False), (50.0, True)):
        network.intent.bias.data[-1] = foreign
        found = answers(Session(onnx_graph(network, shape)), reading)
        likely = np.exp(found[0])
        np.testing.assert_allclose(likely.sum(axis=1), 1, atol=1e-5)
        assert np.allclose(likely, 1 / shape.intents, atol=1e-5) == unsure


def test_what_the_base_takes_for_something_not_akin_is_foreign() -> None:
    shape = SHAPES["adapted"]
    network, reading = network_of(shape), Reading.drawn(shape, [5, 3], 5, 1)
    assert network.known is not None
    network.known.bias.data[2], network.intent.bias.data[-1] = 50.0, -50.0
    for akin, unsure in ((1.0, False), (0.0, True)):
        network.kin.data[2] = akin
        likely = np.exp(answers(Session(onnx_graph(network, shape)), reading)[0])
        np.testing.assert_allclose(likely.sum(axis=1), 1, atol=1e-5)
        assert np.allclose(likely, 1 / shape.intents, atol=1e-5) == unsure


@pytest.mark.parametrize("told", [True, False])
def test_slots_of_an_adapted_network_hear_of_its_own_intents_where_it_has_learned_to_tell(told: bool) -> None:
    shape = SHAPES["adapted"]
    network, reading = network_of(shape, in_eight_bits), Reading.drawn(shape, [5, 3], 5, 1)
    assert network.own_belief is not None
    network.own_belief.weight.data *= told
    slots = []
    for bias in (-20.0, 20.0):
        network.intent.bias.data[0] = bias
        graph = onnx_graph(network, shape)
        wanted, found = reading.by_torch(network), answers(Session(graph), reading)
        np.testing.assert_allclose(found[1], wanted[1], rtol=1e-4, atol=1e-4)
        back = read_network(graph, replace(shape, hidden=0, embedding=0, known=0))
        assert onnx_graph(back, back.shape) == graph
        slots.append(found[1])
    assert np.allclose(*slots, atol=1e-5) != told


def test_an_adapted_network_reads_what_has_no_known_n_gram() -> None:
    shape = SHAPES["adapted"]
    reading = Reading.drawn(shape, [0, 2], 2, 1)
    strange = replace(reading, units=np.zeros_like(reading.units), bag=np.zeros_like(reading.bag))
    network = network_of(shape, in_eight_bits)
    wanted, found = strange.by_torch(network), answers(Session(onnx_graph(network, shape)), strange)
    np.testing.assert_allclose(found[0], wanted[0], atol=1e-5)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_eight_bits_cost_little(name: str) -> None:
    shape = SHAPES[name]
    network, reading = network_of(shape), Reading.drawn(shape, [6, 2, 4, 1], 6, 3)
    wanted, found = reading.by_torch(network), answers(Session(onnx_graph(network, shape)), reading)
    for output, mine, theirs in zip(OUTPUTS, found, wanted, strict=True):
        # A weight is off by at most half of 1/127 of the largest of its output; five layers add that up.
        assert np.abs(mine - theirs).max() <= 0.05 * max(1.0, np.abs(theirs).max()), output


def test_weights_lie_in_the_graph_in_eight_bits() -> None:
    shape = StudentShape(60, 55, 52, 1, 10, 10)
    network = Network(shape, 0.0)
    weights = sum(module.weight.numel() for module in network.modules() if isinstance(module, torch.nn.Linear))
    assert weights < len(onnx_graph(network, shape)) < 1.2 * weights
