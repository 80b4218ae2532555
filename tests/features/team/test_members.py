"""Members: nobody gives or takes more than they hold, and an owner always remains."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.conftest import Admin, TestProject
from tests.people import Person, invited, new_email, stranger


async def roles(client: httpx.AsyncClient, project: TestProject) -> dict[str, str]:
    answer = await client.get(f"{project.url}/members")
    return {member["id"]: member["role"] for member in answer.json()["data"]}


async def test_an_existing_admin_is_added_at_once(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await stranger(app, admin.client)
    offer = {"email": person.email.upper(), "role": "editor"}

    answer = await admin.client.post(f"{project.url}/members", json=offer)

    added = answer.json()
    assert (answer.status_code, added["status"], added["invitation"]) == (201, "added", None)
    assert (added["member"]["id"], added["member"]["role"]) == (person.id, "editor")
    assert (await person.client.get(project.url)).json()["role"] == "editor"
    again = await admin.client.post(f"{project.url}/members", json=offer)
    assert (again.status_code, again.json()["code"]) == (409, "member_exists")


async def test_a_changed_role_counts_from_the_next_request_on(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await invited(app, admin.client, project.url, "admin")
    assert (await person.client.patch(project.url, json={"name": "a"})).status_code == 200

    changed = await admin.client.patch(
        f"{project.url}/members/{person.id}", json={"role": "viewer"}
    )

    assert changed.json()["role"] == "viewer"
    assert (await person.client.patch(project.url, json={"name": "b"})).status_code == 403


async def test_a_removed_member_sees_nothing_from_the_next_request_on(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await invited(app, admin.client, project.url, "admin")

    removed = await admin.client.delete(f"{project.url}/members/{person.id}")

    assert removed.status_code == 204
    assert (await person.client.get(project.url)).status_code == 404
    assert person.id not in await roles(admin.client, project)


async def test_anyone_may_leave_but_the_last_owner(
    app: Any, admin: Admin, project: TestProject
) -> None:
    viewer = await invited(app, admin.client, project.url, "viewer")
    own = f"{project.url}/members/{admin.user['id']}"

    assert (await viewer.client.delete(f"{project.url}/members/{viewer.id}")).status_code == 204
    for answer in (
        await admin.client.delete(own),
        await admin.client.patch(own, json={"role": "admin"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "member_last_owner")


async def test_two_owners_cannot_demote_each_other_at_once(
    app: Any, admin: Admin, project: TestProject
) -> None:
    other = await invited(app, admin.client, project.url, "owner")
    for _ in range(5):
        await asyncio.gather(
            admin.client.patch(f"{project.url}/members/{other.id}", json={"role": "viewer"}),
            other.client.patch(
                f"{project.url}/members/{admin.user['id']}", json={"role": "viewer"}
            ),
        )
        held = await roles(admin.client, project)
        assert "owner" in held.values()
        owner = admin.client if held[admin.user["id"]] == "owner" else other.client
        for demoted in (other.id, admin.user["id"]):
            await owner.patch(f"{project.url}/members/{demoted}", json={"role": "owner"})


@pytest.mark.parametrize(
    ("role", "granted", "status"),
    [
        ("viewer", "viewer", 403),
        ("editor", "viewer", 403),
        ("admin", "viewer", 201),
        ("admin", "admin", 201),
        ("admin", "owner", 403),
        ("owner", "owner", 201),
    ],
)
async def test_nobody_grants_more_than_they_hold(
    app: Any, admin: Admin, project: TestProject, role: str, granted: str, status: int
) -> None:
    person = await invited(app, admin.client, project.url, role)
    for path in ("members", "invitations"):
        offer = {"email": new_email(), "role": granted}
        answer = await person.client.post(f"{project.url}/{path}", json=offer)
        assert answer.status_code == status


async def test_an_admin_neither_demotes_nor_removes_an_owner_nor_rises(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await invited(app, admin.client, project.url, "admin")
    owner = f"{project.url}/members/{admin.user['id']}"
    own = f"{project.url}/members/{person.id}"

    answers = [
        await person.client.patch(owner, json={"role": "viewer"}),
        await person.client.delete(owner),
        await person.client.patch(own, json={"role": "owner"}),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["code"] for answer in answers} == {"policy_role_beyond_own"}
    assert (await roles(admin.client, project))[admin.user["id"]] == "owner"


async def test_only_those_who_manage_members_remove_others(
    app: Any, admin: Admin, project: TestProject
) -> None:
    editor = await invited(app, admin.client, project.url, "editor")
    viewer = await invited(app, admin.client, project.url, "viewer")

    answer = await editor.client.delete(f"{project.url}/members/{viewer.id}")

    assert answer.status_code == 403
    assert viewer.id in await roles(admin.client, project)


@pytest.mark.parametrize(
    "admin_id", ["0192f3a4-0000-7000-8000-000000000000", "x", "0", "%00", "1' OR '1'='1"]
)
async def test_a_member_that_is_not_there_is_404(
    admin: Admin, project: TestProject, admin_id: str
) -> None:
    url = f"{project.url}/members/{admin_id}"
    expected = {400} if "%00" in admin_id else {404}

    assert {(await admin.client.delete(url)).status_code} == expected
    assert {(await admin.client.patch(url, json={"role": "viewer"})).status_code} == expected


async def test_the_owner_of_the_installation_is_no_member_of_others_projects(
    app: Any, admin: Admin
) -> None:
    person: Person = await stranger(app, admin.client)
    made = (await person.client.post("/api/projects", json={"name": "private"})).json()

    assert (await admin.client.get(f"/api/projects/{made['slug']}")).status_code == 404
