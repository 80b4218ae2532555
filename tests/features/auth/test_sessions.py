"""Sessions: refresh tokens rotate, copies are noticed, and an end is an end everywhere."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.engine.identity.credentials import CONSOLE, REFRESH
from app.engine.identity.tokens import Tokens
from app.features.accounts.jobs import delete_ended
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, Person, invited, stranger

REFRESH_URL = "/api/auth/refresh"


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    """Somebody with a session of their own: ending it disturbs no other test."""
    return await invited(app, admin.client, project.url, "editor")


async def test_a_refresh_token_gives_a_new_pair(person: Person) -> None:
    answer = await _refresh(person, person.tokens["refresh_token"])

    pair = answer.json()
    assert answer.status_code == 200
    assert pair["refresh_token"] != person.tokens["refresh_token"]
    assert await _status(person, pair["access_token"]) == 200


async def test_a_client_that_raced_itself_is_not_logged_out(person: Person) -> None:
    old = person.tokens["refresh_token"]

    answers = await asyncio.gather(*(_refresh(person, old) for _ in range(5)))

    assert [answer.status_code for answer in answers] == [200] * 5
    again = await _refresh(person, answers[-1].json()["refresh_token"])
    assert again.status_code == 200


async def test_a_token_used_again_after_the_grace_ends_the_whole_session(
    person: Person, database: Database
) -> None:
    stolen = person.tokens["refresh_token"]
    fresh = (await _refresh(person, stolen)).json()
    await _let_the_grace_pass(database, person)

    reused = await _refresh(person, stolen)

    assert (reused.status_code, reused.json()["code"]) == (401, "auth_token_invalid")
    assert (await _refresh(person, fresh["refresh_token"])).status_code == 401
    assert await _status(person, fresh["access_token"]) == 401


async def test_a_token_two_generations_old_has_no_grace(person: Person) -> None:
    first = person.tokens["refresh_token"]
    second = (await _refresh(person, first)).json()["refresh_token"]
    third = (await _refresh(person, second)).json()["refresh_token"]

    assert (await _refresh(person, first)).status_code == 401
    assert (await _refresh(person, third)).status_code == 401


async def test_a_session_that_nobody_refreshed_in_time_is_over(
    person: Person, database: Database
) -> None:
    await database.owner.execute(
        "UPDATE backendify.admin_sessions SET expires_at = now() WHERE account_id = $1::text::uuid",
        person.id,
    )

    assert (await _refresh(person, person.tokens["refresh_token"])).status_code == 401


async def test_tokens_do_not_stand_in_for_each_other(person: Person) -> None:
    assert await _status(person, person.tokens["refresh_token"]) == 401
    assert (await _refresh(person, person.tokens["access_token"])).status_code == 401


async def test_a_token_of_nobody_or_of_no_session_is_refused(
    person: Person, settings: Settings, admin: Admin
) -> None:
    tokens = Tokens(settings.jwt_secret)
    others: list[dict[str, Any]] = [
        {"gen": 1},
        {"gen": 1, "sid": "x"},
        {"gen": 1, "sid": admin.user["id"]},
    ]
    for claims in others:
        token = tokens.issue(
            REFRESH, subject=admin.user["id"], audience=CONSOLE, seconds=60, **claims
        )
        assert (await _refresh(person, token)).status_code == 401


async def test_logout_ends_access_and_refresh_at_once(person: Person) -> None:
    assert (await person.client.post("/api/auth/logout")).status_code == 204

    assert (await person.client.get("/api/auth/me")).status_code == 401
    assert (await _refresh(person, person.tokens["refresh_token"])).status_code == 401


async def test_a_changed_password_ends_every_other_session(person: Person) -> None:
    login = {"email": person.email, "password": PASSWORD}
    other = (await person.client.post("/api/auth/login", json=login)).json()
    change = {"current_password": PASSWORD, "new_password": "a third staple, a third battery"}

    answer = await person.client.post("/api/auth/password/change", json=change)

    assert answer.status_code == 200
    for tokens in (person.tokens, other):
        assert await _status(person, tokens["access_token"]) == 401
        assert (await _refresh(person, tokens["refresh_token"])).status_code == 401
    assert await _status(person, answer.json()["access_token"]) == 200
    assert (await person.client.post("/api/auth/login", json=login)).status_code == 401
    login["password"] = change["new_password"]
    assert (await person.client.post("/api/auth/login", json=login)).status_code == 200


async def test_a_password_is_changed_by_whoever_knows_it(person: Person) -> None:
    change = {"current_password": "wrong", "new_password": "a third staple, a third battery"}

    answer = await person.client.post("/api/auth/password/change", json=change)

    assert (answer.status_code, answer.json()["code"]) == (422, "auth_password_wrong")
    assert answer.json()["errors"][0]["pointer"] == "/current_password"
    assert (await person.client.get("/api/auth/me")).status_code == 200


async def test_a_name_can_be_changed_and_nothing_else(person: Person) -> None:
    renamed = await person.client.patch("/api/auth/me", json={"name": " Grace "})
    assert renamed.json()["name"] == "Grace"

    for change in ({"is_owner": True}, {"email": "a@x.com"}, {"password_hash": "x"}, {}):
        assert (await person.client.patch("/api/auth/me", json=change)).status_code == 422


@pytest.mark.parametrize(
    "authorization",
    ["Basic eDp5", "Bearer", "Bearer ", "Bearer x", "bk_1_2", "Bearer " + "x" * 9000, "\x7f"],
)
async def test_any_other_authorization_is_401(
    client: httpx.AsyncClient, authorization: str
) -> None:
    answer = await client.get("/api/auth/me", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_what_admins_do_is_logged_without_secrets(
    app: Any, admin: Admin, database: Database
) -> None:
    person = await stranger(app, admin.client)
    await person.client.post("/api/auth/logout", headers={"X-Request-Id": "told-7"})

    rows = await database.owner.fetch(
        "SELECT action, request_id, detail::text FROM backendify.control_log"
        " WHERE actor = $1 ORDER BY id",
        f"admin_user:{person.id}",
    )
    assert [row["action"] for row in rows] == [
        "admin.registered",
        "invitation.accepted",
        "member.removed",
        "admin.logged_out",
    ]
    assert rows[-1]["request_id"] == "told-7"
    assert not any(PASSWORD in row["detail"] for row in rows)


async def test_sessions_long_over_are_cleared_away(
    app: Any, person: Person, database: Database
) -> None:
    count = "SELECT count(*) FROM backendify.admin_sessions WHERE account_id = $1::text::uuid"
    await delete_ended(app.services)
    assert await database.owner.fetchval(count, person.id) == 1

    await database.owner.execute(
        "UPDATE backendify.admin_sessions SET expires_at = now() - interval '31 days'"
        " WHERE account_id = $1::text::uuid",
        person.id,
    )
    await delete_ended(app.services)

    assert await database.owner.fetchval(count, person.id) == 0


async def _refresh(person: Person, token: str) -> httpx.Response:
    return await person.client.post(REFRESH_URL, json={"refresh_token": token})


async def _status(person: Person, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await person.client.get("/api/auth/me", headers=headers)).status_code


async def _let_the_grace_pass(database: Database, person: Person) -> None:
    await database.owner.execute(
        "UPDATE backendify.admin_sessions SET rotated_at = rotated_at - interval '11 s'"
        " WHERE account_id = $1::text::uuid",
        person.id,
    )
