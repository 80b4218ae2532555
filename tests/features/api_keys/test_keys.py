"""API keys: shown once, found by id, held to scopes, networks, time and one project."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.clock import utc_now
from app.core.db import Database
from app.engine.identity.api_keys import (
    AddressRefusedError,
    check_address,
    find_key_caller,
    make_key,
)
from app.engine.identity.principal import Principal, Scope
from app.engine.identity.projects import ProjectArchivedError, ProjectNotFoundError
from app.engine.identity.tokens import ExpiredTokenError, InvalidTokenError
from tests.conftest import Admin, TestProject
from tests.people import invited
from tests.schemas import apply_schema, field


async def make(admin: Admin, project: TestProject, **body: Any) -> dict[str, Any]:
    body = {"name": "server", "scopes": ["*:*"]} | body
    answer = await admin.client.post(f"{project.url}/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
async def posts(admin: Admin, project: TestProject) -> None:
    await apply_schema(admin, project, {"name": "posts", "fields": [field("title", "string")]})


@pytest.fixture(scope="module")
async def still_posts(admin: Admin, still_project: TestProject) -> None:
    posts = {"name": "posts", "fields": [field("title", "string")]}
    await apply_schema(admin, still_project, posts)


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await make(admin, project)

    listed = (await admin.client.get(f"{project.url}/api-keys")).json()
    single = (await admin.client.get(f"{project.url}/api-keys/{made['id']}")).json()
    row = await database.owner.fetchval(
        "SELECT k::text FROM backendify.api_keys k WHERE id = $1", made["id"]
    )
    secret = made["key"].rpartition("_")[2]
    assert re.fullmatch(r"bk_[0-9a-f]{32}_[0-9a-f]{64}", made["key"])
    assert listed["data"] == [single]
    assert "key" not in single
    assert secret not in row


@pytest.mark.usefixtures("posts")
async def test_a_key_is_a_principal_with_its_scopes(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await make(
        admin, project, scopes=["posts:read", "*:list", "posts:read"], networks=["10.0.0.0/8"]
    )

    caller = await find_key_caller(database, made["key"], project.slug)

    schema = (await admin.client.get(f"{project.url}/schema")).json()["schema"]
    posts_id = next(c["id"] for c in schema["collections"] if c["name"] == "posts")
    assert made["scopes"] == ["posts:read", "*:list"]
    assert caller.principal.scopes == (Scope(posts_id, "read"), Scope("*", "list"))
    assert caller.principal.networks == ("10.0.0.0/8",)
    assert caller.principal.actor == f"api_key:{caller.principal.id}"
    assert (caller.project.id, caller.role) == (project.id, None)


@pytest.mark.usefixtures("posts")
async def test_a_scope_follows_a_renamed_collection_and_passes_to_no_namesake(
    admin: Admin, project: TestProject
) -> None:
    made = await make(admin, project, scopes=["posts:read", "*:list"])
    url = f"{project.url}/api-keys/{made['id']}"

    renamed = await admin.client.patch(
        f"{project.url}/collections/posts", json={"name": "articles"}
    )
    assert renamed.status_code == 200, renamed.text
    assert (await admin.client.get(url)).json()["scopes"] == ["articles:read", "*:list"]

    await apply_schema(admin, project, {"name": "posts", "fields": []})
    assert (await admin.client.get(url)).json()["scopes"] == ["articles:read", "*:list"]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"scopes": ["post:read"]}, "/scopes/0", "unknown_collection"),
    ({"scopes": ["posts:read", "posts:reed"]}, "/scopes/1", "unknown_action"),
    ({"scopes": ["posts"]}, "/scopes/0", "unknown_action"),
    ({"scopes": []}, "/scopes", "too_short"),
    ({"networks": ["10.0.0.1/8"]}, "/networks/0", "value_error"),
    ({"networks": ["everywhere"]}, "/networks/0", "value_error"),
    ({"expires_at": "2001-01-01T00:00:00Z"}, "/expires_at", "value_error"),
    ({"expires_at": "2101-01-01T00:00:00"}, "/expires_at", "timezone_aware"),
    ({"name": ""}, "/name", "string_too_short"),
    ({"role": "owner"}, "/role", "unknown_field"),
]


@pytest.mark.usefixtures("still_posts")
@pytest.mark.parametrize(("body", "pointer", "code"), WRONG)
async def test_what_is_wrong_with_a_key_is_pointed_at(
    admin: Admin, still_project: TestProject, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await admin.client.post(
        f"{still_project.url}/api-keys", json={"name": "k", "scopes": ["posts:read"]} | body
    )

    assert answer.status_code == 422
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]


async def test_a_key_that_is_not_quite_right_is_none(
    admin: Admin, project: TestProject, database: Database
) -> None:
    key = (await make(admin, project))["key"]
    flipped = key[:-1] + ("0" if key[-1] != "0" else "1")
    stranger, _ = make_key(uuid4())
    for wrong in (flipped, key[:-1], key + "0", stranger, "bk_", "bk__", key.upper(), f" {key}"):
        with pytest.raises(InvalidTokenError, match="not valid"):
            await find_key_caller(database, wrong, project.slug)


async def test_a_key_is_good_in_its_own_project_only(
    admin: Admin, project: TestProject, database: Database
) -> None:
    key = (await make(admin, project))["key"]
    other = await admin.client.post("/api/projects", json={"name": "other"})

    for ref in (other.json()["slug"], other.json()["id"], "no-such-project", str(uuid4())):
        with pytest.raises(ProjectNotFoundError):
            await find_key_caller(database, key, ref)
    assert await find_key_caller(database, key, str(project.id))
    await admin.client.post(f"{project.url}/archive")
    with pytest.raises(ProjectArchivedError):
        await find_key_caller(database, key, project.slug)


async def test_an_expired_key_is_refused(
    admin: Admin, project: TestProject, database: Database
) -> None:
    soon = (utc_now() + timedelta(hours=1)).isoformat()
    made = await make(admin, project, expires_at=soon)
    assert await find_key_caller(database, made["key"], project.slug)

    await database.owner.execute(
        "UPDATE backendify.api_keys SET expires_at = now() WHERE id = $1", made["id"]
    )
    with pytest.raises(ExpiredTokenError):
        await find_key_caller(database, made["key"], project.slug)


async def test_rotation_ends_the_former_secret_at_once_or_after_its_grace(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await make(admin, project)
    url = f"{project.url}/api-keys/{made['id']}"
    second = (await admin.client.post(f"{url}/rotate")).json()
    third = (await admin.client.post(f"{url}/rotate", json={"grace_seconds": 60})).json()

    assert second["id"] == made["id"]
    with pytest.raises(InvalidTokenError):
        await find_key_caller(database, made["key"], project.slug)
    for good in (second["key"], third["key"]):
        assert await find_key_caller(database, good, project.slug)
    await database.owner.execute(
        "UPDATE backendify.api_keys SET former_until = now() WHERE id = $1", made["id"]
    )
    with pytest.raises(InvalidTokenError):
        await find_key_caller(database, second["key"], project.slug)


async def test_a_revoked_key_is_gone(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await make(admin, project)
    url = f"{project.url}/api-keys/{made['id']}"

    assert (await admin.client.delete(url)).status_code == 204
    assert (await admin.client.get(url)).json()["code"] == "api_key_not_found"
    with pytest.raises(InvalidTokenError):
        await find_key_caller(database, made["key"], project.slug)


@pytest.mark.usefixtures("posts")
async def test_a_key_is_changed_by_what_is_given(admin: Admin, project: TestProject) -> None:
    soon = (utc_now() + timedelta(hours=1)).isoformat()
    made = await make(admin, project, expires_at=soon, networks=["::1"])
    url = f"{project.url}/api-keys/{made['id']}"

    renamed = (await admin.client.patch(url, json={"name": "other"})).json()
    changed = (
        await admin.client.patch(
            url, json={"expires_at": None, "scopes": ["posts:write"], "networks": []}
        )
    ).json()

    assert (renamed["name"], renamed["networks"]) == ("other", ["::1/128"])
    assert renamed["expires_at"] == made["expires_at"]
    assert (changed["expires_at"], changed["networks"]) == (None, [])
    assert changed["scopes"] == ["posts:write"]


async def test_use_is_noted_at_most_once_a_minute(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await make(admin, project)
    assert made["last_used_at"] is None

    async def noted() -> Any:
        await find_key_caller(database, made["key"], project.slug)
        return await database.owner.fetchval(
            "SELECT last_used_at FROM backendify.api_keys WHERE id = $1", made["id"]
        )

    first = await noted()
    assert first is not None
    assert await noted() == first
    await database.owner.execute(
        "UPDATE backendify.api_keys SET last_used_at = now() - interval '2 min' WHERE id = $1",
        made["id"],
    )
    assert await noted() >= first


@pytest.mark.parametrize(
    ("networks", "address", "is_allowed"),
    [
        ((), None, True),
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "::ffff:10.1.2.3", True),
        (("10.0.0.0/8", "2001:db8::/32"), "2001:db8::1", True),
        (("10.0.0.0/8",), "11.0.0.1", False),
        (("10.0.0.0/8",), "2001:db8::1", False),
        (("10.0.0.0/8",), None, False),
        (("10.0.0.0/8",), "unix", False),
    ],
)
def test_a_key_is_held_to_its_networks(
    networks: tuple[str, ...], address: str | None, is_allowed: bool
) -> None:
    principal = Principal("api_key", uuid4(), networks=networks)
    if is_allowed:
        check_address(principal, address)
        return
    with pytest.raises(AddressRefusedError):
        check_address(principal, address)


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_only_admins_of_the_project_manage_keys(
    app: Any, admin: Admin, project: TestProject, role: str
) -> None:
    made = await make(admin, project)
    member = await invited(app, admin.client, project.url, role)
    url = f"{project.url}/api-keys"
    for method, path in (
        ("GET", url),
        ("POST", url),
        ("GET", f"{url}/{made['id']}"),
        ("PATCH", f"{url}/{made['id']}"),
        ("DELETE", f"{url}/{made['id']}"),
        ("POST", f"{url}/{made['id']}/rotate"),
    ):
        body = {"name": "k", "scopes": ["*:*"]} if method == "POST" and path == url else {}
        answer = await _send(member.client, method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "policy_role_required")


async def test_the_keys_of_another_project_are_none(admin: Admin, project: TestProject) -> None:
    made = await make(admin, project)
    other = await admin.client.post("/api/projects", json={"name": "other"})
    url = f"/api/projects/{other.json()['id']}/api-keys/{made['id']}"
    for method, path in (
        ("GET", url),
        ("PATCH", url),
        ("DELETE", url),
        ("POST", f"{url}/rotate"),
    ):
        answer = await _send(admin.client, method, path, {})
        assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")


async def _send(client: httpx.AsyncClient, method: str, path: str, body: Any) -> httpx.Response:
    sent = {"json": body} if method in ("POST", "PATCH") else {}
    return await client.request(method, path, **sent)
