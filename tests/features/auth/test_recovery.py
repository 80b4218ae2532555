"""Forgotten passwords, and the list of sessions, at the console."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, Person, invited, new_email
from tests.waiting import until

NEW_PASSWORD = "a third battery, a third staple"


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    return await invited(app, admin.client, project.url, "editor")


async def test_a_forgotten_password_is_set_anew_once_and_every_session_ends(
    admin: Admin, person: Person, client: httpx.AsyncClient
) -> None:
    asked = await client.post("/api/auth/password/forgot", json={"email": person.email})
    token = await _mailed_token(admin, person.email)

    async def use(number: int) -> httpx.Response:
        body = {"token": token, "password": f"{NEW_PASSWORD} {number}"}
        return await client.post("/api/auth/password/reset", json=body)

    answers = await asyncio.gather(*(use(number) for number in range(20)))

    assert asked.status_code == 202
    won = [number for number, answer in enumerate(answers) if answer.status_code == 204]
    assert len(won) == 1
    assert {a.status_code for a in answers} == {204, 401}
    assert (await person.client.get("/api/auth/me")).status_code == 401
    refresh = {"refresh_token": person.tokens["refresh_token"]}
    assert (await client.post("/api/auth/refresh", json=refresh)).status_code == 401
    assert await _login(client, person.email, PASSWORD) == 401
    assert await _login(client, person.email, f"{NEW_PASSWORD} {won[0]}") == 200


async def test_asking_answers_alike_and_mails_to_nobody_unknown(
    admin: Admin, person: Person, client: httpx.AsyncClient
) -> None:
    unknown = new_email()
    answers = [
        await client.post("/api/auth/password/forgot", json={"email": email})
        for email in (unknown, person.email)
    ]
    await _mailed_token(admin, person.email)

    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].text == answers[1].text
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert await _mails(admin, unknown) == []


async def test_a_link_mailed_before_a_change_is_void(
    admin: Admin, person: Person, client: httpx.AsyncClient
) -> None:
    await client.post("/api/auth/password/forgot", json={"email": person.email})
    token = await _mailed_token(admin, person.email)
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    await person.client.post("/api/auth/password/change", json=change)

    body = {"token": token, "password": PASSWORD}
    late = await client.post("/api/auth/password/reset", json=body)

    assert (late.status_code, late.json()["code"]) == (401, "auth_token_invalid")


async def test_the_link_leads_to_ours_whatever_the_host_header_says(
    admin: Admin, person: Person, client: httpx.AsyncClient
) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    body = {"email": person.email}
    await client.post("/api/auth/password/forgot", json=body, headers=headers)
    await _mailed_token(admin, person.email)

    [mail] = await _mails(admin, person.email)
    assert "http://127.0.0.1:8000/reset-password?token=" in mail["text"]
    assert "evil" not in mail["text"] + mail["html"]


async def test_sessions_are_listed_and_ended(person: Person, client: httpx.AsyncClient) -> None:
    login = {"email": person.email, "password": PASSWORD}
    other = (await client.post("/api/auth/login", json=login)).json()
    headers = {"Authorization": f"Bearer {other['access_token']}"}

    listed = (await person.client.get("/api/auth/sessions")).json()["data"]
    assert [each["current"] for each in listed] == [False, True]
    ended = await person.client.delete(f"/api/auth/sessions/{listed[0]['id']}")
    again = await person.client.delete(f"/api/auth/sessions/{listed[0]['id']}")

    assert (ended.status_code, again.json()["code"]) == (204, "session_not_found")
    assert (await client.get("/api/auth/me", headers=headers)).status_code == 401
    assert (await person.client.get("/api/auth/me")).status_code == 200


async def test_nobody_ends_anothers_session(admin: Admin, person: Person) -> None:
    [mine] = (await person.client.get("/api/auth/sessions")).json()["data"]

    assert (await admin.client.delete(f"/api/auth/sessions/{mine['id']}")).status_code == 404
    assert (await person.client.get("/api/auth/me")).status_code == 200


async def test_logout_everywhere_ends_every_session(
    person: Person, client: httpx.AsyncClient
) -> None:
    login = {"email": person.email, "password": PASSWORD}
    other = (await client.post("/api/auth/login", json=login)).json()

    assert (await person.client.post("/api/auth/logout-all")).status_code == 204

    for tokens in (person.tokens, other):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        assert (await client.get("/api/auth/me", headers=headers)).status_code == 401


async def test_only_a_hash_of_the_password_and_the_token_is_kept(
    admin: Admin, person: Person, client: httpx.AsyncClient, database: Database
) -> None:
    await client.post("/api/auth/password/forgot", json={"email": person.email})
    token = await _mailed_token(admin, person.email)

    kept = await database.owner.fetch(
        "SELECT t::text FROM backendify.admin_tokens t UNION ALL"
        " SELECT c::text FROM backendify.admin_credentials c"
    )
    assert not any(token in row["t"] or PASSWORD in row["t"] for row in kept)


async def _mails(admin: Admin, to: str) -> list[dict[str, Any]]:
    answer = await admin.client.get("/api/mailbox", params={"recipient": to})
    assert answer.status_code == 200, answer.text
    mails: list[dict[str, Any]] = answer.json()["data"]
    return mails


async def _mailed_token(admin: Admin, to: str) -> str:
    async def tokens() -> list[str]:
        return re.findall(
            r"token=([\w-]+)", "".join(mail["text"] for mail in await _mails(admin, to))
        )

    return str((await until(tokens))[0])


async def _login(client: httpx.AsyncClient, email: str, password: str) -> int:
    body = {"email": email, "password": password}
    return (await client.post("/api/auth/login", json=body)).status_code
