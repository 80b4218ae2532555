"""Invitations: shown once, good once, for one address, until withdrawn."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.people import invited, new_email, stranger

_OF = "WHERE project_id = $1 AND admin_id = $2::text::uuid"
_REMOVE = f"DELETE FROM backendify.members {_OF}"
_DEMOTE = f"UPDATE backendify.members SET role = 'viewer' {_OF}"


async def offer(
    client: httpx.AsyncClient, project: TestProject, email: str, role: str = "editor"
) -> dict[str, Any]:
    answer = await client.post(f"{project.url}/invitations", json={"email": email, "role": role})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def accept(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(f"/api/invitations/{token}/accept")


async def test_an_existing_admin_accepts_for_their_own_address(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await stranger(app, admin.client)
    made = await offer(admin.client, project, person.email)

    answer = await accept(person.client, made["token"])

    assert answer.json() == {"project_id": str(project.id), "role": "editor"}
    assert (await person.client.get(project.url)).json()["role"] == "editor"
    assert (await accept(person.client, made["token"])).status_code == 401


async def test_a_token_for_another_address_a_wrong_and_an_expired_one_answer_alike(
    app: Any, admin: Admin, project: TestProject, database: Database
) -> None:
    person = await stranger(app, admin.client)
    others = await offer(admin.client, project, new_email())
    expired = await offer(admin.client, project, person.email)
    await database.owner.execute(
        "UPDATE backendify.invitations SET expires_at = now() WHERE id = $1::text::uuid",
        expired["id"],
    )

    for token in (others["token"], expired["token"], "wrong", "x" * 5000):
        answer = await accept(person.client, token)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
        assert answer.json()["detail"] == "The invitation is not valid."
    assert (await person.client.get(project.url)).status_code == 404


async def test_the_token_is_shown_once_and_kept_as_a_hash(
    admin: Admin, project: TestProject, database: Database
) -> None:
    made = await offer(admin.client, project, new_email())

    listed = await admin.client.get(f"{project.url}/invitations")

    assert [item["id"] for item in listed.json()["data"]] == [made["id"]]
    assert "token" not in listed.json()["data"][0]
    kept = await database.owner.fetchval(
        "SELECT i::text FROM backendify.invitations i WHERE id = $1::text::uuid", made["id"]
    )
    assert made["token"] not in kept


async def test_a_withdrawn_invitation_is_good_for_nothing(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await stranger(app, admin.client)
    made = await offer(admin.client, project, person.email)
    url = f"{project.url}/invitations/{made['id']}"

    assert (await admin.client.delete(url)).status_code == 204
    assert (await admin.client.delete(url)).json()["code"] == "invitation_not_found"
    assert (await accept(person.client, made["token"])).status_code == 401


async def test_a_new_invitation_replaces_the_former(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await stranger(app, admin.client)
    former = await offer(admin.client, project, person.email, "admin")
    newer = await offer(admin.client, project, person.email, "viewer")

    assert (await accept(person.client, former["token"])).status_code == 401
    assert (await accept(person.client, newer["token"])).json()["role"] == "viewer"


@pytest.mark.parametrize("loss", ["demoted", "removed"])
async def test_who_lost_their_rights_invited_nobody(
    app: Any, admin: Admin, project: TestProject, loss: str
) -> None:
    inviter = await invited(app, admin.client, project.url, "admin")
    person = await stranger(app, admin.client)
    made = await offer(inviter.client, project, person.email, "admin")

    url = f"{project.url}/members/{inviter.id}"
    if loss == "demoted":
        await admin.client.patch(url, json={"role": "viewer"})
    else:
        await admin.client.delete(url)

    assert (await accept(person.client, made["token"])).status_code == 401


async def test_an_invitation_changes_nothing_for_a_member(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await stranger(app, admin.client)
    made = await offer(admin.client, project, person.email, "viewer")
    await admin.client.post(f"{project.url}/members", json={"email": person.email, "role": "admin"})

    assert (await accept(person.client, made["token"])).json()["role"] == "admin"


async def test_an_invitation_of_another_project_cannot_be_withdrawn(
    admin: Admin, project: TestProject
) -> None:
    other = (await admin.client.post("/api/projects", json={"name": "other"})).json()
    made = await offer(admin.client, project, new_email())

    answer = await admin.client.delete(f"/api/projects/{other['slug']}/invitations/{made['id']}")

    assert answer.status_code == 404


@pytest.mark.parametrize("path", ["members", "invitations"])
async def test_who_is_being_removed_invites_nobody_meanwhile(
    app: Any, admin: Admin, project: TestProject, database: Database, path: str
) -> None:
    inviter = await invited(app, admin.client, project.url, "admin")
    body = {"email": new_email(), "role": "admin"}
    async with database.owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "SELECT FROM backendify.projects WHERE id = $1 FOR NO KEY UPDATE", project.id
        )
        await connection.execute(_REMOVE, project.id, inviter.id)
        asking = asyncio.create_task(inviter.client.post(f"{project.url}/{path}", json=body))
        await asyncio.wait((asking,), timeout=0.3)
        await transaction.commit()

    answer = await asking
    assert (answer.status_code, answer.json().get("code")) == (404, "project_not_found")
    assert (await admin.client.get(f"{project.url}/invitations")).json()["data"] == []


@pytest.mark.parametrize("loss", [_REMOVE, _DEMOTE])
async def test_an_invitation_stands_while_its_inviter_may_give_the_role(
    app: Any, admin: Admin, project: TestProject, database: Database, loss: str
) -> None:
    """However it came to be that they may not: the rows alone say so."""
    inviter = await invited(app, admin.client, project.url, "admin")
    person = await stranger(app, admin.client)
    made = await offer(inviter.client, project, person.email, "editor")
    await database.owner.execute(loss, project.id, inviter.id)

    answer = await accept(person.client, made["token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    assert (await person.client.get(project.url)).status_code == 404
