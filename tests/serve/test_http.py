"""The HTTP server over real sockets: Rasa's documented shapes, limits, token, hot swap, errors."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import kiloglot
from kiloglot.errors import ConfigError
from kiloglot.runtime import MAX_CHARACTERS, NLU
from kiloglot.serve import Address, HttpServer, Limits, Log, Served
from tests.serve.test_served import TEXTS, renamed

TOKEN = "a-token-of-ours"
Scene = Callable[[httpx.AsyncClient], Awaitable[Any]]

# Rasa's OpenAPI description, docs/static/spec/rasa.yml: schemas ParseResult, Intent, Entity and Error.
RASA_PARSE = {"text": str, "intent": dict, "entities": list, "intent_ranking": list}
RASA_INTENT = {"name": str, "confidence": float}
RASA_ENTITY = {"start": int, "end": int, "value": str, "entity": str, "confidence": float}
RASA_ERROR = {"version": str, "status": str, "message": str, "reason": str, "details": dict, "code": int}


def fits(value: dict[str, Any], shape: dict[str, type]) -> bool:
    return all(isinstance(value[name], kind) for name, kind in shape.items())


def is_failure(answer: httpx.Response, code: int, reason: str) -> bool:
    """Whether an answer is an error as `ErrorResponse` of rasa/server.py makes it."""
    told = answer.json()
    said = (answer.status_code, told["code"], told["reason"], told["status"], told["version"])
    return said == (code, code, reason, "failure", kiloglot.__version__) and fits(told, RASA_ERROR)


@pytest.fixture
def ask(tiny_model: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs `scene(client)` beside a server of the tiny model."""

    def run(scene: Scene, *, model: Path = tiny_model, utterances: bool = False, **options: Any) -> Any:
        async def main() -> Any:
            served, log = Served(model), Log(tmp_path / "log.jsonl", utterances=utterances)
            server = HttpServer(served, Address("127.0.0.1", 0), log=log, **options)
            async with httpx.AsyncClient(base_url=await server.start(), timeout=20) as client:
                try:
                    return await scene(client)
                finally:
                    await server.stop()
                    await served.close()
                    log.close()

        return asyncio.run(main())

    return run


def test_rasas_documented_request_gets_rasas_documented_answer(ask: Any, nlu: NLU) -> None:
    async def scene(client: httpx.AsyncClient) -> Any:
        # The example of `parseModelMessage`.
        asked = {"text": "Hello, I am Rasa!", "message_id": "b2831e73-1407-4ba0-a861-0f30a42a2a5a"}
        return (await client.post("/model/parse", json=asked)).json(), (
            await client.post("/model/parse", json={"text": TEXTS[0], "locale": "en-US"})
        ).json()

    hello, told = ask(scene)
    assert (hello["text"], hello["message_id"]) == ("Hello, I am Rasa!", "b2831e73-1407-4ba0-a861-0f30a42a2a5a")
    expected = nlu.parse(TEXTS[0], "en-US", top_k=10)
    assert not expected.rejected
    assert expected.slots
    assert fits(told, RASA_PARSE)
    assert told["intent"] == {"name": expected.intent, "confidence": pytest.approx(expected.confidence)}
    assert [each["name"] for each in told["intent_ranking"]] == [each.intent for each in expected.alternatives]
    assert all(fits(each, RASA_INTENT) for each in told["intent_ranking"])
    for entity, slot in zip(told["entities"], expected.slots, strict=True):
        assert fits(entity, RASA_ENTITY)
        # What a real server writes beside: rasa/nlu/extractors/extractor.py.
        assert entity["extractor"] and entity["confidence_entity"] == entity["confidence"]
        assert (entity["entity"], entity["start"], entity["end"]) == (slot.type, slot.start, slot.end)
        assert entity["value"] == told["text"][entity["start"] : entity["end"]]


def test_what_is_rejected_is_rasas_fallback_with_our_reason(ask: Any, tiny_model: Path, tmp_path: Path) -> None:
    strict = Path(shutil.copytree(tiny_model, tmp_path / "strict"))
    manifest = json.loads((strict / "manifest.json").read_text(encoding="utf-8"))
    manifest["calibration"]["threshold"] = 1.0
    (strict / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    async def scene(client: httpx.AsyncClient) -> Any:
        return [(await client.post("/model/parse", json={"text": text})).json() for text in (TEXTS[0], "", " ?! ")]

    unsure, *empty = ask(scene, model=strict)
    assert unsure["rejected"] == "low_confidence"
    # rasa/nlu/classifiers/fallback_classifier.py: the threshold is the confidence, and the fallback leads the ranking.
    assert unsure["intent"] == unsure["intent_ranking"][0] == {"name": "nlu_fallback", "confidence": 1.0}
    assert unsure["intent_ranking"][1]["name"] == NLU.load(tiny_model).parse(TEXTS[0]).intent
    for each in empty:
        assert (each["rejected"], each["entities"], each["intent_ranking"]) == ("empty", [], [])
        assert each["intent"] == {"name": None, "confidence": 0.0}


def test_curl_says_that_json_is_a_form(ask: Any) -> None:
    async def scene(client: httpx.AsyncClient) -> httpx.Response:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return await client.post("/model/parse", content=b'{"text":"hello"}', headers=kind)

    assert ask(scene).json()["text"] == "hello"


@pytest.mark.parametrize("name", ["locale", "lang"])
def test_a_locale_is_told_by_either_name(name: str, ask: Any, nlu: NLU) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        async def locale(**told: str | None) -> str:
            answer = (await client.post("/model/parse", json={"text": TEXTS[0], **told})).json()
            return str(answer["locale"])

        guessed = await locale()
        other, third = (each for each in nlu.manifest.locales if each != guessed)
        assert await locale(**{name: other}) == other
        assert await locale(**{name: other.lower().replace("-", "_")}) == other
        assert await locale(locale=other, lang=third) == other
        for empty in ({"locale": ""}, {"lang": "", "locale": None}):
            assert await locale(**empty) == guessed

    ask(scene)


def test_a_batch_is_answered_in_order(ask: Any, nlu: NLU) -> None:
    async def scene(client: httpx.AsyncClient) -> Any:
        none = await client.post("/model/parse/batch", json={"texts": []})
        assert none.json() == {"parses": []}
        return (await client.post("/model/parse/batch", json={"texts": [*TEXTS]})).json()

    expected = nlu.parse_batch(TEXTS)
    assert [(p["text"], p["locale"]) for p in ask(scene)["parses"]] == [(p.text, p.locale) for p in expected]


def test_what_the_server_says_of_itself(ask: Any, tiny_model: Path) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        assert (await client.get("/")).text == f"Hello from kiloglot: {kiloglot.__version__}"
        assert (await client.get("/version")).json().keys() == {"version", "minimum_compatible_version"}
        status = (await client.get("/status")).json()
        assert (status["model_file"], status["num_active_training_jobs"]) == (str(tiny_model), 0)
        assert status["loaded"] is False
        assert (await client.get("/health")).json() == {"status": "ok"}
        await client.post("/model/parse", json={"text": "hello"})
        assert (await client.get("/status")).json()["loaded"] is True
        figures = (await client.get("/metrics")).text
        assert 'kiloglot_http_requests_total{path="/model/parse",status="200"} 1.0' in figures
        assert "kiloglot_utterances_total 1.0" in figures
        assert "kiloglot_model_loaded 1.0" in figures

    ask(scene)


def test_every_error_has_rasas_shape(ask: Any) -> None:
    limits = Limits(body=1000, characters=20, batch=2)

    async def scene(client: httpx.AsyncClient) -> None:
        async def parse(content: bytes) -> httpx.Response:
            return await client.post("/model/parse", content=content)

        assert is_failure(await client.get("/nothing"), 404, "NotFound")
        wrong = await client.get("/model/parse")
        assert is_failure(wrong, 405, "MethodNotAllowed")
        assert wrong.headers["allow"] == "POST"
        assert is_failure(await parse(b""), 400, "BadRequest")
        assert is_failure(await parse(b"{"), 400, "BadRequest")
        assert is_failure(await parse(b"[" * 900), 400, "BadRequest")
        assert is_failure(await parse(b"{}"), 422, "InvalidRequest")
        assert is_failure(await parse(b'{"text": 3}'), 422, "InvalidRequest")
        assert is_failure(await parse(b'{"text": "\\ud800"}'), 400, "BadRequest")
        assert is_failure(await parse(b'{"text": "a", "locale": "?"}'), 422, "InvalidRequest")
        assert is_failure(await parse(b'{"text": "%s"}' % (b"a" * 21)), 413, "ContentTooLarge")
        assert is_failure(await parse(b" " * 1001), 413, "ContentTooLarge")
        nobody = await client.post("/model/parse/batch", json={"texts": [], "locale": "?"})
        assert is_failure(nobody, 422, "InvalidRequest")
        many = await client.post("/model/parse/batch", json={"texts": ["a"] * 3})
        assert is_failure(many, 413, "ContentTooLarge")
        assert (await parse(b'{"text": "%s"}' % (b"a" * 20))).status_code == 200

    ask(scene, limits=limits)


def test_the_limit_of_a_text_is_what_the_model_reads() -> None:
    assert Limits().characters == MAX_CHARACTERS


def test_a_fault_of_ours_is_told_without_its_words(ask: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Served, *_: Any, **__: Any) -> None:
        raise RuntimeError("the sec" + "ret words")  # The log shows this line, and no more of it.

    monkeypatch.setattr(Served, "answer", broken)

    async def scene(client: httpx.AsyncClient) -> None:
        answer = await client.post("/model/parse", json={"text": "the secret words"})
        assert is_failure(answer, 500, "ServerError")
        assert "secret" not in answer.text
        assert (await client.get("/health")).status_code == 200

    ask(scene)
    log = (tmp_path / "log.jsonl").read_text(encoding="ascii")
    assert "RuntimeError" in log
    assert "in broken" in log
    assert "secret" not in log


def test_a_model_that_cannot_be_loaded_is_told_and_tried_again(ask: Any, tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    network = (folder / "network.onnx").read_bytes()
    (folder / "network.onnx").write_bytes(network[:-1])

    async def scene(client: httpx.AsyncClient) -> None:
        answer = await client.post("/model/parse", json={"text": "hello"})
        assert is_failure(answer, 503, "ServiceUnavailable")
        assert answer.headers["retry-after"]
        (folder / "network.onnx").write_bytes(network)
        assert (await client.post("/model/parse", json={"text": "hello"})).status_code == 200

    ask(scene, model=folder)


@pytest.mark.parametrize("path", ["/status", "/metrics", "/model", "/model/parse", "/model/parse/batch", "/nothing"])
def test_a_token_is_needed(path: str, ask: Any) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        for wrong in ("", TOKEN[:-1], TOKEN + "x", "ä", "%ff"):
            assert is_failure(await client.get(f"{path}?token={wrong}"), 401, "NotAuthenticated")
        refused = await client.get(path, headers={"authorization": "Bearer wrong"})
        assert is_failure(refused, 401, "NotAuthenticated")
        assert refused.headers["www-authenticate"] == "Bearer"
        by_query = await client.get(path, params={"token": TOKEN})
        by_header = await client.get(path, headers={"authorization": f"Bearer {TOKEN}"})
        assert by_query.status_code == by_header.status_code != 401

    ask(scene, token=TOKEN)


def test_some_paths_need_no_token(ask: Any) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        for path in ("/", "/version", "/health", "/openapi.json"):
            assert (await client.get(path)).status_code == 200

    ask(scene, token=TOKEN)


def test_the_log_holds_neither_token_nor_words(ask: Any, tmp_path: Path) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        await client.post(f"/model/parse?token={TOKEN}", json={"text": "wake me up"})
        await client.get(f"/secret-path?token={TOKEN}")

    ask(scene, token=TOKEN)
    lines = (tmp_path / "log.jsonl").read_text(encoding="ascii")
    events = [json.loads(line) for line in lines.splitlines()]
    assert [(e["event"], e["method"], e["path"], e["status"]) for e in events] == [
        ("request", "POST", "/model/parse", 200),
        ("request", "GET", "other", 404),
    ]
    assert TOKEN not in lines
    assert "wake" not in lines
    assert "secret" not in lines


def test_words_are_logged_where_that_is_asked_for(ask: Any, tmp_path: Path) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        await client.post("/model/parse", json={"text": "明日の\n九時"})

    ask(scene, utterances=True)
    events = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="ascii").splitlines()]
    assert [event["text"] for event in events if event["event"] == "parse"] == ["明日の\n九時"]


def test_more_requests_than_the_rate_allows_are_told_to_wait(ask: Any) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        answers = [await client.get("/version") for _ in range(8)]
        assert [answer.status_code for answer in answers[:4]] == [200] * 4
        assert is_failure(answers[-1], 429, "TooManyRequests")
        assert answers[-1].headers["retry-after"] == "1"

    ask(scene, limits=Limits(rate=2.0))


def test_a_full_house_is_told_so(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(*(client.post("/model/parse", json={"text": f"wake {n}"}) for n in range(40)))
        codes = {answer.status_code for answer in answers}
        assert codes == {200, 503}
        assert all(is_failure(each, 503, "ServiceUnavailable") for each in answers if each.status_code == 503)
        assert all(f"wake {n}" == each.json()["text"] for n, each in enumerate(answers) if each.status_code == 200)

    monkeypatch.setitem(Served.__init__.__kwdefaults__, "waiting", 2)
    ask(scene)


def test_models_are_exchanged_under_load_without_a_lost_or_wrong_answer(
    ask: Any, tiny_model: Path, tmp_path: Path
) -> None:
    other = renamed(tiny_model, tmp_path / "models" / "other", "other")
    models = {"tiny": NLU.load(tiny_model), "other": NLU.load(other)}
    expected = {
        (name, text): [each.intent for each in model.parse(text, top_k=10).alternatives]
        for name, model in models.items()
        for text in TEXTS
    }

    async def scene(client: httpx.AsyncClient) -> None:
        seen, done = set[str](), asyncio.Event()

        async def asking() -> int:
            count = 0
            while not done.is_set():
                text = TEXTS[count % len(TEXTS)]
                answer = await client.post("/model/parse", json={"text": text})
                assert answer.status_code == 200
                told = answer.json()
                name = told["model"].split()[0]
                seen.add(name)
                ranking = [each["name"] for each in told["intent_ranking"] if each["name"] != "nlu_fallback"]
                assert (told["text"], ranking) == (text, expected[name, text])
                count += 1
            return count

        clients = [asyncio.create_task(asking()) for _ in range(8)]
        for _ in range(4):
            for model, name in (("other", "other"), (str(tiny_model), "tiny")):
                assert (await client.put("/model", json={"model_file": model})).status_code == 204
                assert (await client.post("/model/parse", json={"text": "a"})).json()["model"].startswith(name)
        done.set()
        assert min(await asyncio.gather(*clients)) > 0
        assert seen == {"tiny", "other"}

    header = {"authorization": f"Bearer {TOKEN}"}

    async def with_token(client: httpx.AsyncClient) -> None:
        client.headers.update(header)
        await scene(client)

    ask(with_token, token=TOKEN, models=tmp_path / "models")


def test_a_model_that_cannot_be_loaded_changes_nothing(ask: Any, tiny_model: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    for fault in ("truncated", "foreign", "half"):
        shutil.copytree(tiny_model, models / fault)
    (models / "truncated" / "network.onnx").write_bytes((tiny_model / "network.onnx").read_bytes()[:-9])
    (models / "foreign" / "manifest.json").write_text('{"format": 99}', encoding="utf-8")
    (models / "half" / "manifest.json").unlink()
    (models / "file").write_text("no model", encoding="utf-8")

    async def scene(client: httpx.AsyncClient) -> None:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        before = (await client.post("/model/parse", json={"text": TEXTS[0]})).json()
        for fault in ("truncated", "foreign", "half", "file", "absent"):
            answer = await client.put("/model", json={"model_file": fault})
            assert is_failure(answer, 400, "BadRequest"), fault
            assert answer.json()["details"] == {"parameter": "model_file", "in": "body"}
        assert is_failure(await client.put("/model", json={"remote_storage": "aws"}), 422, "InvalidRequest")
        assert (await client.post("/model/parse", json={"text": TEXTS[0]})).json() == before

    ask(scene, token=TOKEN, models=models)


def test_only_models_of_the_folder_may_be_loaded(ask: Any, tiny_model: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    outside = renamed(tiny_model, tmp_path / "outside", "outside")
    (models / "link").symlink_to(outside)

    async def scene(client: httpx.AsyncClient) -> None:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        for path in (str(outside), "../outside", "link", "/etc", "a\0b", "..", "~"):
            asked = await client.put("/model", json={"model_file": path})
            assert asked.status_code in ((400, 403) if path == "~" else (403,)), path
        assert (await client.put("/model", json={"model_file": str(tiny_model)})).status_code == 204

    ask(scene, token=TOKEN, models=models)


def test_without_a_token_no_model_is_exchanged(ask: Any) -> None:
    async def scene(client: httpx.AsyncClient) -> None:
        answer = await client.put("/model", json={"model_file": "massive"})
        assert is_failure(answer, 403, "NotAuthorized")
        assert "--token" in answer.json()["message"]

    ask(scene)


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ConfigError, match=rf"cannot listen at 127.0.0.1:{address.port} \(Address already in use\)"):
            address.listening("--http")


def test_an_answer_of_two_parts_does_not_wait_for_the_client_to_confirm_the_first() -> None:
    async def main() -> None:
        made = asyncio.get_running_loop().create_future()

        class Peer(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                made.set_result(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

        listener = Address("127.0.0.1", 0).listening("--http")
        server = await asyncio.get_running_loop().create_server(Peer, sock=listener)
        async with server:
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await made == 1
            writer.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("text", "host", "port", "public"),
    [
        ("127.0.0.1:5005", "127.0.0.1", 5005, False),
        ("localhost:0", "127.0.0.1", 0, False),
        ("[::1]:80", "::1", 80, False),
        ("0.0.0.0:5005", "0.0.0.0", 5005, True),
        ("[::]:5005", "::", 5005, True),
        ("192.0.2.1:5005", "192.0.2.1", 5005, True),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, public: bool) -> None:
    address = Address.read(text, "--http")
    assert (address.host, address.port, address.is_public) == (host, port, public)


@pytest.mark.parametrize("text", ["", "5005", ":5005", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match="is not HOST:PORT"):
        Address.read(text, "--http")
