"""Second factors of the console: codes of an app, recovery codes; each is good once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest

from app.core.clock import utc_now
from app.core.config import Settings
from app.core.db import Database
from app.features.accounts.service import totp
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.people import PASSWORD, Person, invited
from tests.running import client_for, lifespan

URL = "/api/auth"


class Clock:
    """The time as the second factor sees it; a step further each time it is asked to."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> Any:
        return self.now

    def pass_steps(self, steps: int) -> None:
        self.now += timedelta(seconds=steps * totp.STEP_SECONDS)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(totp, "utc_now", clock)
    return clock


@pytest.fixture
async def person(app: Any, admin: Admin, project: TestProject) -> Person:
    return await invited(app, admin.client, project.url, "viewer")


async def enrol(person: Person, clock: Clock) -> dict[str, Any]:
    """Begin and confirm; the step that confirmed is over."""
    begun = await person.client.post(f"{URL}/mfa", json={"type": "totp"})
    assert begun.status_code == 201, begun.text
    enrolment: dict[str, Any] = begun.json()
    code = code_of(enrolment, clock)
    confirmed = await person.client.post(f"{URL}/mfa/confirm", json={"code": code})
    assert confirmed.status_code == 204, confirmed.text
    clock.pass_steps(2)
    return enrolment


def code_of(enrolment: dict[str, Any], clock: Clock, steps: int = 0) -> str:
    moment = clock.now + timedelta(seconds=steps * totp.STEP_SECONDS)
    return str(pyotp.TOTP(enrolment["secret"]).at(moment))


async def owe(client: httpx.AsyncClient, person: Person) -> str:
    """Sign in with the password; the token to show with the second factor."""
    body = {"email": person.email, "password": PASSWORD}
    answer = await client.post(f"{URL}/login", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json().keys() == {"mfa_required", "mfa_token"}
    return str(answer.json()["mfa_token"])


async def verify(client: httpx.AsyncClient, token: str, code: str) -> httpx.Response:
    return await client.post(f"{URL}/mfa/verify", json={"mfa_token": token, "code": code})


async def test_a_sign_in_takes_a_code_once_confirmed(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    begun = (await person.client.post(f"{URL}/mfa", json={"type": "totp"})).json()
    body = {"email": person.email, "password": PASSWORD}
    assert "access_token" in (await client.post(f"{URL}/login", json=body)).json()
    url = urlsplit(begun["otpauth_url"])
    assert (url.scheme, url.netloc) == ("otpauth", "totp")
    assert parse_qs(url.query)["secret"] == [begun["secret"]]

    enrolment = await enrol(person, clock)
    token = await owe(client, person)
    signed = await verify(client, token, code_of(enrolment, clock))

    assert signed.json()["user"]["email"] == person.email
    headers = {"Authorization": f"Bearer {signed.json()['access_token']}"}
    assert (await client.get(f"{URL}/me", headers=headers)).status_code == 200
    status = (await person.client.get(f"{URL}/mfa")).json()
    assert status == {"enabled": True, "recovery_codes_left": 10}


async def test_the_token_for_the_second_factor_opens_nothing_itself(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    await enrol(person, clock)
    token = await owe(client, person)

    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get(f"{URL}/me", headers=headers)).status_code == 401
    refreshed = await client.post(f"{URL}/refresh", json={"refresh_token": token})
    assert refreshed.status_code == 401
    access = person.headers["Authorization"].removeprefix("Bearer ")
    for other in (access, person.tokens["refresh_token"], "x"):
        assert (await verify(client, other, "123456")).status_code == 401


async def test_a_code_is_good_once_even_for_many_at_once(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    enrolment = await enrol(person, clock)
    token, code = await owe(client, person), code_of(enrolment, clock)

    answers = await asyncio.gather(*(verify(client, token, code) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    refused = next(answer for answer in answers if answer.status_code == 401)
    assert refused.json()["code"] == "auth_token_invalid"


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
async def test_a_code_is_good_half_a_minute_before_and_after(
    client: httpx.AsyncClient, person: Person, clock: Clock, steps: int, status: int
) -> None:
    enrolment = await enrol(person, clock)
    clock.pass_steps(5)
    token = await owe(client, person)

    answer = await verify(client, token, code_of(enrolment, clock, steps))
    assert answer.status_code == status


async def test_an_older_code_is_void_once_a_newer_was_used(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    enrolment = await enrol(person, clock)
    token = await owe(client, person)

    assert (await verify(client, token, code_of(enrolment, clock, 1))).status_code == 200
    assert (await verify(client, token, code_of(enrolment, clock, 0))).status_code == 401


async def test_a_recovery_code_is_good_once_in_any_spelling(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    codes = (await enrol(person, clock))["recovery_codes"]
    token = await owe(client, person)
    spelt = codes[0].replace("-", " ").upper()

    answers = await asyncio.gather(*(verify(client, token, spelt) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]
    assert (await verify(client, token, codes[0])).status_code == 401
    assert (await verify(client, token, codes[1])).status_code == 200
    status = (await person.client.get(f"{URL}/mfa")).json()
    assert status["recovery_codes_left"] == 8


async def test_new_recovery_codes_void_the_old_ones(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    old = (await enrol(person, clock))["recovery_codes"]
    wrong = await person.client.post(f"{URL}/mfa/recovery-codes", json={"password": "wrong"})
    renewed = await person.client.post(f"{URL}/mfa/recovery-codes", json={"password": PASSWORD})
    token = await owe(client, person)

    assert (wrong.status_code, wrong.json()["code"]) == (422, "auth_password_wrong")
    assert (await verify(client, token, old[0])).status_code == 401
    new = renewed.json()["recovery_codes"]
    assert len(set(new)) == 10
    assert (await verify(client, token, new[0])).status_code == 200


async def test_doing_without_takes_the_password_or_a_code(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    async def remove(**proof: str) -> httpx.Response:
        return await person.client.request("DELETE", f"{URL}/mfa", json=proof)

    enrolment = await enrol(person, clock)
    for wrong in ({}, {"password": "x", "code": "123456"}):
        assert (await remove(**wrong)).status_code == 422
    assert (await remove(password="wrong")).json()["code"] == "auth_password_wrong"
    assert (await remove(code="000000")).json()["code"] == "auth_code_wrong"
    assert (await remove(code=code_of(enrolment, clock))).status_code == 204

    body = {"email": person.email, "password": PASSWORD}
    assert "access_token" in (await client.post(f"{URL}/login", json=body)).json()
    again = await enrol(person, clock)
    assert again["secret"] != enrolment["secret"]
    assert (await remove(password=PASSWORD)).status_code == 204


async def test_a_second_factor_in_force_is_replaced_by_nobody(person: Person, clock: Clock) -> None:
    enrolment = await enrol(person, clock)

    again = await person.client.post(f"{URL}/mfa", json={"type": "totp"})
    confirmed = await person.client.post(
        f"{URL}/mfa/confirm", json={"code": code_of(enrolment, clock)}
    )
    assert (again.status_code, again.json()["code"]) == (409, "auth_mfa_in_force")
    assert (confirmed.status_code, confirmed.json()["code"]) == (404, "auth_mfa_not_found")


async def test_a_first_factor_from_before_a_new_password_counts_no_more(
    client: httpx.AsyncClient, person: Person, clock: Clock
) -> None:
    enrolment = await enrol(person, clock)
    token = await owe(client, person)
    await asyncio.sleep(1.1)
    new = {"current_password": PASSWORD, "new_password": "wholly other words here"}
    changed = await person.client.post(f"{URL}/password/change", json=new)

    assert changed.status_code == 200, changed.text
    assert (await verify(client, token, code_of(enrolment, clock))).status_code == 401


async def test_secrets_and_recovery_codes_are_not_readable_where_they_are_kept(
    database: Database, person: Person, clock: Clock
) -> None:
    enrolment = await enrol(person, clock)
    kept = await database.owner.fetchval(
        "SELECT c::text FROM backendify.admin_credentials c WHERE account_id = $1", person.id
    )

    for secret in (enrolment["secret"], *enrolment["recovery_codes"]):
        assert secret not in kept
        assert secret.replace("-", "") not in kept


@pytest.fixture
async def limited(settings: Settings) -> AsyncIterator[Any]:
    application = create_app(settings.model_copy(update={"rate_limits": True}))
    async with lifespan(application):
        yield application


async def test_guesses_are_counted_for_the_account_from_wherever_they_come(
    limited: Any, person: Person, clock: Clock
) -> None:
    enrolment = await enrol(person, clock)
    async with client_for(limited) as client:
        token = await owe(client, person)
    codes = []
    for n in range(12):
        async with client_for(limited, address=f"198.51.100.{n}") as client:
            codes.append((await verify(client, token, "000000")).status_code)
    async with client_for(limited) as client:
        right = await verify(client, token, code_of(enrolment, clock))

    assert codes == [401] * 10 + [429] * 2
    assert right.status_code == 429
