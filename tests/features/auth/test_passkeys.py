"""Passkeys of the console, end to end with a software authenticator, and what must not pass."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
import pytest

from app.core.config import Settings
from app.core.db import Database
from tests.authenticator import Authenticator
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, Person, invited

URL = "/api/auth"


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    return await invited(app, admin.client, project.url, "viewer")


@pytest.fixture(scope="module")
async def refused_person(app: Any, admin: Admin, still_project: TestProject) -> Person:
    """Whose every attempt fails: one for all of them."""
    return await invited(app, admin.client, still_project.url, "viewer")


@pytest.fixture
def authenticator(settings: Settings) -> Authenticator:
    return Authenticator(settings.base_url)


async def registration(person: Person) -> dict[str, Any]:
    answer = await person.client.post(f"{URL}/passkeys/register/options")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()["public_key"]
    return options


async def keep(person: Person, credential: dict[str, Any]) -> httpx.Response:
    body = {"credential": credential, "name": "phone"}
    return await person.client.post(f"{URL}/passkeys/register/verify", json=body)


async def register(person: Person, authenticator: Authenticator) -> dict[str, Any]:
    answer = await keep(person, authenticator.create(await registration(person)))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def asked(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.post(f"{URL}/passkeys/login/options")
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()["public_key"]
    return options


async def sign_in(client: httpx.AsyncClient, credential: Any) -> httpx.Response:
    return await client.post(f"{URL}/passkeys/login/verify", json={"credential": credential})


async def test_a_passkey_alone_signs_in(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    made = await register(person, authenticator)
    for _ in range(2):
        signed = await sign_in(client, authenticator.get(await asked(client)))
        assert signed.json()["user"]["email"] == person.email
    headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    assert (await client.get(f"{URL}/me", headers=headers)).status_code == 200

    listed = (await person.client.get(f"{URL}/passkeys")).json()["data"]
    assert [(key["id"], key["name"]) for key in listed] == [(made["id"], "phone")]
    assert listed[0]["last_used_at"] is not None


async def test_a_passkey_is_renamed_and_deleted_by_its_owner_only(
    client: httpx.AsyncClient,
    admin: Admin,
    person: Person,
    authenticator: Authenticator,
) -> None:
    url = f"{URL}/passkeys/{(await register(person, authenticator))['id']}"
    for answer in (
        await admin.client.patch(url, json={"name": "mine"}),
        await admin.client.delete(url),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "passkey_not_found")

    assert (await person.client.patch(url, json={"name": "old"})).json()["name"] == "old"
    assert (await person.client.delete(url)).status_code == 204
    assert (await sign_in(client, authenticator.get(await asked(client)))).status_code == 401


async def test_a_challenge_is_good_once_right_or_wrong(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    await register(person, authenticator)
    options = await asked(client)
    answers = await asyncio.gather(*(sign_in(client, authenticator.get(options)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]

    options = await asked(client)
    wrong = authenticator.get(options)
    wrong["response"]["signature"] = wrong["response"]["authenticatorData"]
    assert (await sign_in(client, wrong)).status_code == 401
    assert (await sign_in(client, authenticator.get(options))).status_code == 401


async def test_an_answer_is_for_the_challenge_of_its_own_ceremony(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    await register(person, authenticator)
    for_registering = await registration(person)
    made_up = dict(await asked(client)) | {"challenge": "A" * 43}

    assert (await sign_in(client, authenticator.get(for_registering))).status_code == 401
    assert (await sign_in(client, authenticator.get(made_up))).status_code == 401
    for_signing_in = (await registration(person)) | {
        "challenge": (await asked(client))["challenge"]
    }
    assert (await keep(person, authenticator.create(for_signing_in))).status_code == 401


async def test_a_registration_is_for_whoever_began_it(
    person: Person, admin: Admin, authenticator: Authenticator
) -> None:
    credential = authenticator.create(await registration(person))
    body = {"credential": credential}

    stolen = await admin.client.post(f"{URL}/passkeys/register/verify", json=body)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "auth_token_invalid")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "http://127.0.0.1:8001", "http://127.0.0.1:8000.evil.test", "null"],
)
async def test_another_origin_gets_nowhere(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, origin: str
) -> None:
    await register(person, authenticator)
    authenticator.origin = origin

    assert (await sign_in(client, authenticator.get(await asked(client)))).status_code == 401
    made = await keep(person, authenticator.create(await registration(person)))
    assert (made.status_code, made.json()["code"]) == (422, "auth_passkey_refused")


async def test_a_passkey_of_another_site_gets_nowhere(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    made = await keep(person, authenticator.create(await registration(person), rp_id="evil.test"))
    assert made.status_code == 422

    await register(person, authenticator)
    authenticator.keys[-1].rp_id = "evil.test"
    assert (await sign_in(client, authenticator.get(await asked(client)))).status_code == 401


async def test_a_counter_that_does_not_grow_is_of_a_copy(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    await register(person, authenticator)

    async def with_count(count: int) -> int:
        answer = authenticator.get(await asked(client), count=count)
        return (await sign_in(client, answer)).status_code

    assert [await with_count(count) for count in (5, 5, 4, 0, 6)] == [200, 401, 401, 401, 200]


async def test_an_authenticator_that_does_not_count_is_taken(
    client: httpx.AsyncClient, person: Person, settings: Settings
) -> None:
    synced = Authenticator(settings.base_url, counts=False)
    await register(person, synced)

    for _ in range(2):
        assert (await sign_in(client, synced.get(await asked(client)))).status_code == 200


async def test_an_authenticator_that_verifies_nobody_is_refused(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, settings: Settings
) -> None:
    careless = Authenticator(settings.base_url, verifies=False)
    assert (await keep(person, careless.create(await registration(person)))).status_code == 422

    await register(person, authenticator)
    careless.keys = authenticator.keys
    assert (await sign_in(client, careless.get(await asked(client)))).status_code == 401


async def test_the_handle_of_another_account_is_refused(
    client: httpx.AsyncClient, person: Person, admin: Admin, authenticator: Authenticator
) -> None:
    await register(person, authenticator)
    other = UUID(admin.user["id"]).bytes

    answer = authenticator.get(await asked(client), user_handle=other)
    assert (await sign_in(client, answer)).status_code == 401


async def test_a_key_signed_by_another_is_refused(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, settings: Settings
) -> None:
    await register(person, authenticator)
    forger = Authenticator(settings.base_url)
    forger.create(await registration(person))
    forger.keys[0].id = authenticator.keys[0].id
    forger.keys[0].count = 100

    assert (await sign_in(client, forger.get(await asked(client)))).status_code == 401


async def test_one_credential_is_registered_once(
    person: Person, admin: Admin, authenticator: Authenticator
) -> None:
    await register(person, authenticator)
    options = (await admin.client.post(f"{URL}/passkeys/register/options")).json()["public_key"]
    copied = authenticator.create(options, key_id=authenticator.keys[0].id)
    stolen = await admin.client.post(f"{URL}/passkeys/register/verify", json={"credential": copied})

    assert (stolen.status_code, stolen.json()["code"]) == (422, "auth_passkey_refused")
    assert options["excludeCredentials"] == []
    assert len((await registration(person))["excludeCredentials"]) == 1


MALFORMED: list[Any] = [
    {},
    {"id": "x"},
    {"rawId": "x", "response": {}},
    {"rawId": "x", "response": {"clientDataJSON": "x"}},
    {"rawId": 7, "response": {"clientDataJSON": "e30"}},
    {"rawId": "x", "response": {"clientDataJSON": "bnVsbA"}},
    {"rawId": "x", "response": "x"},
    {"rawId": "é", "response": {"clientDataJSON": "é"}},
]


@pytest.mark.parametrize("credential", MALFORMED)
async def test_what_is_no_answer_of_an_authenticator_is_refused(
    client: httpx.AsyncClient, refused_person: Person, credential: Any
) -> None:
    assert (await sign_in(client, credential)).status_code == 401
    assert (await keep(refused_person, credential)).status_code == 401


@pytest.mark.parametrize("part", ["attestationObject", "authenticatorData", "signature"])
@pytest.mark.parametrize("garbage", ["", "AAAA", "o2NmbXRkbm9uZQ", "_" * 400, 7, None])
async def test_garbage_in_an_answer_is_refused(
    client: httpx.AsyncClient,
    refused_person: Person,
    authenticator: Authenticator,
    part: str,
    garbage: Any,
) -> None:
    made = authenticator.create(await registration(refused_person))
    answered = authenticator.get(await asked(client))
    for credential in (made, answered):
        if part in credential["response"]:
            credential["response"][part] = garbage

    refused = await (
        keep(refused_person, made) if part == "attestationObject" else sign_in(client, answered)
    )
    assert refused.status_code in (401, 422)


async def test_a_passkey_serves_as_the_second_factor(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator
) -> None:
    await register(person, authenticator)
    begun = (await person.client.post(f"{URL}/mfa", json={"type": "totp"})).json()
    code = pyotp.TOTP(begun["secret"]).now()
    await person.client.post(f"{URL}/mfa/confirm", json={"code": code})
    login = {"email": person.email, "password": PASSWORD}
    token = (await client.post(f"{URL}/login", json=login)).json()["mfa_token"]

    async def options() -> dict[str, Any]:
        answer = await client.post(f"{URL}/mfa/passkey/options", json={"mfa_token": token})
        found: dict[str, Any] = answer.json()["public_key"]
        return found

    async def verify(credential: Any) -> httpx.Response:
        body = {"mfa_token": token, "passkey": credential}
        return await client.post(f"{URL}/mfa/verify", json=body)

    assert len((await options())["allowCredentials"]) == 1
    assert (await verify(authenticator.get(await options()))).status_code == 200
    wrong = authenticator.get(await options(), user_handle=uuid4().bytes)
    assert (await verify(wrong)).status_code == 401


async def test_challenges_end_by_themselves(
    client: httpx.AsyncClient, person: Person, authenticator: Authenticator, database: Database
) -> None:
    await register(person, authenticator)
    options = await asked(client)
    await database.owner.execute("UPDATE backendify.admin_tokens SET expires_at = now()")

    assert (await sign_in(client, authenticator.get(options))).status_code == 401
