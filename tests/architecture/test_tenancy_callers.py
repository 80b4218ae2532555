"""Every route of the application with every kind of caller: nobody passes a guard not meant for
them, and nothing of a project changes by the hand of those without a right to it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.core.db import Database
from app.features.codegen.languages import FILES
from tests.architecture.routes import Route, list_routes
from tests.conftest import Admin
from tests.people import Person, stranger
from tests.scenarios.cast import Cast, Headers, Side, assemble, call
from tests.scenarios.stray_tokens import stray_tokens

_ADMINS = ("admin", "intruder")
VIEWERS_MAY_POST = {
    "/schema/plan",
    "/schema/rollback/plan",
    "/schema/adopt/plan",
    "/data/{collection}/query",
}
"""Questions with a body: they change nothing."""


@pytest.fixture(scope="module")
async def cast(app: Any, admin: Admin, client: httpx.AsyncClient, database: Database) -> Cast:
    return await assemble(app, admin, client, database)


@pytest.fixture(scope="module")
async def strays(app: Any, cast: Cast) -> dict[str, str]:
    return await stray_tokens(app, cast.victim)


@pytest.fixture(autouse=True)
async def untouched(cast: Cast, strays: dict[str, str]) -> AsyncIterator[None]:
    assert strays, "made beforehand: making them changes the project"
    await cast.settle()
    before = await cast.checksum()
    yield
    assert await cast.checksum() == before


async def test_a_project_is_closed_to_whoever_is_nobody_in_it(
    app: Any, cast: Cast, client: httpx.AsyncClient, admin: Admin
) -> None:
    """Real ids of the project in every path: each answer is one that a random id would get."""
    foreigner: Person = await stranger(app, admin.client)
    for name, headers in _outsiders(cast, foreigner).items():
        for route in _project_routes(app):
            answer = await _write(client, route, _reaching(cast.victim, route), headers)
            assert answer.status_code == _closed(route, name), _told(name, route, answer)


async def test_the_consoles_routes_are_closed_to_users_and_keys_of_the_project_itself(
    app: Any, cast: Cast, client: httpx.AsyncClient
) -> None:
    """Whatever a key's scopes are: the control plane is no data."""
    for name, headers in _insiders(cast.victim).items():
        for route in list_routes(app):
            if not route.is_guarded or route.admits_anyone:
                continue
            if route.is_users_own and name == "user":
                continue
            if route.admits_servers and name != "user":
                continue
            answer = await call(client, route, cast.victim.path(route), headers)
            assert answer.status_code == 401, _told(name, route, answer)


async def test_a_key_that_may_list_posts_does_nothing_else(
    app: Any, cast: Cast, client: httpx.AsyncClient
) -> None:
    lists = {"/data/{collection}", "/data/{collection}/query", "/data/{collection}/aggregate",
             "/data/{collection}/export", "/changes", "/realtime", "/openapi.json",
             *(f"/{file}" for file in FILES.values())}  # fmt: skip
    key = {"X-API-Key": cast.victim.narrow_key}
    for route in _data_routes(app):
        asks = route.method == "GET" or route.path.endswith("/query")
        if asks and _tail(route) in lists:
            continue
        for collection in ("posts", "invoices"):
            path = _reaching(cast.victim, route, collection=collection)
            answer = await _write(client, route, path, key)
            assert answer.status_code in (403, 404), _told("posts:list", route, answer)


async def test_a_viewer_changes_nothing_by_any_route(app: Any, cast: Cast) -> None:
    for route in _project_routes(app):
        if route.method == "GET" or not route.is_guarded or _tail(route) in VIEWERS_MAY_POST:
            continue
        expected = 401 if route.is_users_own else 403
        if _tail(route) == "/members/{admin_id}" and route.method == "DELETE":
            path = cast.victim.path(route, admin_id=str(cast.victim.owner.user["id"]))
        else:
            path = _reaching(cast.victim, route)
        answer = await _write(cast.victim.viewer.client, route, path, {})
        assert answer.status_code == expected, _told("viewer", route, answer)


async def test_an_admin_of_another_project_gets_nowhere_by_their_own_projects_address(
    app: Any, cast: Cast
) -> None:
    """Ids of the victim's in the paths of the intruder's own project are ids of nothing."""
    shared = {"collection", "field", "kind", "locale", "template", "version", "name", "provider"}
    for route in _project_routes(app):
        foreign = {k: v for k, v in cast.victim.ids.items() if f"{{{k}}}" in route.path}
        if not route.is_guarded or not foreign.keys() - shared:
            continue
        answer = await _write(cast.other.owner.client, route, cast.other.path(route, **foreign), {})
        refused = (401,) if route.is_users_own else (404, 422)
        assert answer.status_code in refused, _told("intruder", route, answer)


async def test_no_other_token_stands_in_for_an_access_token(
    app: Any, cast: Cast, strays: dict[str, str], client: httpx.AsyncClient
) -> None:
    for name, token in strays.items():
        bearer, key = {"Authorization": f"Bearer {token}"}, {"X-API-Key": token}
        for route in list_routes(app):
            if not route.is_guarded:
                continue
            for headers in (bearer, key) if route.takes_keys else (bearer,):
                answer = await call(client, route, cast.victim.path(route), headers)
                assert answer.status_code == 401, _told(name, route, answer)


METHODS = ("HEAD", "OPTIONS", "TRACE", "PROPFIND", "MKCOL", "get", "delete")


async def test_another_method_or_spelling_gets_nobody_further(
    app: Any, cast: Cast, client: httpx.AsyncClient
) -> None:
    """Callers with credentials of their own, on the victim's paths."""
    override = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "DELETE",
                "X-Original-URL": "/api/projects", "X-Rewrite-URL": "/livez"}  # fmt: skip
    callers = (cast.other.owner.headers, cast.victim.user.headers)
    for number, route in enumerate(_project_routes(app)):
        headers = callers[number % 2] | override
        if route.admits_anyone or route.is_users_own:
            continue
        path = cast.victim.path(route)
        for method in METHODS:
            answer = await client.request(method, path, headers=headers)
            assert 400 <= answer.status_code < 500, _told(method, route, answer)
        for spelling in _spellings(path):
            answer = await client.request(route.method, spelling, headers=headers)
            assert 400 <= answer.status_code < 500, _told(spelling, route, answer)


async def test_no_header_makes_another_method_of_a_members_request(app: Any, cast: Cast) -> None:
    """An owner who reads has only read, whatever a header or parameter says."""
    override = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE"}
    for route in _project_routes(app):
        if route.method != "GET" or not route.is_guarded or route.streams:
            continue
        for method in ("GET", "HEAD", "OPTIONS"):
            await cast.victim.owner.client.request(
                method, cast.victim.path(route), headers=override
            )


def _outsiders(cast: Cast, foreigner: Person) -> dict[str, Headers]:
    other = cast.other
    return {
        "nobody": {},
        "admin": foreigner.headers,
        "intruder": {"Authorization": other.owner.headers["Authorization"]},
        "user": other.user.headers,
        "narrow key": {"X-API-Key": other.narrow_key},
        "service key": {"X-API-Key": other.service_key},
        "bearer key": {"Authorization": f"Bearer {other.service_key}"},
    }


def _insiders(side: Side) -> dict[str, Headers]:
    return {
        "user": side.user.headers,
        "service key": {"Authorization": f"Bearer {side.service_key}"},
        "service key alone": {"X-API-Key": side.service_key},
    }


def _closed(route: Route, name: str) -> int:
    """What this caller must be told on a guarded route of a project they have no part in."""
    good_elsewhere = name in _ADMINS or (name.endswith("key") and route.takes_keys)
    return 404 if good_elsewhere and not route.is_users_own else 401


def _project_routes(app: Any) -> list[Route]:
    found = [route for route in list_routes(app) if "{project}" in route.path and route.is_guarded]
    assert len(found) > 100
    return found


def _data_routes(app: Any) -> list[Route]:
    return [route for route in _project_routes(app) if route.admits_anyone]


def _tail(route: Route) -> str:
    return route.path.removeprefix("/api/projects/{project}")


def _reaching(side: Side, route: Route, **ids: str) -> str:
    """The route's path, and what else it must be told to reach all records that there are."""
    query = {"/data/{collection}/aggregate": "?count=*"}.get(_tail(route), "")
    if _tail(route) == "/data/{collection}" and route.method in ("PATCH", "DELETE"):
        query = "?id__isnull=false"
    return side.path(route, **ids) + query


async def _write(
    client: httpx.AsyncClient, route: Route, path: str, headers: Headers
) -> httpx.Response:
    """Send it with a body that a record could have, as a bulk write where it is one."""
    headers = {"Prefer": "max-affected=9"} | headers
    given: dict[str, Any] = {}
    if _tail(route).endswith("/import"):
        given = {"json": [{"title": "x"}]}
    elif _tail(route) == "/batch":
        operation = {"op": "create", "collection": "posts", "data": {"title": "x"}}
        given = {"json": {"operations": [operation]}}
    elif _tail(route).endswith("/revert"):
        given = {"json": {"seq": 1}}
    elif _tail(route) == "/changes/undo":
        given = {"json": {"request_id": "x"}}
    elif route.takes_body:
        given = {"json": {} if _tail(route).endswith("/query") else {"title": "x"}}
    return await client.request(route.method, path, headers=headers, **given)


def _spellings(path: str) -> tuple[str, ...]:
    head, _, tail = path.rpartition("/")
    return (
        f"{path}/",
        f"/{path}",
        f"{head}//{tail}",
        f"{head}/%2e/{tail}",
        f"{head}/x/%2e%2e/{tail}",
        f"{head}/x/../{tail}",
        f"{head}%2f{tail}",
        f"{path};x",
        f"{path}%20",
        f"{path}%00",
        f"{path}.json",
        path.replace("/api/", "/API/"),
        path.replace("/api/", "/api/v1/"),
        path.replace("/api", "/%61pi"),
        path.replace("/projects/", "/Projects/"),
    )


def _told(who: str, route: Route, answer: httpx.Response) -> str:
    return f"{who}: {route}: {answer.status_code} {answer.text[:300]}"
