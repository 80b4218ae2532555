"""Every error as one shape: RFC 9457 problem+json.

``problem_response`` is the only code that writes a problem; FastAPI's handlers, the edge
middleware and the fast lane all come here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, NoResultFound, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from app.core.connection_errors import as_unavailable
from app.core.errors import (
    BackendifyError,
    BadRequestError,
    ConflictError,
    InvalidError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
    UnsupportedMediaTypeError,
    Violation,
)
from app.core.json_text import dump_json

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"
_SECRET_WORD: Final = re.compile(
    r"(?i:(^/+api/+(?:hooks|invitations)/+).+?(?=/accept$|$))|\bwfh_[\w-]+"
)
_SECRET_SIGNS: Final = ("hooks", "invitations", "wfh_")

log = structlog.get_logger(__name__)


class RouteNotFoundError(NotFoundError):
    """No route has this path."""

    code = "route_not_found"


class MethodNotAllowedError(BackendifyError):
    """The path has no such method; Allow lists those it has."""

    code, status, title = "method_not_allowed", 405, "Method not allowed"


class DatabaseConflictError(ConflictError):
    """Another transaction was in the way; nothing was changed."""

    code = "database_conflict"

    def __init__(self) -> None:
        super().__init__(
            "Another change was in the way; the request was not carried out.",
            headers={"Retry-After": "1"},
        )


class UnstorableValueError(InvalidError):
    """A value is outside of what Postgres can hold."""

    code = "value_not_storable"

    def __init__(self) -> None:
        super().__init__("A value cannot be stored as it is.")


class UnexpectedError(BackendifyError):
    """A fault of ours: the client learns the request id, the log learns the rest."""

    def __init__(self) -> None:
        super().__init__("The server failed in a way it did not expect. The fault has been logged.")


_IN_THE_WAY: Final = ("40001", "40P01", "55P03")
_NOT_STORABLE: Final = ("22", "54")  # data exceptions, and values beyond a program limit
_CONSTRAINT: Final = "23"

_HTTP_KINDS: Final[dict[int, type[BackendifyError]]] = {
    400: BadRequestError,
    404: RouteNotFoundError,
    405: MethodNotAllowedError,
    413: TooLargeError,
    415: UnsupportedMediaTypeError,
}


def shown_path(path: str) -> str:
    """A path as it may be told and kept: what alone lets someone in is not shown."""
    lowered = path.lower()  # most paths need no more than this look
    if not any(word in lowered for word in _SECRET_SIGNS):
        return path
    return _SECRET_WORD.sub(r"\1***", path)


def problem_response(
    error: BackendifyError, instance: str, request_id: str | None = None
) -> Response:
    """The error as a response. ``instance`` is the path that was asked for."""
    problem: dict[str, Any] = {
        "type": f"/docs/errors#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "instance": shown_path(instance),
        "code": error.code,
    }
    if error.hint:
        problem["hint"] = error.hint
    if error.errors:
        problem["errors"] = [violation.as_json() for violation in error.errors]
    problem |= error.extra
    problem["request_id"] = request_id
    return Response(
        dump_json(problem),
        status_code=error.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=error.headers,
    )


def as_backendify_error(error: BaseException) -> BackendifyError:
    """What a client is told of any exception; what is no client's doing is logged."""
    if isinstance(error, BackendifyError):
        return error
    told = _database_error(error)
    if told is None:
        log.error("unexpected_error", exc_info=error)
        return UnexpectedError()
    if isinstance(told, UnavailableError):
        log.warning("database_fault", error=repr(error))
    return told


def violations_of(faults: Iterable[Any]) -> list[Violation]:
    """Pydantic's faults of a value, each with its pointer into that value."""
    return [_violation(fault) for fault in faults]


def install_error_handlers(app: FastAPI) -> None:
    """Render whatever a route raises."""
    app.add_exception_handler(Exception, _render)
    app.add_exception_handler(HTTPException, _render)
    app.add_exception_handler(RequestValidationError, _render)
    for kind in (BackendifyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        app.add_exception_handler(kind, _render)
    app.add_exception_handler(SQLAlchemyError, _render)
    app.add_exception_handler(TimeoutError, _render)


async def _render(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        told: BackendifyError = _validation_error(error)
    elif isinstance(error, HTTPException):
        told = _http_error(error)
    else:
        told = as_backendify_error(error)
    request_id = request.scope.get("state", {}).get("request_id")
    return problem_response(told, request.scope["path"], request_id)


def _database_error(error: BaseException) -> BackendifyError | None:
    """What the database refused, told apart by SQLSTATE wherever the driver's error is wrapped."""
    if isinstance(error, NoResultFound | StaleDataError):
        return NotFoundError("It was there a moment ago and is gone.")
    away = as_unavailable(error)
    if away is not None:
        return away
    driver_error = error.orig if isinstance(error, DBAPIError) else error
    return _by_sqlstate(str(getattr(driver_error, "sqlstate", None) or ""))


def _by_sqlstate(sqlstate: str) -> BackendifyError | None:
    if sqlstate in _IN_THE_WAY:
        return DatabaseConflictError()
    if sqlstate.startswith(_CONSTRAINT):
        return ConflictError("What is stored was changed by another request meanwhile.")
    return UnstorableValueError() if sqlstate.startswith(_NOT_STORABLE) else None


def _http_error(error: HTTPException) -> BackendifyError:
    """Starlette's and FastAPI's own: no such route, wrong method, a body that cannot be read."""
    if isinstance(error.__cause__, BackendifyError):
        return error.__cause__
    kind = _HTTP_KINDS.get(error.status_code)
    if kind is None:
        return _other_http_error(error)
    detail = "There is no such route." if error.status_code == 404 else f"{error.detail}."
    return kind(detail, headers=error.headers)


def _other_http_error(error: HTTPException) -> BackendifyError:
    told = BackendifyError(str(error.detail), headers=error.headers)
    told.status = error.status_code
    told.title = HTTPStatus(error.status_code).phrase
    told.code = told.title.lower().replace(" ", "_")
    return told


def _validation_error(error: RequestValidationError) -> BackendifyError:
    """422 for the body, 400 for the query or a header, 404 for an id that cannot be one."""
    faults = error.errors()
    if any(fault["loc"][:1] == ("path",) for fault in faults):
        return NotFoundError("There is no such object.")
    in_body = [fault for fault in faults if fault["loc"] and fault["loc"][0] == "body"]
    if len(in_body) < len(faults):
        outside = [fault for fault in faults if fault not in in_body]
        return BadRequestError(
            "The URL or a header cannot be read.", errors=[_outside_violation(f) for f in outside]
        )
    inside = [{**fault, "loc": fault["loc"][1:]} for fault in in_body]
    return InvalidError("The body is not valid.", errors=violations_of(inside))


def _outside_violation(fault: Any) -> Violation:
    place, *rest = fault["loc"]
    return Violation(_pointer(rest), f"request_{place}_invalid", _message(fault))


def _violation(fault: Mapping[str, Any]) -> Violation:
    code = "unknown_field" if fault["type"] == "extra_forbidden" else str(fault["type"])
    hint = "Leave it out." if code == "unknown_field" else None
    return Violation(_pointer(fault["loc"]), code, _message(fault), hint)


def _message(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ").rstrip(".") + "."


def _pointer(steps: Sequence[Any]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)
