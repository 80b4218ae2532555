"""To a stranger every route of a project answers as if there were no such project."""

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.db import Database
from app.core.ids import project_schema
from tests.architecture.routes import Route, list_routes
from tests.conftest import Admin, TestProject
from tests.people import Person, stranger

VARYING = {"request_id", "instance"}


@pytest.fixture(scope="module")
async def foreigner(app: Any, admin: Admin) -> Person:
    return await stranger(app, admin.client)


async def test_a_foreign_project_is_like_none_on_every_route(
    app: Any, foreigner: Person, project: TestProject, database: Database
) -> None:
    before = await _everything(database, project)
    for route in _project_routes(app):
        if not route.is_guarded:
            continue
        seen = [
            await _call(foreigner.client, route, ref)
            for ref in (project.slug, str(project.id), str(uuid4()), "no-such-project")
        ]
        expected = 401 if route.is_users_own else 404
        assert {answer.status_code for answer in seen} == {expected}, str(route)
        shapes = [_constant(answer) for answer in seen]
        assert all(shape == shapes[0] for shape in shapes), str(route)
    assert await _everything(database, project) == before


async def test_without_credentials_every_guarded_route_is_401(
    app: Any, client: httpx.AsyncClient, project: TestProject
) -> None:
    for route in list_routes(app):
        if not route.is_guarded or route.admits_anyone:
            continue
        for ref in (project.slug, "no-such-project"):
            answer = await _call(client, route, ref)
            assert (answer.status_code, answer.json()["code"]) == (401, "auth_required"), str(route)


async def test_without_credentials_no_data_route_succeeds(
    app: Any, client: httpx.AsyncClient, project: TestProject
) -> None:
    for route in list_routes(app):
        if not route.admits_anyone or "{collection}" not in route.path:
            continue
        seen = [
            await _call(client, replace(route, path=path), project.slug)
            for path in (route.path.replace("{collection}", name) for name in ("users", "nope"))
        ]
        assert all(400 <= answer.status_code < 500 for answer in seen), str(route)


async def test_another_method_or_spelling_gets_around_no_guard(
    app: Any, client: httpx.AsyncClient, project: TestProject
) -> None:
    for route in list_routes(app):
        if not route.is_guarded or route.admits_anyone:
            continue
        path = _path(route, project.slug)
        for method in ("HEAD", "OPTIONS", "TRACE", "PROPFIND", route.method.lower()):
            answer = await client.request(method, path)
            assert 400 <= answer.status_code < 500, (method, path)
        for spelling in (f"{path}/", f"/{path}", path.upper(), path.replace("/api", "/%61pi")):
            answer = await client.request(
                route.method, spelling, headers={"X-HTTP-Method-Override": "GET"}
            )
            assert 400 <= answer.status_code < 500, spelling


def _project_routes(app: Any) -> list[Route]:
    return [route for route in list_routes(app) if "{project}" in route.path]


def _path(route: Route, project_ref: str) -> str:
    return re.sub(r"\{\w+\}", str(uuid4()), route.path.replace("{project}", project_ref))


async def _call(client: httpx.AsyncClient, route: Route, project_ref: str) -> httpx.Response:
    body: dict[str, Any] | None = {} if route.takes_body else None
    return await client.request(route.method, _path(route, project_ref), json=body)


def _constant(answer: httpx.Response) -> dict[str, Any]:
    problem = {k: v for k, v in answer.json().items() if k not in VARYING}
    return problem | {"headers": sorted(set(answer.headers) - {"x-request-id", "server-timing"})}


async def _everything(database: Database, project: TestProject) -> list[Any]:
    """A project's control rows and the tables of its schema, to be compared."""
    rows = [
        await database.owner.fetch(
            f"SELECT t::text FROM backendify.{table} t WHERE {column} = $1 ORDER BY 1", project.id
        )
        for table, column in (
            ("projects", "id"),
            ("members", "project_id"),
            ("invitations", "project_id"),
            ("schema_versions", "project_id"),
            ("control_log", "project_id"),
        )
    ]
    tables = await database.owner.fetch(
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = $1 ORDER BY 1, 2",
        project_schema(project.id),
    )
    return [*rows, tables]
