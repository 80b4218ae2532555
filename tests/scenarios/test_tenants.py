"""Two tenants: another's ids in bodies, queries and headers are ids of nothing."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.db import Database
from tests.architecture.routes import list_routes
from tests.conftest import Admin
from tests.scenarios.answers import assert_alike, tellable
from tests.scenarios.cast import Cast, assemble, call

ADMINS_ALONE = {
    "/api-keys", "/api-keys/{key_id}", "/email/templates", "/invitations", "/mailbox",
    "/mailbox/{mail_id}", "/secrets", "/settings",
}  # fmt: skip
EDITORS_TOO = {
    "/runs/{run_id}",
    "/workflows/runs",
    "/workflows/runs/{run_id}",
    "/workflows/{workflow_id}/runs",
    "/organisations/orgs/{org}/members",
    "/users/invitations",
    "/users/{user_id}/sessions",
}


@pytest.fixture(scope="module")
async def cast(app: Any, admin: Admin, client: httpx.AsyncClient, database: Database) -> Cast:
    return await assemble(app, admin, client, database)


@pytest.fixture(autouse=True)
async def untouched(cast: Cast) -> AsyncIterator[None]:
    await cast.settle()
    before = await cast.checksum()
    yield
    assert await cast.checksum() == before


async def test_a_viewer_reads_nothing_by_which_they_could_become_more(app: Any, cast: Cast) -> None:
    """Mails with links to new passwords, keys, settings, offers: for those who manage them."""
    refused = set()
    for route in list_routes(app):
        if route.method != "GET" or "{project}" not in route.path or not route.is_guarded:
            continue
        if route.streams:
            continue
        answer = await call(cast.victim.viewer.client, route, cast.victim.path(route), {})
        if answer.status_code == 403:
            refused.add(route.path.removeprefix("/api/projects/{project}"))
    assert refused == ADMINS_ALONE | EDITORS_TOO


async def test_anothers_ids_in_bodies_are_ids_of_nothing(cast: Cast) -> None:
    mine, theirs = cast.other, cast.victim.ids
    theirs = {name: value for name, value in theirs.items() if name.endswith("id")}
    random = {name: _like(value) for name, value in theirs.items()}
    for known, unknown in zip(_requests(theirs), _requests(random), strict=True):
        answers = [
            await mine.owner.client.request(method, f"{mine.project.url}/{path}", json=body)
            for method, path, body in (known, unknown)
        ]
        assert_alike(answers, *theirs.values(), *random.values())


def _like(value: str) -> str:
    return str(uuid4()) if "-" in value else uuid4().hex[: len(value)]


def _requests(ids: Mapping[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    """All that name something of a project in a body."""
    do: dict[str, Any] = {"collection": "posts", "action": "list"}
    given = [{"collection": "posts", "data": {"title": "x", "author_id": ids["user_id"]}}]
    case = {"name": "t", "do": do, "expect": {"allowed": True}}
    anyone = {"as": {"anonymous": True}}
    field = {"id": ids["field_id"], "name": "title", "type": "string"}
    return [
        ("POST", "policies/explain", do | {"as": {"user_id": ids["user_id"]}}),
        ("POST", "policies/explain", do | {"as": {"api_key_id": ids["key_id"]}}),
        ("POST", "policies/explain", do | anyone | {"action": "read", "record_id": ids["id"]}),
        ("POST", "policies/test",
         {"stored": False, "tests": [case | {"as": {"user_id": ids["user_id"]}}]}),
        ("POST", "policies/test", {"stored": False, "tests": [case | anyone | {"given": given}]}),
        ("POST", "data/posts", {"title": "x", "author_id": ids["user_id"]}),
        ("POST", "data/invoices", {"number": "x", "owner_id": ids["user_id"]}),
        ("POST", "data/comments", {"text": "x", "post_id": ids["id"]}),
        ("POST", "data/posts/query", {"filter": {"author_id": ids["user_id"]}}),
        ("POST", "collections", {"name": "new", "fields": [field]}),
        ("PATCH", f"members/{ids['admin_id']}", {"role": "viewer"}),
        ("PATCH", f"users/{ids['user_id']}", {"status": "suspended"}),
    ]  # fmt: skip


async def test_another_project_named_beside_the_path_is_not_heard(cast: Cast) -> None:
    """In a header, a query or a body: the path alone says which project is meant."""
    own, victim = cast.other, cast.victim
    client = own.owner.client
    headers = {
        "X-Project-Id": str(victim.project.id), "X-Project": victim.project.slug,
        "X-Tenant-Id": str(victim.project.id), "Accept-Profile": f"p_{victim.project.id.hex}",
        "Content-Profile": f"p_{victim.project.id.hex}",
    }  # fmt: skip
    plain = await client.get(f"{own.project.url}/data/posts?count=exact")
    assert tellable(plain) == tellable(
        await client.get(f"{own.project.url}/data/posts?count=exact", headers=headers)
    )
    for name in ("project", "project_id", "schema"):
        asked = await client.get(f"{own.project.url}/data/posts?{name}={victim.project.id}")
        assert asked.status_code == 400
        body = {"title": "x", name: str(victim.project.id)}
        written = await client.post(f"{own.project.url}/data/posts", json=body)
        assert written.json()["errors"][0]["code"] == "unknown_field"
    for path in (f"p_{victim.project.id.hex}.posts", f"..%2f{victim.project.slug}%2fposts",
                 "_credentials", "_sessions", "_tokens", "_changes", "_meta", "pg_class",
                 "backendify.admins", "information_schema.tables"):  # fmt: skip
        answer = await client.get(f"{own.project.url}/data/{path}")
        assert answer.status_code == 404, path
        for condition in (f"{path}__id", f"author__{path}__id", "author___credentials__x"):
            asked = await client.get(f"{own.project.url}/data/posts", params={condition: "1"})
            assert asked.status_code in (400, 404), condition


async def test_a_key_that_may_list_posts_hears_of_posts_alone(
    cast: Cast, client: httpx.AsyncClient
) -> None:
    side, headers = cast.victim, {"X-API-Key": cast.victim.narrow_key}
    changes = await client.get(f"{side.project.url}/changes?since=0", headers=headers)
    assert {each["collection"] for each in changes.json()["data"]} <= {"posts"}
    told = await client.get(f"{side.project.url}/openapi.json", headers=headers)
    names = {path.rpartition("/data/")[2].partition("/")[0] for path in told.json()["paths"]}
    assert names == {"posts"}
    types = (await client.get(f"{side.project.url}/sdk.d.ts", headers=headers)).text
    assert "export interface Posts " in types
    assert "Invoices" not in types
