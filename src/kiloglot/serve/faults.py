"""Every error of the HTTP server as an answer in Rasa's shape."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.responses import Response

from kiloglot.errors import ArtifactError, DataError, KiloglotError, OverloadedError
from kiloglot.serve.rasa import Failure

__all__ = ["FaultError", "failure"]

_REASONS = {
    HTTPStatus.BAD_REQUEST: "BadRequest",
    HTTPStatus.UNAUTHORIZED: "NotAuthenticated",
    HTTPStatus.FORBIDDEN: "NotAuthorized",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.METHOD_NOT_ALLOWED: "MethodNotAllowed",
    HTTPStatus.REQUEST_TIMEOUT: "RequestTimeout",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "ContentTooLarge",
    HTTPStatus.UNPROCESSABLE_ENTITY: "InvalidRequest",
    HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}
_RETRY = {HTTPStatus.TOO_MANY_REQUESTS: "1", HTTPStatus.SERVICE_UNAVAILABLE: "1"}


class FaultError(KiloglotError):
    """A request that is answered with an error."""

    def __init__(self, status: HTTPStatus, problem: str, *, remedy: str = "", parameter: str = "") -> None:
        super().__init__(problem, remedy=remedy)
        self.status = status
        self.parameter = parameter


def failure(error: Exception) -> Response:
    """The answer that tells `error`; what is no error of ours is a fault of the server, and its words stay inside."""
    status, headers, parameter = HTTPStatus.INTERNAL_SERVER_ERROR, dict[str, str](), ""
    message = "this is a fault of kiloglot. Please report it, with what the log says"
    if isinstance(error, KiloglotError):
        status, message = _status(error), str(error)
        parameter = error.parameter if isinstance(error, FaultError) else ""
    elif isinstance(error, HTTPException):
        status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
        message = str(error.detail)
    if status in _RETRY:
        headers["Retry-After"] = _RETRY[status]
    if status is HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    details = {"parameter": parameter, "in": "body"} if parameter else {}
    told = Failure(reason=_REASONS.get(status, "ServerError"), message=message, details=details, code=status)
    # What came from outside may hold half a character, which UTF-8 cannot write.
    content = told.model_copy(update={"message": message.encode("utf-8", "replace").decode()}).model_dump_json()
    return Response(content, status, headers, "application/json")


def _status(error: KiloglotError) -> HTTPStatus:
    if isinstance(error, FaultError):
        return error.status
    if isinstance(error, OverloadedError | ArtifactError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, DataError) else HTTPStatus.INTERNAL_SERVER_ERROR
