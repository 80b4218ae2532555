"""Rate limits: by group of routes, project and caller; told in headers; shared where asked."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.api.rate_limits import RateLimits, group_of
from app.core.addresses import network_of
from app.core.config import Settings
from app.core.db import Database
from app.engine.identity.principal import Caller, Principal, Project
from app.main import create_app
from tests.conftest import Admin, TestProject
from tests.running import client_for, lifespan
from tests.schemas import apply_schema, field


@asynccontextmanager
async def node(settings: Settings, **changed: Any) -> AsyncIterator[Any]:
    application = create_app(settings.model_copy(update={"rate_limits": True} | changed))
    async with lifespan(application):
        yield application


@pytest.fixture(scope="module")
async def limited(settings: Settings) -> AsyncIterator[Any]:
    async with node(settings) as application:
        yield application


@pytest.fixture
async def posts(admin: Admin, project: TestProject) -> str:
    await apply_schema(admin, project, {"name": "posts", "fields": [field("title", "string")]})
    return f"{project.url}/data/posts"


async def limit(owner: Admin, project: TestProject, **limits: dict[str, str]) -> None:
    changed = await owner.client.patch(f"{project.url}/settings", json={"limits": limits})
    assert changed.status_code == 200, changed.text


async def test_what_is_left_is_told_until_nothing_is(
    limited: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    await limit(admin, project, data={"member": "2/minute"})
    async with client_for(limited, headers=admin.headers) as client:
        answers = [await client.get(posts) for _ in range(3)]
        written = await client.post(posts, json={"title": "x"})

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == ['"data";q=2;w=60'] * 3
    left = [answer.headers["RateLimit"].split(";")[1] for answer in answers]
    assert left == ["r=1", "r=0", "r=0"]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert answers[2].json()["code"] == "rate_limited"
    assert written.status_code == 201
    assert "RateLimit" not in written.headers


async def test_without_a_limit_nothing_is_counted_or_told(
    limited: Any, admin: Admin, posts: str
) -> None:
    async with client_for(limited, headers=admin.headers) as client:
        assert "RateLimit" not in (await client.get(posts)).headers


async def test_anonymous_callers_are_counted_by_address_and_nothing_they_say(
    limited: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    await limit(admin, project, data={"anonymous": "3/minute"})
    path = f"/api/projects/{project.id}/data/posts"

    async def codes(address: str, *urls: str) -> list[int]:
        async with client_for(limited, address=address) as client:
            said = [{"X-Forwarded-For": f"10.1.1.{n}", "X-Real-IP": "9.9.9.9"} for n in range(9)]
            sent = zip(urls, said, strict=False)
            return [(await client.get(url, headers=told)).status_code for url, told in sent]

    spelled = await codes(
        "203.0.113.1", posts, path, f"{path}?a=1", f"{path}/{uuid4()}", path.replace("p", "%70")
    )
    assert 429 not in spelled[:3]
    assert spelled[3:] == [429, 429]
    assert 429 not in await codes("203.0.113.2", posts)
    assert await codes("2001:db8::1", posts, posts, posts, posts) != [429] * 4
    assert await codes("2001:db8::ffff:2", posts) == [429]
    assert 429 not in await codes("2001:db8:0:1::1", posts)


async def test_projects_and_callers_are_counted_apart(
    limited: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    await limit(admin, project, data={"member": "1/minute", "anonymous": "1/minute"})
    async with client_for(limited, headers=admin.headers) as member, client_for(limited) as anyone:
        first = [(await client.get(posts)).status_code for client in (member, anyone)]
        second = [(await client.get(posts)).status_code for client in (member, anyone)]

    assert first == [200, 401]
    assert second == [429, 429]


async def test_the_consoles_own_routes_can_be_limited(
    limited: Any, admin: Admin, project: TestProject
) -> None:
    await limit(admin, project, admin={"member": "2/hour"})
    async with client_for(limited, headers=admin.headers) as client:
        answers = [(await client.get(f"{project.url}/schema")).status_code for _ in range(3)]

    assert answers == [200, 200, 429]


async def is_refused_in_time(
    client: httpx.AsyncClient, url: str, pauses: tuple[float, ...]
) -> bool:
    """Ask once after each pause until it is one too many."""
    for seconds in pauses:
        await asyncio.sleep(seconds)
        if (await client.get(url)).status_code == 429:
            return True
    return False


async def test_a_changed_limit_holds_for_who_was_counted_before(
    limited: Any, admin: Admin, project: TestProject, posts: str
) -> None:
    async with client_for(limited, headers=admin.headers) as client:
        await client.get(posts)
        await limit(admin, project, data={"member": "1/hour"})
        assert await is_refused_in_time(client, posts, pauses=(1, 2, 4, 8, 16))


async def test_off_means_off(admin: Admin, project: TestProject, posts: str) -> None:
    await limit(admin, project, data={"member": "1/day"})

    assert [(await admin.client.get(posts)).status_code for _ in range(3)] == [200] * 3


async def test_processes_count_together_where_the_store_is_shared(
    settings: Settings, admin: Admin, project: TestProject, posts: str
) -> None:
    await limit(admin, project, data={"member": "10/minute"})
    shared = {"rate_limit_storage": "postgres"}
    async with (
        node(settings, **shared) as one,
        node(settings, **shared) as other,
        client_for(one, headers=admin.headers) as here,
        client_for(other, headers=admin.headers) as there,
    ):
        for client in (here, there) * 5:
            await client.get(posts)
        # by its own count alone, a process would allow even the last of these
        refused = [
            await is_refused_in_time(each, posts, pauses=(1, 2, 4, 8)) for each in (here, there)
        ]

    assert refused == [True, True]


async def test_attempts_to_sign_in_are_counted_exactly_by_all_processes(
    settings: Settings,
) -> None:
    wrong = {"email": f"{uuid4().hex}@example.com", "password": "wrong"}
    shared = {"rate_limit_storage": "postgres"}
    async with node(settings, **shared) as one, node(settings, **shared) as other:
        clients = [
            client_for(one, address="198.51.100.7"),
            client_for(other, address="198.51.100.7"),
        ]
        answers = await asyncio.gather(
            *(client.post("/api/auth/login", json=wrong) for client in clients * 10)
        )
        for client in clients:
            await client.aclose()

    codes = [answer.status_code for answer in answers]
    assert (codes.count(401), codes.count(429)) == (10, 10)


GROUPS = [
    ("GET", "/api/projects/{project}/data/{collection}", "data"),
    ("HEAD", "/api/projects/{project}/data/{collection}/{id}", "data"),
    ("POST", "/api/projects/{project}/data/{collection}/query", "data"),
    ("POST", "/api/projects/{project}/collections/{collection}/validate", "data"),
    ("POST", "/api/projects/{project}/data/{collection}", "write"),
    ("DELETE", "/api/projects/{project}/data/{collection}/{id}", "write"),
    ("POST", "/api/projects/{project}/data/{collection}/import", "import"),
]


@pytest.mark.parametrize(("method", "route", "group"), GROUPS)
def test_every_route_counts_in_one_group(method: str, route: str, group: str) -> None:
    assert group_of(method, route) == group


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("unknown", "unknown"),
    ],
)
def test_who_has_many_addresses_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_counting_costs_microseconds_and_no_statement(database: Database) -> None:
    limits = RateLimits(database, None, enabled=True)
    caller = Caller(Principal("app_user", uuid4()), Project(uuid4(), "p", "p_1"))
    state: dict[str, Any] = {}
    await limits.count(caller, "data", "203.0.113.9", state)
    started = time.process_time()
    for _ in range(5_000):
        await limits.count(caller, "data", "203.0.113.9", state)
    seconds = (time.process_time() - started) / 5_000

    assert seconds < 20e-6, f"{seconds * 1e6:.1f} µs"
