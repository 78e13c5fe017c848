"""The network in the compiled kernel says what onnxruntime says of the same file, and only of files that it knows."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from kiloglot.runtime import NLU, OUTPUTS, Artifact, Inputs, Network, Scores, Session, WordInputs, bundled, model_folder
from kiloglot.runtime import kernel as kernels
from kiloglot.runtime.kernel import SWITCH
from kiloglot.runtime.nlu import network_of
from kiloglot.runtime.reading import inputs, read

LEVELS = ("plain", "AVX2", "AVX2 with VNNI", "AVX-512") if platform.machine() == "x86_64" else ("plain", "dot products")
TEXTS = (
    "wake me up at seven thirty tomorrow morning with some jazz please",
    "weck mich morgen um neun",
    "",
    "明日の九時に起こして",
    "stop",
    "шумды азайт",
    "เปิดไฟในห้องครัว",
    "\u200d",
    "réveille-moi à sept heures et demie vendredi prochain",
    "آهنگ بعدی را پخش کن",
)
LONG = " ".join(f"{word}{place % 9}" for place in range(500) for word in ("play", "jazz"))
CLOSE, CLOSE_IN_THE_MEAN = 0.3, 0.05  # of scores: onnxruntime does not round what a layer reads to 8 bits

pytestmark = pytest.mark.skipif(
    os.environ.get(SWITCH) == "off" or not (kernels.library_path().exists() or shutil.which("cc")),
    reason="nothing compiles here, or it is switched off",
)


@cache
def artifact(name: str) -> Artifact:
    return Artifact.read(model_folder(name))


def network(name: str, level: int = 99, threads: int = 1) -> Network:
    found = Network.of(artifact(name).network, level=level, threads=threads)
    assert found
    return found


def given_of(name: str, texts: tuple[str, ...]) -> tuple[Inputs, NDArray[np.int64]]:
    """What a network reads of the texts, each told another locale."""
    own = artifact(name)
    return inputs(own, [read(text) for text in texts]), np.arange(len(texts)) % (1 + len(own.manifest.locales))


def needs(level: int) -> None:
    """Skips a test of instructions that this processor lacks, rather than to test others in their place."""
    library = kernels.library()
    assert library
    if library.kiloglot_level(min(level, kernels.able())) != level:
        pytest.skip(f"this processor has no {LEVELS[level]}")


def assert_close(ours: Scores, theirs: Scores) -> None:
    for output in OUTPUTS:
        one, other = getattr(ours, output), getattr(theirs, output)
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=0, atol=CLOSE, err_msg=output)
        assert np.abs(one - other).mean() < CLOSE_IN_THE_MEAN, output


# ---- What it says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", range(len(LEVELS)), ids=LEVELS)
@pytest.mark.parametrize("name", bundled())
@pytest.mark.parametrize(
    "texts", [TEXTS, TEXTS[:1], ("stop",), ("",), ("", ""), (LONG,), (*TEXTS, LONG, "", *TEXTS)], ids=lambda t: len(t)
)
def test_it_says_what_onnxruntime_says(name: str, level: int, texts: tuple[str, ...]) -> None:
    needs(level)
    given, locale = given_of(name, texts)
    assert_close(network(name, level).run(given, locale), Session(artifact(name).network).run(given, locale))


@pytest.mark.parametrize("name", bundled())
def test_a_thousand_units_are_a_thousand_units(name: str) -> None:
    given, locale = given_of(name, (LONG,))
    assert len(given.units) == 1000
    assert network(name).run(given, locale).slot.shape[0] == 1000


@pytest.mark.parametrize("level", range(len(LEVELS)), ids=LEVELS)
@pytest.mark.parametrize("name", bundled())
@given(st.lists(st.sampled_from(TEXTS) | st.text("ab 東", max_size=60), min_size=1, max_size=12))
def test_an_utterance_gets_the_same_bits_whatever_is_beside_it(name: str, level: int, texts: list[str]) -> None:
    needs(level)
    network, threaded = of_one_and_three(name, level)
    given, locale = given_of(name, tuple(texts))
    rows = np.cumsum([0, *np.maximum(given.lengths, 1)])
    known = [0] * (len(texts) + 1) if given.words is None else np.cumsum([0, *given.words.sizes])
    together, in_threads = network.run(given, locale), threaded.run(given, locale)
    assert all(np.array_equal(getattr(together, output), getattr(in_threads, output)) for output in OUTPUTS)
    for place, (first, last) in enumerate(pairwise(rows)):
        own = slice(place, place + 1)
        words = given.words and WordInputs(given.words.vectors[known[place] : known[place + 1]], given.words.sizes[own])
        alone = network.run(Inputs(given.units[first:last], given.lengths[own], given.bag[own], words), locale[own])
        for output in OUTPUTS:
            part = slice(first, last) if output in ("slot", "begins") else own
            assert np.array_equal(getattr(alone, output), getattr(together, output)[part]), output


@cache
def of_one_and_three(name: str, level: int) -> tuple[Network, Network]:
    """The network by one thread, and by three."""
    return network(name, level), network(name, level, threads=3)


def test_threads_share_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[int] = []
    threaded = network("massive", threads=3)
    run = threaded._run
    monkeypatch.setattr(threaded, "_run", lambda part, locale: parts.append(len(part.lengths)) or run(part, locale))
    given, locale = given_of("massive", TEXTS * 3)
    scores = threaded.run(given, locale)
    assert sorted(parts) == [10, 10, 10]
    alone = network("massive").run(given, locale)
    assert all(np.array_equal(getattr(scores, output), getattr(alone, output)) for output in OUTPUTS)


# ---- What it is given --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda given: replace(given, units=given.units[:-1]),
        lambda given: replace(given, units=given.units[:, :-1]),
        lambda given: replace(given, bag=given.bag[:-1]),
        lambda given: replace(given, lengths=[*given.lengths[:-1], -1]),
        lambda given: replace(given, words=None),
        lambda given: replace(given, words=replace(given.words, sizes=given.words.sizes + 1)),
        lambda given: replace(given, words=replace(given.words, sizes=given.words.sizes[:-1])),
        lambda given: replace(given, words=replace(given.words, vectors=given.words.vectors[:, :-1])),
    ],
)
def test_what_does_not_fit_together_is_refused(change: Callable[[Inputs], Inputs]) -> None:
    given, locale = given_of("massive", TEXTS)
    with pytest.raises(ValueError, match=r"fit together|where the network reads|are read|utterances"):
        network("massive").run(change(given), locale)


@pytest.mark.parametrize("locale", [-1, 53, 2**40])
def test_a_locale_that_is_none_is_refused(locale: int) -> None:
    given, _ = given_of("massive", ("stop",))
    with pytest.raises(ValueError, match="fit together"):
        network("massive").run(given, np.array([locale]))
    with pytest.raises(ValueError, match="locales"):
        network("massive").run(given, np.array([0, 0]))


def test_inputs_may_be_read_only_and_lie_anyhow() -> None:
    given, locale = given_of("massive", TEXTS)
    strange = replace(given, units=np.asfortranarray(given.units), bag=given.bag.copy())
    strange.bag.setflags(write=False)
    wanted, found = (network("massive").run(each, locale) for each in (given, strange))
    assert all(np.array_equal(getattr(wanted, output), getattr(found, output)) for output in OUTPUTS)


# ---- Which graphs it knows ---------------------------------------------------------------------------------------


def renamed(model: onnx.ModelProto) -> None:
    (bias,) = [each for each in model.graph.initializer if each.name == "begins.bias"]
    bias.name = "begins.offset"
    for node in model.graph.node:
        node.input[:] = ["begins.offset" if name == "begins.bias" else name for name in node.input]


def reshaped(model: onnx.ModelProto) -> None:
    (bias,) = [each for each in model.graph.initializer if each.name == "begins.bias"]
    bias.dims[:] = [1, 1]


def with_one_more(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(1, np.float32), "more"))


def of_a_later_version(model: onnx.ModelProto) -> None:
    model.producer_version = "2"


def by_another(model: onnx.ModelProto) -> None:
    model.producer_name = "pytorch"


@pytest.mark.parametrize("change", [renamed, reshaped, with_one_more, of_a_later_version, by_another])
def test_another_graph_goes_to_onnxruntime(change: Callable[[onnx.ModelProto], None]) -> None:
    own = artifact("home")
    model = onnx.load_from_string(own.network)
    change(model)
    other = replace(own, network=model.SerializeToString())
    assert Network.of(other.network) is None
    assert isinstance(network_of(other.network), Session)
    wanted, found = (NLU(each).parse("turn off the lights in the kitchen") for each in (own, other))
    assert found.confidence == pytest.approx(wanted.confidence, abs=0.02)
    assert (found.intent, [slot.type for slot in found.slots]) == ("HassTurnOff/domain=light", ["area"])


def test_graphs_of_this_version_and_those_that_say_none_are_known(nlu: NLU) -> None:
    silent = onnx.load_from_string(artifact("home").network)
    silent.producer_version = ""
    every = nlu.artifact.network, silent.SerializeToString(), *(artifact(name).network for name in bundled())
    assert all(isinstance(network_of(content), Network) for content in every)
    assert {onnx.load_from_string(content).producer_version for content in every} == {"1", ""}


def test_without_the_kernel_onnxruntime_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    assert isinstance(network_of(artifact("home").network), Session)


@pytest.mark.parametrize(("switch", "loaded"), [("", "False"), ("off", "True")])
def test_onnxruntime_is_loaded_only_where_it_runs(switch: str, loaded: str) -> None:
    program = (
        "import sys; from kiloglot import NLU; nlu = NLU.load(); nlu.parse('stop'); nlu.parse_batch(['stop', 'halt']);"
        "nlu.embed(['stop']); print('onnxruntime' in sys.modules)"
    )
    environment = {**os.environ, SWITCH: switch}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded
