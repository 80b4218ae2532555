"""API keys at work: on data by their scopes, anywhere else not at all."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.architecture.routes import list_routes
from tests.conftest import Admin, TestProject
from tests.features.api_keys.test_keys import make
from tests.running import client_for, lifespan
from tests.schemas import apply_schema, field
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
async def posts(admin: Admin, project: TestProject) -> str:
    titled = [field("title", "string")]
    await apply_schema(
        admin, project, {"name": "posts", "fields": titled}, {"name": "notes", "fields": titled}
    )
    return f"{project.url}/data/posts"


@pytest.fixture(scope="module")
async def other_node(settings: Settings) -> AsyncIterator[Any]:
    application = create_app(settings)
    async with lifespan(application):
        yield application


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer {key}"},
        {"Authorization": "bearer {key}"},
        {"Authorization": "ApiKey {key}"},
        {"X-API-Key": "{key}"},
        {"Authorization": "Bearer {key}", "X-API-Key": "nonsense"},
    ],
)
async def test_a_key_is_taken_from_either_header(
    client: httpx.AsyncClient,
    admin: Admin,
    project: TestProject,
    posts: str,
    headers: dict[str, str],
) -> None:
    key = (await make(admin, project, scopes=["posts:read"]))["key"]
    sent = {name: value.format(key=key) for name, value in headers.items()}

    for _ in range(2):  # looked up, then at hand
        assert (await client.get(posts, headers=sent)).status_code == 200


async def test_a_header_that_is_no_key_is_not_anonymous(
    client: httpx.AsyncClient, posts: str
) -> None:
    wrong: tuple[Any, ...] = (
        {"X-API-Key": "x"},
        {"X-API-Key": "bk_\xe9".encode("latin-1")},
        {"Authorization": "Bearer bk_x"},
    )
    for headers in wrong:
        answer = await client.get(posts, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")


async def test_scopes_bound_what_a_key_does(
    app: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    made = await admin.client.post(posts, json={"title": "a"})
    record = f"{posts}/{made.json()['id']}"
    notes = posts.replace("posts", "notes")

    async def statuses(*scopes: str) -> list[int]:
        key = (await make(admin, project, scopes=list(scopes)))["key"]
        async with client_for(app, headers={"X-API-Key": key}) as client:
            answers = [
                await client.get(posts),
                await client.get(record),
                await client.patch(record, json={"title": "b"}),
                await client.post(posts, json={"title": "c"}),
                await client.get(notes),
            ]
        return [answer.status_code for answer in answers]

    assert await statuses("posts:read") == [200, 200, 403, 403, 404]
    assert await statuses("posts:write", "posts:read") == [200, 200, 200, 201, 404]
    assert await statuses("posts:update", "posts:read", "notes:list") == [200, 200, 200, 403, 200]
    assert await statuses("*:*") == [200, 200, 200, 201, 200]


async def test_networks_hold_on_every_request(
    app: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    key = (await make(admin, project, networks=["203.0.113.0/24"]))["key"]
    headers = {"X-API-Key": key, "X-Forwarded-For": "203.0.113.5"}
    async with (
        client_for(app, headers=headers, address="203.0.113.9") as inside,
        client_for(app, headers=headers, address="198.51.100.1") as outside,
    ):
        for _ in range(2):
            assert (await inside.get(posts)).status_code == 200
            for path in (posts, f"{posts}/aggregate?count=*"):
                answer = await outside.get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "auth_address_refused")


@pytest.mark.parametrize("ending", ["revoke", "rotate", "narrow"])
async def test_what_ends_a_key_ends_it_on_every_node(
    app: Any, other_node: Any, admin: Admin, project: TestProject, posts: str, ending: str
) -> None:
    made = await make(admin, project)
    url = f"{project.url}/api-keys/{made['id']}"
    headers = {"X-API-Key": made["key"]}
    async with (
        client_for(app, headers=headers) as here,
        client_for(other_node, headers=headers) as there,
    ):
        assert [(await node.get(posts)).status_code for node in (here, there)] == [200, 200]
        if ending == "revoke":
            await admin.client.delete(url)
        elif ending == "rotate":
            await admin.client.post(f"{url}/rotate")
        else:
            await admin.client.patch(url, json={"scopes": ["notes:list"]})

        deadline = time.monotonic() + PATIENCE_SECONDS
        for node in (here, there):
            while (await node.get(posts)).status_code == 200:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.02)


@pytest.mark.usefixtures("posts")
async def test_a_key_opens_no_route_but_those_of_data(
    app: Any, client: httpx.AsyncClient, admin: Admin, project: TestProject
) -> None:
    """T058: every route of the inventory with a key that may all, and one that may read."""
    for scopes in (["*:*"], ["posts:read"]):
        made = await make(admin, project, scopes=scopes)
        before = (await admin.client.get(f"{project.url}/api-keys")).json()
        for route in list_routes(app):
            if not route.is_guarded or route.admits_anyone:
                continue
            if route.admits_servers and scopes == ["*:*"]:
                continue
            path = route.path.replace("{project}", project.slug).replace("{key_id}", made["id"])
            path = re.sub(r"\{\w+\}", str(uuid4()), path)
            for headers in (
                {"Authorization": f"Bearer {made['key']}"},
                {"X-API-Key": made["key"]},
                {"Authorization": f"ApiKey {made['key']}"},
            ):
                body: dict[str, Any] | None = {} if route.takes_body else None
                answer = await client.request(route.method, path, json=body, headers=headers)
                assert answer.status_code in (401, 403, 404), f"{route}: {answer.text}"
        after = (await admin.client.get(f"{project.url}/api-keys")).json()
        assert [key["id"] for key in after["data"]] == [key["id"] for key in before["data"]]


BODIES: dict[str, Any] = {
    "batch": {"operations": [{"op": "create", "collection": "posts", "data": {"title": "x"}}]},
    "revert": {"seq": 1},
    "undo": {"request_id": "x"},
}


async def test_a_reading_key_writes_on_no_data_route(
    app: Any, client: httpx.AsyncClient, admin: Admin, project: TestProject, posts: str
) -> None:
    key = (await make(admin, project, scopes=["posts:read"]))["key"]
    record = (await admin.client.post(posts, json={"title": "a"})).json()
    count = (await admin.client.get(f"{posts}?count=exact")).json()["total"]
    reads = ("/query", "/validate")
    for route in list_routes(app):
        if not route.admits_anyone or route.method == "GET" or route.path.endswith(reads):
            continue
        path = route.path.replace("{project}", project.slug).replace("{collection}", "posts")
        path = path.replace("{id}", record["id"])
        body = BODIES.get(route.path.rpartition("/")[2], {"title": "x"})
        given: dict[str, Any] = {"json": body} if route.method != "DELETE" else {}
        headers = {"X-API-Key": key, "Prefer": "max-affected=10"}
        query = "" if "{id}" in route.path or route.method == "POST" else "?title=a"
        answer = await client.request(route.method, path + query, headers=headers, **given)
        assert answer.status_code == 403, f"{route}: {answer.status_code} {answer.text}"
    assert (await admin.client.get(f"{posts}/{record['id']}")).json() == record
    assert (await admin.client.get(f"{posts}?count=exact")).json()["total"] == count
