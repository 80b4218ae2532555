"""Signing in: identical answers for what must not be told apart, and bounded guessing."""

import asyncio
import statistics
import time
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from app.main import create_app
from tests.conftest import Admin
from tests.people import new_email
from tests.running import client_for, lifespan

URL = "/api/auth/login"


async def test_the_right_password_signs_in(admin: Admin, client: httpx.AsyncClient) -> None:
    body = {"email": admin.email.upper(), "password": admin.password}
    answer = await client.post(URL, json=body)

    tokens = answer.json()
    assert (answer.status_code, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 1800)
    headers = {"Authorization": f"bearer {tokens['access_token']}"}
    me = (await client.get("/api/auth/me", headers=headers)).json()
    assert me["id"] == admin.user["id"]
    assert me["last_login_at"].endswith("+00:00")


async def test_unknown_and_known_accounts_answer_alike(
    admin: Admin, client: httpx.AsyncClient
) -> None:
    known = await client.post(URL, json={"email": admin.email, "password": "wrong"})
    unknown = await client.post(URL, json={"email": new_email(), "password": "wrong"})

    assert known.status_code == unknown.status_code == 401
    varying = {"request_id"}
    assert _without(known.json(), varying) == _without(unknown.json(), varying)
    assert known.headers.keys() == unknown.headers.keys()


async def test_an_unknown_account_costs_as_much_as_a_known_one(
    admin: Admin, client: httpx.AsyncClient
) -> None:
    await _cpu_seconds(client, new_email())  # the stand-in hash is made once

    known, unknown = [], []
    for _ in range(15):
        known.append(await _cpu_seconds(client, admin.email))
        unknown.append(await _cpu_seconds(client, new_email()))

    ratio = statistics.median(unknown) / statistics.median(known)
    assert 0.6 < ratio < 1.6


@pytest.mark.parametrize(
    "body",
    [{}, [], "x", 5, None, {"email": "a@x.com"}, {"email": "a@x.com", "password": 7}],
)
async def test_a_body_of_another_shape_is_422(client: httpx.AsyncClient, body: Any) -> None:
    assert (await client.post(URL, json=body)).status_code == 422


async def test_a_password_beyond_the_limit_is_refused_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post(URL, json={"email": "a@x.com", "password": "x" * 1_000_000})

    assert answer.status_code == 422


@pytest.fixture
async def limited(settings: Settings) -> Any:
    """The application with rate limits on, and nothing counted yet."""
    application = create_app(settings.model_copy(update={"rate_limits": True}))
    async with lifespan(application):
        yield application


async def test_guessing_is_slowed_down_however_it_is_spread(limited: Any, admin: Admin) -> None:
    async with client_for(limited) as client:
        guesses = [
            client.post(
                f"{URL}?" if n % 2 else URL,
                json={"email": admin.email if n % 3 else admin.email.upper(), "password": f"g{n}"},
                headers={"X-Forwarded-For": f"10.0.0.{n}"},
            )
            for n in range(30)
        ]
        answers = await asyncio.gather(*guesses)
        right = {"email": admin.email, "password": admin.password}
        locked = await client.post(URL, json=right)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 20
    assert 0 < int(refused[0].headers["Retry-After"]) <= 300
    assert locked.json()["code"] == "auth_too_many_attempts"


async def test_guesses_from_elsewhere_lock_nobody_out(limited: Any, admin: Admin) -> None:
    right = {"email": admin.email, "password": admin.password}
    async with client_for(limited, address="10.9.9.9") as attacker, client_for(limited) as owner:
        wrong = {"email": admin.email, "password": "wrong"}
        await asyncio.gather(*(attacker.post(URL, json=wrong) for _ in range(12)))

        assert (await attacker.post(URL, json=right)).status_code == 429
        assert (await owner.post(URL, json=right)).status_code == 200


async def test_right_passwords_are_never_counted_together(limited: Any, admin: Admin) -> None:
    right = {"email": admin.email, "password": admin.password}
    async with client_for(limited) as client:
        answers = [await client.post(URL, json=right) for _ in range(12)]

    assert {answer.status_code for answer in answers} == {200}


async def _cpu_seconds(client: httpx.AsyncClient, email: str) -> float:
    started = time.process_time()
    await client.post(URL, json={"email": email, "password": "wrong"})
    return time.process_time() - started


def _without(problem: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in names}
