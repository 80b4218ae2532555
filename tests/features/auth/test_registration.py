"""Who may make an account: the first comer, the invited, and anyone where it is allowed."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, invited, new_email, registered
from tests.running import client_for

URL = "/api/auth/register"


async def test_of_many_first_comers_exactly_one_owns_the_installation(new_app: Any) -> None:
    async with client_for(new_app) as client:
        bodies = [{"email": new_email(), "password": PASSWORD} for _ in range(8)]
        answers = await asyncio.gather(*(client.post(URL, json=body) for body in bodies))

    made = [answer.json()["user"] for answer in answers if answer.status_code == 201]
    refused = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert [user["is_owner"] for user in made] == [True]
    assert refused == {"auth_registration_closed"}


async def test_after_the_first_it_takes_an_invitation(
    admin: Admin, client: httpx.AsyncClient
) -> None:
    assert admin.user["is_owner"]

    answer = await client.post(URL, json={"email": new_email(), "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (403, "auth_registration_closed")


@pytest.mark.usefixtures("admin")
async def test_where_it_is_allowed_anyone_registers_and_owns_nothing(open_app: Any) -> None:
    person = await registered(open_app, name="Ada")

    user = person.tokens["user"]
    assert (user["name"], user["is_owner"]) == ("Ada", False)
    assert (await person.client.get("/api/projects")).json()["data"] == []


async def test_one_mailbox_is_one_account(admin: Admin, open_app: Any) -> None:
    async with client_for(open_app) as client:
        body = {"email": admin.email.upper(), "password": PASSWORD}
        answer = await client.post(URL, json=body)

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


@pytest.mark.usefixtures("admin")
async def test_of_two_who_take_one_address_at_once_one_gets_it(open_app: Any) -> None:
    async with client_for(open_app) as client:
        body = {"email": new_email(), "password": PASSWORD}
        answers = await asyncio.gather(*(client.post(URL, json=body) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_the_answer_holds_tokens_and_nothing_secret(open_app: Any, admin: Admin) -> None:
    del admin
    person = await registered(open_app)

    assert person.tokens.keys() == {
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
        "user",
    }
    assert person.tokens["user"].keys() == {
        "id",
        "email",
        "name",
        "is_owner",
        "created_at",
        "last_login_at",
    }


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"password": "short"}, "/password"),
        ({"password": "x" * 1025}, "/password"),
        ({"password": "x" * 1_000_000}, "/password"),
        ({"password": None}, "/password"),
        ({"email": "nobody"}, "/email"),
        ({"email": ["a@x.com"]}, "/email"),
        ({"email": {"$ne": 1}}, "/email"),
        ({"email": "a@x.com\r\nBcc: b@x.com"}, "/email"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"is_owner": True}, "/is_owner"),
        ({"role": "owner"}, "/role"),
        ({"id": "0192f3a4-0000-7000-8000-000000000000"}, "/id"),
        ({"created_at": "2020-01-01T00:00:00Z"}, "/created_at"),
    ],
)
async def test_a_field_that_is_wrong_or_not_theirs_is_refused_at_its_pointer(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    answer = await client.post(URL, json={"email": new_email(), "password": PASSWORD} | change)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_all_faults_of_a_body_come_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={"email": "x", "password": "y", "role": "owner"})

    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert pointers == {"/email", "/password", "/role"}


async def test_an_invitation_makes_an_account_and_a_membership(
    app: Any, admin: Admin, project: TestProject
) -> None:
    person = await invited(app, admin.client, project.url, "editor")

    seen = (await person.client.get(project.url)).json()
    assert (seen["slug"], seen["role"]) == (project.slug, "editor")


async def test_an_invitation_is_good_once_and_for_its_address_only(
    app: Any, admin: Admin, client: httpx.AsyncClient, project: TestProject, database: Database
) -> None:
    offer = {"email": new_email(), "role": "viewer"}
    made = (await admin.client.post(f"{project.url}/members", json=offer)).json()
    token = made["invitation"]["token"]
    accounts = await database.owner.fetchval("SELECT count(*) FROM backendify.admins")

    for email, wrong in ((new_email(), token), (offer["email"], token + "x")):
        body = {"email": email, "password": PASSWORD, "invitation": wrong}
        answer = await client.post(URL, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth_token_invalid")
    assert await database.owner.fetchval("SELECT count(*) FROM backendify.admins") == accounts

    await registered(app, email=offer["email"], invitation=token)
    body = {"email": offer["email"], "password": PASSWORD, "invitation": token}
    assert (await client.post(URL, json=body)).status_code == 409


async def test_of_many_who_use_one_invitation_at_once_one_succeeds(
    admin: Admin, client: httpx.AsyncClient, project: TestProject
) -> None:
    offer = {"email": new_email(), "role": "viewer"}
    made = (await admin.client.post(f"{project.url}/members", json=offer)).json()
    body = {
        "email": offer["email"],
        "password": PASSWORD,
        "invitation": made["invitation"]["token"],
    }

    answers = await asyncio.gather(*(client.post(URL, json=body) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
