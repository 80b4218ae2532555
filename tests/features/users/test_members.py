"""What members do to a project's users: who may, and what of it is heard at once."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.core.db import Database
from app.core.ids import project_schema
from tests.conftest import Admin, TestProject
from tests.features.users.app_users import OTHER_PASSWORD, PASSWORD, World, new_email
from tests.people import invited


async def test_users_are_listed_searched_and_paged(world: World) -> None:
    await world.role("writer")
    ada = await world.sign_up(name="Ada 100%")
    bob = await world.sign_up(name="Bob")
    await world.change(bob.id, roles=["writer"], status="suspended")

    async def found(**params: Any) -> list[str]:
        answer = await world.admin.client.get(world.users, params=params)
        assert answer.status_code == 200, answer.text
        return [user["id"] for user in answer.json()["data"]]

    assert await found() == [bob.id, ada.id]
    assert await found(search="ada") == await found(search="0%") == [ada.id]
    assert await found(search=bob.email[:8]) == [bob.id]
    assert await found(search="_") == []
    assert await found(status="suspended") == await found(role="writer") == [bob.id]
    assert await found(limit=1, offset=1) == [ada.id]
    page = (await world.admin.client.get(world.users, params={"limit": 1})).json()["page"]
    assert page == {"limit": 1, "offset": 0, "has_more": True}
    for wrong in ({"status": "x"}, {"sort": "email"}, {"limit": 0}):
        assert (await world.admin.client.get(world.users, params=wrong)).status_code == 400


async def test_a_member_makes_a_user_with_a_password(world: World) -> None:
    await world.role("writer")
    body = {"email": new_email(), "password": PASSWORD, "roles": ["writer"], "name": "Ada"}

    made = await world.admin.client.post(world.users, json=body | {"email_verified": True})

    assert made.status_code == 201, made.text
    user = await world.log_in(body["email"])  # type: ignore[arg-type]  # an address
    assert (user.id, user.tokens["user"]["roles"]) == (made.json()["id"], ["writer"])
    assert user.tokens["user"]["email_verified"] is True
    again = await world.admin.client.post(world.users, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


async def test_an_invited_user_chooses_a_password_once(world: World) -> None:
    email = new_email()
    made = await world.admin.client.post(world.users, json={"email": email, "invite": True})
    listed = (await world.admin.client.get(f"{world.users}/invitations")).json()["data"]
    token = await world.token(email, "invitation")
    body = {"token": token, "password": PASSWORD, "name": "Ada"}

    answers = await asyncio.gather(*(world.post("invitations/accept", body) for _ in range(10)))

    assert made.status_code == 201
    assert listed == [] or [each["user_id"] for each in listed] == [made.json()["id"]]
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    user = world.user(won[0])
    assert (user.id, user.tokens["user"]["email_verified"]) == (made.json()["id"], True)
    assert (await user.ask("GET", "me")).json()["name"] == "Ada"
    pending = await world.admin.client.get(f"{world.users}/invitations")
    assert pending.json()["data"] == []


async def test_a_member_sends_a_way_to_a_new_password(world: World) -> None:
    user = await world.sign_up()

    sent = await world.admin.client.post(f"{world.users}/{user.id}/password-reset")

    assert sent.status_code == 202
    token = await world.token(user.email, "reset_password")
    body = {"token": token, "password": OTHER_PASSWORD}
    assert (await world.post("password/reset", body)).status_code == 204
    assert await user.is_out()


async def test_a_new_address_given_by_a_member_ends_sessions_and_tells_the_former(
    world: World, database: Database
) -> None:
    user, taken = await world.sign_up(), await world.sign_up()
    email = new_email()

    clash = await world.change(user.id, email=taken.email)
    assert (clash.status_code, clash.json()["code"]) == (409, "email_taken")
    assert await user.is_in()
    changed = await world.change(user.id, email=email, email_verified=True)

    assert (changed.json()["email"], changed.json()["email_verified"]) == (email, True)
    await world.mail(user.email, "email_changed")
    assert await user.is_out()
    row = await database.owner.fetchrow(
        f"SELECT actor, before ->> 'email' AS former, after ->> 'email' AS email"
        f" FROM {project_schema(world.project.id)}._changes"
        " WHERE record_id = $1 AND action = 'updated'",
        user.id,
    )
    assert row is not None
    owner = f"admin_user:{world.admin.user['id']}"
    assert (row["actor"], row["former"], row["email"]) == (owner, user.email, email)


async def test_what_is_the_same_ends_nothing(world: World) -> None:
    user = await world.sign_up()

    await world.change(user.id, email=user.email.upper(), name="Ada", status="active")

    assert await user.is_in()


async def test_a_changed_role_is_in_the_token_holders_next_answer(world: World) -> None:
    await world.role("writer")
    user = await world.sign_up()

    changed = await world.change(user.id, roles=["writer", "writer"])

    assert changed.json()["roles"] == ["writer"]
    assert (await user.ask("GET", "me")).json()["roles"] == ["writer"]
    assert await user.is_in()


async def test_only_roles_that_there_are_can_be_given(world: World) -> None:
    user = await world.sign_up()

    for roles in (["ghost"], ["admin"], ["x' OR 1=1"], [""], "writer", [None]):
        answer = await world.change(user.id, roles=roles)
        assert answer.status_code == 422, answer.text


async def test_a_role_that_users_hold_stays(world: World) -> None:
    await world.role("writer")
    user = await world.sign_up()
    await world.change(user.id, roles=["writer"])
    url = f"{world.project.url}/roles/writer"

    held = await world.admin.client.delete(url)
    assert (held.status_code, held.json()["code"]) == (409, "role_in_use")
    await world.change(user.id, roles=[])
    assert (await world.admin.client.delete(url)).status_code == 204
    assert (await world.admin.client.delete(url)).json()["code"] == "role_not_found"


async def test_a_role_is_not_deleted_while_it_is_given(world: World) -> None:
    """Whoever comes first: the role goes and nobody has it, or somebody has it and it stays."""
    users = [await world.sign_up() for _ in range(4)]
    for number in range(4):
        name = f"r{number}"
        await world.role(name)
        answers = await asyncio.gather(
            world.admin.client.delete(f"{world.project.url}/roles/{name}"),
            *(world.change(user.id, roles=[name]) for user in users),
        )
        listed = await world.admin.client.get(world.users, params={"role": name})
        gone = answers[0].status_code == 204
        assert gone == (listed.json()["data"] == [])
        assert {a.status_code for a in answers[1:]} <= ({422} if gone else {200})


async def test_roles_are_made_described_and_listed(world: World) -> None:
    url = f"{world.project.url}/roles"
    await world.role("writer")

    twice = await world.admin.client.post(url, json={"name": "writer"})
    assert (twice.status_code, twice.json()["code"]) == (409, "role_exists")
    told = await world.admin.client.patch(f"{url}/writer", json={"description": "Writes."})
    assert (told.json()["name"], told.json()["description"]) == ("writer", "Writes.")
    assert [r["name"] for r in (await world.admin.client.get(url)).json()["data"]] == ["writer"]
    for name in ("Writer", "a b", "", "x" * 64, "1a", None):
        assert (await world.admin.client.post(url, json={"name": name})).status_code == 422


@pytest.mark.parametrize("role", ["viewer", "editor"])
async def test_only_admins_change_users_and_roles(
    app: Any, admin: Admin, world: World, project: TestProject, role: str
) -> None:
    person = await invited(app, admin.client, project.url, role)
    user = await world.sign_up()
    one, mail = f"{world.users}/{user.id}", new_email()
    calls: list[tuple[str, str, Any]] = [
        ("POST", world.users, {"email": mail}),
        ("PATCH", one, {"status": "suspended"}),
        ("DELETE", one, None),
        ("DELETE", f"{one}/sessions", None),
        ("POST", f"{one}/password-reset", None),
        ("POST", f"{one}/invitation", None),
        ("POST", f"{project.url}/roles", {"name": "boss"}),
    ]

    for method, url, body in calls:
        answer = await person.client.request(method, url, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "policy_role_required")
    assert (await person.client.get(world.users)).status_code == 200
    assert await user.is_in()


async def test_an_unknown_user_is_404_everywhere(world: World) -> None:
    one = f"{world.users}/{uuid4()}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", one, None),
        ("PATCH", one, {"name": "x"}),
        ("DELETE", one, None),
        ("GET", f"{one}/sessions", None),
        ("DELETE", f"{one}/sessions", None),
        ("POST", f"{one}/password-reset", None),
    ]

    for method, url, body in calls:
        answer = await world.admin.client.request(method, url, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found"), url


@pytest.mark.parametrize(
    "change",
    [
        {"id": str(uuid4())},
        {"password": PASSWORD},
        {"password_hash": "x"},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"last_login_at": "2020-01-01T00:00:00Z"},
        {"status": "deleted"},
        {"email": "x"},
        {"email_verified": "yes please"},
    ],
)
async def test_what_members_may_not_set_is_refused_at_its_pointer(
    still_world: World, change: dict[str, Any]
) -> None:
    user = await still_world.sign_up()

    answer = await still_world.change(user.id, **change)

    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [f"/{next(iter(change))}"]


@pytest.mark.parametrize(
    "deny", [{}, {"fields": ["email"]}, {"where": {"name": "x"}}, {"actions": ["read"]}]
)
async def test_policies_that_hide_users_from_members_hide_them_here_too(
    app: Any, admin: Admin, world: World, project: TestProject, deny: dict[str, Any]
) -> None:
    user = await world.sign_up()
    editor = (await invited(app, admin.client, project.url, "editor")).client
    one = f"{world.users}/{user.id}"
    shown = (world.users, one, f"{one}/sessions", f"{world.users}/invitations")
    assert {(await editor.get(url)).status_code for url in shown} == {200}
    policy = {
        "name": "no users", "collection": "users", "actions": ["list", "read"],
        "principals": ["admin_user"], "effect": "deny",
    } | deny  # fmt: skip
    made = await admin.client.post(f"{project.url}/policies", json=policy)
    assert made.status_code == 201, made.text
    for url in shown:
        answer = await editor.get(url)
        assert answer.status_code == 403, url
        assert user.id not in answer.text.replace(one, "")
        assert (await admin.client.get(url)).status_code == 200
