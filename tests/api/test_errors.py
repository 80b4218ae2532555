"""Errors: one shape, whatever raised them, and nothing of the inside in them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError

from app.api.errors import as_backendify_error, install_error_handlers, problem_response
from app.core.errors import BackendifyError, ConflictError, Violation

FIELDS = ["type", "title", "status", "detail", "instance", "code"]


def test_a_problem_has_the_fields_of_rfc_9457_and_ours() -> None:
    error = ConflictError(
        "It is taken.",
        hint="Choose another.",
        errors=[Violation("/a~1b/0", "taken", "Taken.")],
        headers={"Retry-After": "1"},
        plan_hash="abc",
    )

    response = problem_response(error, "/api/x", "r1")

    assert response.status_code == 409
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert json.loads(bytes(response.body)) == {
        "type": "/docs/errors#conflict",
        "title": "Conflict",
        "status": 409,
        "detail": "It is taken.",
        "instance": "/api/x",
        "code": "conflict",
        "hint": "Choose another.",
        "errors": [{"pointer": "/a~1b/0", "code": "taken", "message": "Taken."}],
        "plan_hash": "abc",
        "request_id": "r1",
    }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ConnectionRefusedError(), 503, "database_unavailable"),
        (FileNotFoundError("/run/.s.PGSQL.5432"), 503, "database_unavailable"),
        (TimeoutError(), 503, "database_busy"),
        (asyncpg.CannotConnectNowError("starting up"), 503, "database_unavailable"),
        (asyncpg.AdminShutdownError("x"), 503, "database_unavailable"),
        (asyncpg.TooManyConnectionsError("x"), 503, "database_unavailable"),
        (asyncpg.DiskFullError("x"), 503, "database_unavailable"),
        (asyncpg.InterfaceError("connection is closed"), 503, "database_unavailable"),
        (asyncpg.DeadlockDetectedError("x"), 409, "database_conflict"),
        (asyncpg.SerializationError("x"), 409, "database_conflict"),
        (asyncpg.LockNotAvailableError("x"), 409, "database_conflict"),
        (asyncpg.QueryCanceledError("x"), 504, "database_timeout"),
        (asyncpg.UniqueViolationError("x"), 409, "conflict"),
        (asyncpg.ForeignKeyViolationError("x"), 409, "conflict"),
        (asyncpg.CharacterNotInRepertoireError("x"), 422, "value_not_storable"),
        (asyncpg.NumericValueOutOfRangeError("x"), 422, "value_not_storable"),
        (asyncpg.ProgramLimitExceededError("x"), 422, "value_not_storable"),
    ],
)
def test_faults_of_the_database_are_told_apart_wrapped_or_not(
    error: Exception, status: int, code: str
) -> None:
    wrapped = DBAPIError("SELECT secret", {}, error)
    wrapped.__cause__ = error

    for raised in (error, wrapped):
        told = as_backendify_error(raised)
        assert (told.status, told.code) == (status, code)
        assert "SELECT" not in told.detail
        assert (told.status < 500) or "Retry-After" in told.headers


@pytest.mark.parametrize(
    "error", [RuntimeError("SELECT secret"), KeyError("x"), asyncpg.UndefinedTableError("secret")]
)
def test_the_unexpected_says_nothing_of_the_inside(error: Exception) -> None:
    told = as_backendify_error(error)

    assert (told.status, told.code) == (500, "internal_error")
    assert "secret" not in told.detail


class TestRoutes:
    """What a route raises reaches the client as a problem, through FastAPI alone as well."""

    @pytest.fixture
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        app = FastAPI()
        install_error_handlers(app)

        @app.get("/fail/{kind}")
        async def fail(kind: str) -> None:
            raise {
                "known": ConflictError("Known."),
                "away": ConnectionResetError("10.0.0.1"),
                "driver": asyncpg.PostgresConnectionError("10.0.0.1"),
                "unexpected": RuntimeError("10.0.0.1"),
            }[kind]

        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    @pytest.mark.parametrize(
        ("kind", "status"), [("known", 409), ("away", 503), ("driver", 503), ("unexpected", 500)]
    )
    async def test_it_is_a_problem(self, client: httpx.AsyncClient, kind: str, status: int) -> None:
        answer = await client.get(f"/fail/{kind}")

        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert list(answer.json())[:6] == FIELDS
        assert "10.0.0.1" not in answer.text


def test_every_kind_of_error_can_be_rendered() -> None:
    def kinds(kind: type[Any]) -> list[type[Any]]:
        return [kind, *(each for child in kind.__subclasses__() for each in kinds(child))]

    for kind in kinds(BackendifyError):
        assert 400 <= kind.status < 600
        assert kind.title[0].isupper()
