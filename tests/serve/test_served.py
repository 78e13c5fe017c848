"""The model behind the servers: loaded once, exchanged whole, bounded."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from kiloglot.errors import ArtifactError, DataError, OverloadedError
from kiloglot.runtime import NLU
from kiloglot.serve import Served
from kiloglot.serve import served as module

TEXTS = ("wake me up tomorrow at nine", "weck mich morgen um neun", "明日の九時に起こして")


def renamed(model: Path, folder: Path, name: str) -> Path:
    """A copy of a model that calls itself otherwise."""
    shutil.copytree(model, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "name": name}), encoding="utf-8")
    return folder


def test_it_answers_as_the_bare_model(tiny_model: Path, nlu: NLU) -> None:
    async def answers() -> list[Any]:
        served = Served(tiny_model)
        singly = [(await served.answer([text], top_k=2))[0] for text in TEXTS]
        together = await served.answer(TEXTS, "de-DE", top_k=1)
        assert served.counts == module.ServedCounts(6, sum(p.rejected is not None for p in [*singly, *together]))
        await served.close()
        return [[each.whole.parse for each in found] for found in (singly, together)]

    singly, together = asyncio.run(answers())
    assert singly == [nlu.parse(text, top_k=2) for text in TEXTS]
    assert together == list(nlu.parse_batch(TEXTS, "de-DE", top_k=1))


def test_what_a_model_is_can_be_said_before_anything_heavy_is_loaded() -> None:
    program = (
        "import sys\nfrom kiloglot.serve import Served\n"
        "served = Served()\n"
        "print(len(served.manifest.locales), served.loaded)\n"
        "print([name for name in ('numpy', 'onnxruntime', 'torch', 'fastapi', 'uvicorn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "52 False\n[]\n"


def test_it_is_loaded_once_however_many_ask(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[Path] = []
    load = module._load
    monkeypatch.setattr(module, "_load", lambda folder: loads.append(folder) or load(folder))

    async def ask() -> None:
        served = Served(tiny_model)
        assert not served.loaded
        await asyncio.gather(*(served.answer([text]) for text in TEXTS * 5))
        assert served.loaded
        await served.close()

    asyncio.run(ask())
    assert loads == [tiny_model]


def test_a_model_that_cannot_be_loaded_is_tried_again(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    network = (folder / "network.onnx").read_bytes()

    async def ask() -> None:
        served = Served(folder)
        (folder / "network.onnx").write_bytes(network[:-1])
        for _ in range(2):
            with pytest.raises(ArtifactError, match=r"network.onnx: \d+ bytes instead of \d+"):
                await served.answer(["hello"])
        assert (served.waiting, served.loaded) == (0, False)
        (folder / "network.onnx").write_bytes(network)
        assert await served.answer(["hello"])
        await served.close()

    asyncio.run(ask())


def test_more_calls_than_may_wait_are_refused_at_once(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    answer = module._answer
    monkeypatch.setattr(module, "_answer", lambda *asked: gate.wait(30) and answer(*asked))

    async def ask() -> None:
        served = Served(tiny_model, waiting=3)
        calls = [asyncio.create_task(served.answer([text])) for text in TEXTS]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError, match="3 requests are waiting"):
            await served.answer(["one more"])
        gate.set()
        assert [answer.whole.parse.text for (answer,) in await asyncio.gather(*calls)] == list(TEXTS)
        assert (await served.answer(["now"]))[0].whole.parse.text == "now"
        assert (served.waiting, served.counts.refused) == (0, 1)
        await served.close()

    asyncio.run(ask())


def test_a_call_that_is_cancelled_keeps_its_place_until_its_thread_is_done(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    answer = module._answer
    monkeypatch.setattr(module, "_answer", lambda *asked: gate.wait(30) and answer(*asked))

    async def ask() -> None:
        served = Served(tiny_model, waiting=1)
        call = asyncio.create_task(served.answer(["gone"]))
        while not served.loaded:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        with pytest.raises(OverloadedError):
            await served.answer(["too early"])
        gate.set()
        while served.waiting:
            await asyncio.sleep(0.01)
        assert await served.answer(["in time"])
        await served.close()

    asyncio.run(ask())


def test_a_wrong_locale_costs_nobody_else(tiny_model: Path) -> None:
    async def ask() -> None:
        served = Served(tiny_model)
        wrong, right = await asyncio.gather(
            served.answer(["hello"], "no locale"), served.answer(["hello"]), return_exceptions=True
        )
        assert isinstance(wrong, DataError)
        assert isinstance(right, tuple)
        assert served.waiting == 0
        await served.close()

    asyncio.run(ask())


def test_a_swap_loses_and_mixes_no_answer(tiny_model: Path, tmp_path: Path) -> None:
    other = renamed(tiny_model, tmp_path / "other", "other")
    models = {"tiny": NLU.load(tiny_model), "other": NLU.load(other)}

    async def ask() -> set[str]:
        served, seen = Served(tiny_model), set[str]()

        async def client() -> None:
            for text in TEXTS * 20:
                (answer,) = await served.answer([text])
                name = answer.whole.parse.model.split()[0]
                seen.add(name)
                assert answer.whole.parse == models[name].parse(text)

        async def swapper() -> None:
            for model, name in [(other, "other"), (tiny_model, "tiny")] * 4:
                assert (await served.swap(model)).name == name
                assert (await served.answer(["hello"]))[0].whole.parse.model.startswith(name)
                assert (served.manifest.name, served.folder) == (name, model)

        await asyncio.gather(swapper(), *(client() for _ in range(8)))
        assert served.counts.swapped == 8
        await served.close()
        return seen

    assert asyncio.run(ask()) == {"tiny", "other"}


@pytest.mark.parametrize("fault", ["truncated", "foreign", "half", "absent", "version"])
def test_a_swap_that_fails_leaves_the_old_model(fault: str, tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    if fault == "truncated":
        (folder / "bag.codes.npy").write_bytes((folder / "bag.codes.npy").read_bytes()[:-100])
    elif fault == "foreign":
        (folder / "network.onnx").write_bytes((folder / "network.onnx").read_bytes()[::-1])
    elif fault == "half":
        (folder / "manifest.json").unlink()
    elif fault == "absent":
        shutil.rmtree(folder)
    else:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")

    async def ask() -> None:
        served = Served(tiny_model)
        before = await served.answer(TEXTS)
        with pytest.raises(ArtifactError):
            await served.swap(folder)
        assert await served.answer(TEXTS) == before
        assert (served.folder, served.counts.kept) == (tiny_model, 1)
        await served.close()

    asyncio.run(ask())


def test_files_that_are_cut_short_while_they_serve_do_no_harm(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    program = (
        "import asyncio, sys\nfrom pathlib import Path\nfrom kiloglot.serve import Served\n"
        "async def ask(folder):\n"
        "    served = Served(folder)\n"
        "    before = await served.answer(['wake me up'])\n"
        "    for path in Path(folder).iterdir(): path.write_bytes(b'')\n"  # A mapped file would end the process here.
        "    assert await served.answer(['wake me up']) == before\n"
        "    await served.close()\n"
        "asyncio.run(ask(sys.argv[1]))"
    )
    done = subprocess.run([sys.executable, "-c", program, folder], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
