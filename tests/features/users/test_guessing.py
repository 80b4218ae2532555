"""Guessing, and telling accounts apart: slowed down, and without anything to see."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any

import asyncpg
import httpx
import pytest

from app.core.config import Settings
from app.core.db import Database
from app.engine.identity.passwords import Passwords
from app.main import create_app
from tests.features.users.app_users import PASSWORD, World, new_email
from tests.running import client_for, lifespan

_NOTED: ContextVar[bool] = ContextVar("noted", default=False)


@pytest.fixture
async def limited(settings: Settings, world: World) -> AsyncIterator[World]:
    """The same project where attempts are counted, and nothing is yet."""
    application = create_app(settings.model_copy(update={"rate_limits": True}))
    async with lifespan(application), client_for(application) as client:
        yield World(world.admin, world.project, client)


@pytest.mark.parametrize("path", ["login", "otp/verify"])
async def test_guessing_is_slowed_down_however_it_is_spelt(limited: World, path: str) -> None:
    user = await limited.sign_up()
    secret = {"login": {"password": "wrong"}, "otp/verify": {"code": "123456"}}[path]
    url = f"{limited.auth}/{path}"

    async def guess(number: int) -> httpx.Response:
        body = {"email": user.email if number % 2 else user.email.upper()} | secret
        headers = {"X-Forwarded-For": f"10.0.0.{number}"}
        return await limited.anyone.post(url, json=body, headers=headers)

    answers = await asyncio.gather(*(guess(number) for number in range(30)))

    assert sum(answer.status_code == 429 for answer in answers) == 20


async def test_mails_cannot_be_asked_for_without_end(limited: World) -> None:
    for path in ("password/forgot", "otp", "magic-link", "verify/send"):
        body = {"email": new_email()}
        answers = [await limited.post(path, body) for _ in range(12)]
        assert [a.status_code for a in answers] == [202] * 10 + [429] * 2, path


async def test_guessing_in_one_project_slows_down_nobody_at_the_console(limited: World) -> None:
    body = {"email": limited.admin.email, "password": "wrong"}
    for _ in range(11):
        answer = await limited.post("login", body)
    assert answer.status_code == 429

    right = {"email": limited.admin.email, "password": limited.admin.password}
    assert (await limited.anyone.post("/api/auth/login", json=right)).status_code == 200


async def test_an_unknown_account_costs_as_much_as_a_known_one(world: World) -> None:
    user = await world.sign_up()
    await _cpu_seconds(world, new_email())  # the stand-in hash is made once

    known, unknown = [], []
    for _ in range(15):
        known.append(await _cpu_seconds(world, user.email))
        unknown.append(await _cpu_seconds(world, new_email()))

    assert 0.6 < statistics.median(unknown) / statistics.median(known) < 1.6


@pytest.mark.parametrize("path", ["login", "register", "password/forgot", "otp", "magic-link"])
async def test_known_and_unknown_accounts_cost_the_same_statements(
    world: World, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await world.sign_up()
    await world.settings(require_verified_email=True)
    told: list[str] = []
    _note_statements(monkeypatch, told)

    async def statements(address: Callable[[], str]) -> list[str]:
        """Of a request that finds the project at hand, as most do."""
        extra = {"password": "another battery staple"} if path in ("login", "register") else {}
        for _ in range(3):
            told.clear()
            await world.post(path, {"email": address()} | extra)
            if not any("AS project_id" in statement for statement in told):
                break
        return list(told)

    await statements(new_email)
    assert await statements(lambda: user.email) == await statements(new_email)


async def test_a_taken_address_costs_a_sign_up_its_hash_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.settings(require_verified_email=True)
    user, hashed = new_email(), []
    original = Passwords.hash

    async def counting(self: Passwords, password: str) -> str:
        hashed.append(password)
        return await original(self, password)

    monkeypatch.setattr(Passwords, "hash", counting)
    for _ in range(2):
        answer = await world.post("register", {"email": user, "password": PASSWORD})
        assert answer.status_code == 201

    assert len(hashed) == 2


async def test_no_secret_is_written_into_the_log(
    world: World, settings: Settings, capfd: pytest.CaptureFixture[str], database: Database
) -> None:
    user = await world.sign_up(password="a very secret staple")
    await world.post("password/forgot", {"email": user.email})
    token = await world.token(user.email, "reset_password")
    await world.post("password/reset", {"token": token, "password": "another secret staple"})
    await user.refresh()
    logged = "".join(capfd.readouterr())
    queued = await database.owner.fetch("SELECT data::text FROM backendify.mails")

    for secret in ("secret staple", token, user.tokens["access_token"], settings.jwt_secret):
        assert secret not in logged
        assert not any(secret in row["data"] for row in queued)


def _note_statements(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    """Those of the requests that this test sends: the workers run in contexts of their own."""
    _NOTED.set(True)
    for name in ("fetchrow", "fetchval", "fetch", "execute"):
        original = getattr(asyncpg.Connection, name)

        def spying(self: Any, query: str, *args: Any, _call: Any = original, **options: Any) -> Any:
            if _NOTED.get():
                told.append(query)
            return _call(self, query, *args, **options)

        monkeypatch.setattr(asyncpg.Connection, name, spying)


async def _cpu_seconds(world: World, email: str) -> float:
    started = time.process_time()
    await world.post("login", {"email": email, "password": "wrong"})
    return time.process_time() - started


async def test_many_people_of_one_address_sign_up(limited: World) -> None:
    answers = [
        await limited.post("register", {"email": new_email(), "password": PASSWORD})
        for _ in range(12)
    ]

    assert {answer.status_code for answer in answers} == {201}
