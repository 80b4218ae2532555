"""T070: however guesses are spread, few are looked at; and nobody is locked out for long."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.config import Settings
from app.engine.identity import attempts
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.people import new_email
from tests.running import client_for, lifespan

GUESSES = 40
WINDOW_SECONDS = 8
PASSWORD = "horses eat no batteries"


@pytest.fixture(scope="module")
async def limited(settings: Settings) -> AsyncIterator[Any]:
    application = create_app(settings.model_copy(update={"rate_limits": True}))
    async with lifespan(application):
        yield application


def disguised(n: int) -> dict[str, Any]:
    """What a client can say differently each time."""
    address = f"10.{n}.{n}.{n}"
    return {
        "headers": {
            "X-Forwarded-For": address,
            "X-Real-IP": address,
            "Forwarded": f"for={address}",
            "CF-Connecting-IP": address,
            "User-Agent": f"agent {n}",
            "X-HTTP-Method-Override": "POST",
            "X-Request-Id": f"guess-{n}",
        },
    }


def spellings(path: str, n: int) -> str:
    return (path, f"{path}/", path.upper(), f"/{path}", path.replace("auth", "%61uth"))[n % 5]


async def guess(client: httpx.AsyncClient, path: str, n: int, body: dict[str, Any]) -> int:
    answer = await client.post(spellings(path, n), json=body, **disguised(n))
    return answer.status_code


async def looked_at(app: Any, path: str, bodies: list[dict[str, Any]]) -> int:
    """How many of the guesses, all at once, got an answer about themselves."""
    async with client_for(app, address=f"198.18.{uuid4().int % 250}.{uuid4().int % 250}") as client:
        codes = await asyncio.gather(
            *(guess(client, path, n, body) for n, body in enumerate(bodies))
        )
    assert set(codes) <= {401, 404, 405, 422, 429}
    return codes.count(401)


async def test_passwords_of_the_console_are_not_guessed(limited: Any, admin: Admin) -> None:
    spelt = (admin.email, admin.email.upper(), f" {admin.email}", admin.email.title())
    bodies = [{"email": spelt[n % 4], "password": f"guess {n}"} for n in range(GUESSES)]

    assert 0 < await looked_at(limited, "/api/auth/login", bodies) <= attempts.MOST_PER_SUBJECT


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("login", {"email": "{email}", "password": "{n}{n}"}),
        ("otp/verify", {"email": "{email}", "code": "{n:06}"}),
        # A mailed token has 256 bits: each is counted by itself, all by their address.
        ("magic-link/verify", {"token": "one guess"}),
        ("password/reset", {"token": "one guess", "password": PASSWORD}),
        ("verify", {"token": "one guess"}),
    ],
)
async def test_nothing_of_app_users_is_guessed(
    limited: Any, project: TestProject, route: str, said: dict[str, str]
) -> None:
    email = new_email()
    async with client_for(limited, address="203.0.113.77") as client:
        registration = {"email": email, "password": PASSWORD}
        await client.post(f"{project.url}/auth/register", json=registration)
        await client.post(f"{project.url}/auth/otp", json={"email": email})
    bodies = [
        {name: text.format(email=email, n=n) for name, text in said.items()} for n in range(GUESSES)
    ]

    path = f"{project.url}/auth/{route}"
    assert await looked_at(limited, path, bodies) == attempts.MOST_PER_SUBJECT


async def test_a_project_spelt_by_slug_or_id_is_one_project(
    limited: Any, project: TestProject
) -> None:
    email = new_email()
    async with client_for(limited, address="203.0.113.78") as client:
        codes = [
            (
                await client.post(
                    f"/api/projects/{ref}/auth/login", json={"email": email, "password": f"{n}"}
                )
            ).status_code
            for n in range(10)
            for ref in (project.slug, str(project.id), str(project.id).upper())
        ]

    assert codes.count(401) == attempts.MOST_PER_SUBJECT


async def test_the_victim_waits_no_longer_than_the_window(
    limited: Any, admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "WINDOW_SECONDS", WINDOW_SECONDS)
    right = {"email": admin.email, "password": admin.password}
    address = f"203.0.113.{uuid4().int % 70}"
    async with client_for(limited, address=address) as here:
        wrong = {"email": admin.email, "password": "wrong"}
        for _ in range(attempts.MOST_PER_SUBJECT + 2):
            await here.post("/api/auth/login", json=wrong)
        locked = await here.post("/api/auth/login", json=right)
        async with client_for(limited, address="198.51.101.9") as elsewhere:
            free = await elsewhere.post("/api/auth/login", json=right)
        await asyncio.sleep(WINDOW_SECONDS + 0.2)
        later = await here.post("/api/auth/login", json=right)

    assert (locked.status_code, free.status_code, later.status_code) == (429, 200, 200)
    assert int(locked.headers["Retry-After"]) <= WINDOW_SECONDS
