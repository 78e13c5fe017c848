"""The routes of the HTTP server: Rasa's, and what a service needs besides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse

import kiloglot
from kiloglot.errors import ArtifactError, KiloglotError
from kiloglot.runtime import bundled
from kiloglot.serve import rasa
from kiloglot.serve.faults import FaultError, failure
from kiloglot.serve.limits import Limits
from kiloglot.serve.log import Log
from kiloglot.serve.metrics import Metrics
from kiloglot.serve.served import Served

if TYPE_CHECKING:
    from kiloglot.assistant import Answer

__all__ = ["PATHS", "Answers", "http_app"]

PATHS = {
    "/": False,
    "/version": False,
    "/health": False,
    "/openapi.json": False,
    "/status": True,
    "/metrics": True,
    "/model": True,
    "/model/parse": True,
    "/model/parse/batch": True,
}
"""Every path, and whether it needs the token where there is one."""

_RANKING = 10  # intents of a ranking, as many as Rasa lists
_Asked = TypeVar("_Asked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the routes answer with."""

    served: Served
    """The model."""
    limits: Limits
    """Bounds of what may be asked."""
    log: Log
    """Where swaps, and utterances if they may be, are logged."""
    metrics: Metrics
    """The page of figures."""
    stopping: asyncio.Event
    """Set when the server takes on no more."""
    models: Path | None
    """Folder of the models that may be loaded beside the bundled ones and the first one."""
    first: Path
    """Folder of the model that the server was started with."""
    may_swap: bool
    """Whether models may be exchanged at all."""

    async def parse(self, request: Request) -> Response:
        """Understands one utterance."""
        asked = await _read(request, rasa.ParseRequest)
        (answer,) = await self._answered([asked.text], asked.locale or asked.lang)
        return _json(rasa.answer_of(answer, self._threshold, asked.message_id))

    async def parse_batch(self, request: Request) -> Response:
        """Understands several utterances, all with the same model."""
        asked = await _read(request, rasa.BatchRequest)
        if len(asked.texts) > self.limits.batch:
            raise _too_much(f"{len(asked.texts)} texts; {self.limits.batch} are allowed", "texts")
        answers = await self._answered(asked.texts, asked.locale) if asked.texts else ()
        return _json(rasa.BatchAnswer(parses=[rasa.answer_of(answer, self._threshold) for answer in answers]))

    async def swap(self, request: Request) -> Response:
        """Answers with another model from now on; requests under way finish with the old one."""
        if not self.may_swap:
            remedy = "Start the server with --token"
            raise FaultError(HTTPStatus.FORBIDDEN, "without a token no model can be exchanged", remedy=remedy)
        asked = await _read(request, rasa.ModelRequest)
        try:
            manifest = await self.served.swap(self._allowed(asked.model_file))
        except ArtifactError as error:
            self.log.event("swap", "warning", done=False, reason=error.problem)
            raise FaultError(HTTPStatus.BAD_REQUEST, str(error), parameter="model_file") from error
        self.log.event("swap", done=True, model=manifest.label)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def status(self) -> Response:
        """What answers."""
        manifest = self.served.manifest
        return _json(
            rasa.Status(
                model_file=str(self.served.folder),
                model_id=manifest.label,
                fingerprint={"ontology": manifest.ontology.version, "trained_on": manifest.trained_on},
                loaded=self.served.loaded,
                locales=list(manifest.locales),
                names=self.served.names,
            )
        )

    async def health(self) -> Response:
        """Whether requests are taken."""
        if self.stopping.is_set():
            return _json(rasa.Health(status="stopping"), HTTPStatus.SERVICE_UNAVAILABLE)
        return _json(rasa.Health(status="ok"))

    async def version(self) -> Response:
        """Which server this is."""
        return _json(rasa.Version())

    async def hello(self) -> Response:
        """Says that the server runs."""
        return Response(f"Hello from kiloglot: {kiloglot.__version__}", media_type="text/plain")

    async def figures(self) -> Response:
        """Figures in Prometheus's text format."""
        return Response(self.metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @property
    def _threshold(self) -> float:
        return self.served.manifest.calibration.threshold

    async def _answered(self, texts: Sequence[str], locale: str | None) -> tuple[Answer, ...]:
        longest = max(map(len, texts))
        if longest > self.limits.characters:
            raise _too_much(f"a text of {longest} characters; {self.limits.characters} are allowed", "text")
        answers = await self.served.answer(texts, locale, top_k=_RANKING)
        if self.log.utterances:
            for command in (command for answer in answers for command in answer.commands):
                parse = command.parse
                told = {"text": parse.text, "locale": parse.locale, "intent": parse.intent}
                self.log.event("parse", **told, confidence=parse.confidence, rejected=command.rejected)
        return answers

    def _allowed(self, model: str) -> Path | str:
        """The folder of a model that may be loaded. Raises FaultError for any other, whether it exists or not."""
        if model in bundled():
            return model
        folder = ((self.models or Path()) / model).resolve() if "\0" not in model else Path()
        inside = self.models is not None and folder.is_relative_to(self.models.resolve())
        if not inside and folder != self.first.resolve():
            known = f"below {self.models}" if self.models else "and the one that the server was started with"
            raise FaultError(
                HTTPStatus.FORBIDDEN,
                "this model may not be loaded",
                remedy=f"There are {', '.join(bundled())}, {known}; --models FOLDER allows others",
                parameter="model_file",
            )
        return folder


def http_app(answers: Answers) -> FastAPI:
    """The application, without what guards it."""
    app = FastAPI(
        title="kiloglot",
        version=kiloglot.__version__,
        description="Intents and slots of utterances, in the shapes of Rasa's HTTP API.",
        docs_url=None,  # Their pages load scripts from other sites.
        redoc_url=None,
        redirect_slashes=False,
    )
    for kind in (KiloglotError, HTTPException, Exception):
        app.add_exception_handler(kind, _told)
    for route in _routes(answers):
        faults = (*route.faults, 401) if PATHS[route.path] else route.faults
        app.add_api_route(
            route.path,
            route.answer,
            methods=[route.method],
            status_code=route.status,
            response_model=route.gives,
            response_class=JSONResponse if route.gives else PlainTextResponse,
            openapi_extra={**_asks(route), "responses": {str(status): _fails(status) for status in faults}},
        )
    app.openapi()["components"]["securitySchemes"] = _SECRETS  # Made once, and kept by the app.
    return app


_SECRETS = {
    "Bearer": {"type": "http", "scheme": "bearer"},
    "Token": {"type": "apiKey", "in": "query", "name": "token"},
}


@dataclass(frozen=True, slots=True)
class _Route:
    """One route, as the OpenAPI description tells of it."""

    method: str
    """Its HTTP method."""
    path: str
    """Its path."""
    answer: Callable[..., Awaitable[Response]]
    """Who answers."""
    gives: type[BaseModel] | None = None
    """What the answer holds; None: text or nothing."""
    asks: type[BaseModel] | None = None
    """What the request's body holds."""
    status: int = 200
    """Status of a success."""
    faults: tuple[int, ...] = (429,)
    """Statuses of failures."""


def _routes(answers: Answers) -> tuple[_Route, ...]:
    parsing = (400, 408, 413, 422, 429, 503)
    return (
        _Route("GET", "/", answers.hello),
        _Route("GET", "/version", answers.version, rasa.Version),
        _Route("GET", "/health", answers.health, rasa.Health, faults=(429, 503)),
        _Route("GET", "/status", answers.status, rasa.Status),
        _Route("GET", "/metrics", answers.figures),
        _Route("POST", "/model/parse", answers.parse, rasa.ParseAnswer, rasa.ParseRequest, faults=parsing),
        _Route("POST", "/model/parse/batch", answers.parse_batch, rasa.BatchAnswer, rasa.BatchRequest, faults=parsing),
        _Route("PUT", "/model", answers.swap, None, rasa.ModelRequest, 204, (400, 403, 408, 413, 422, 429)),
    )


def _asks(route: _Route) -> dict[str, Any]:
    """What of a route FastAPI cannot see: the body, which is read whatever its content type, and the token."""
    told: dict[str, Any] = {"security": [{"Bearer": []}, {"Token": []}]} if PATHS[route.path] else {}
    if route.asks:
        schema = {"schema": route.asks.model_json_schema()}
        told["requestBody"] = {"required": True, "content": {"application/json": schema}}
    return told


def _fails(status: int) -> dict[str, Any]:
    schema = {"schema": rasa.Failure.model_json_schema()}
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": schema}}


async def _told(request: Request, error: Exception) -> Response:
    return failure(error)


async def _read(request: Request, kind: type[_Asked]) -> _Asked:
    """The body as `kind`, whatever its content type: `curl -d` calls JSON a form. Raises FaultError otherwise."""
    body = await request.body()
    if not body:
        raise FaultError(HTTPStatus.BAD_REQUEST, "the request has no body", remedy="Send an object of JSON")
    try:
        return kind.model_validate_json(body)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        status = HTTPStatus.BAD_REQUEST if first["type"] == "json_invalid" else HTTPStatus.UNPROCESSABLE_ENTITY
        raise FaultError(status, f"{where or 'body'}: {first['msg']}", parameter=where) from None


def _json(content: BaseModel, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(content.model_dump_json(), status, media_type="application/json")


def _too_much(problem: str, parameter: str) -> FaultError:
    return FaultError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem, remedy="Send less at a time", parameter=parameter)
