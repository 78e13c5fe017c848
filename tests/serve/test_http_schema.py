"""What the OpenAPI description says is what the server does: schemathesis against the real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from kiloglot.serve.http_app import PATHS
from tests.serve.http_process import serving

TOKEN = "a-token"
ROUTES = [("put" if path == "/model" else "post" if "parse" in path else "get", path) for path in PATHS]


@pytest.fixture(scope="module")
def described(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description of a real server."""
    log = tmp_path_factory.mktemp("schema") / "log.jsonl"
    with serving(log, ["--model", tiny_model, "--http", "127.0.0.1:0", "--token", TOKEN]) as server:
        yield schemathesis.openapi.from_url(server.listening["http"] + "/openapi.json")
        assert server.stop() == 0
        assert server.events("fault") == []


def hold(described: Any, method: str, path: str, mode: GenerationMode, examples: int) -> None:
    """Sends requests as described, or with something wrong in each, and checks every answer against the description."""

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=examples < 100,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def check(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"})

    check()


def test_every_route_is_described(described: Any) -> None:
    said = {(method, path) for path in described for method in described[path] if path != "/openapi.json"}
    assert said == {(method, path) for method, path in ROUTES if path != "/openapi.json"}


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] != "/openapi.json"])
def test_the_description_holds(method: str, path: str, described: Any) -> None:
    hold(described, method, path, GenerationMode.POSITIVE, 10)


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] != "get"])
def test_what_is_not_as_described_is_refused(method: str, path: str, described: Any) -> None:
    hold(described, method, path, GenerationMode.NEGATIVE, 10)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] != "get"])
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_description_holds_for_long(mode: GenerationMode, method: str, path: str, described: Any) -> None:
    hold(described, method, path, mode, 300)
