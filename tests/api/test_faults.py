"""When the database fails: 503 and nothing worse, and no restart needed afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.core.config import Settings
from app.core.postgres.server import Server
from tests.installations import new_installation
from tests.people import Person, invited, registered
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
async def fragile(server: Server, settings: Settings) -> AsyncIterator[Any]:
    """An installation whose connections may be cut."""
    async with new_installation(server, settings) as application:
        yield application


async def cut_all_connections(server: Server, application: Any) -> int:
    superuser = await asyncpg.connect(server.dsn("postgres"))
    try:
        killed = await superuser.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1",
            application.services.settings.database_url.split("?")[0].rsplit("/", 1)[-1],
        )
    finally:
        await superuser.close()
    return int(killed)


async def settled(person: Person, path: str) -> int:
    """The first answer that is no 503."""

    async def healed() -> int | None:
        status = (await person.client.get(path)).status_code
        return None if status == 503 else status

    return int(await until(healed))


async def test_cut_connections_cost_a_503_at_most_and_heal(fragile: Any, server: Server) -> None:
    owner = await registered(fragile)
    made = (await owner.client.post("/api/projects", json={"name": "x"})).json()
    paths = ("/api/auth/me", "/api/projects", f"/api/projects/{made['slug']}", "/readyz")

    assert await cut_all_connections(server, fragile) > 0

    answers = await asyncio.gather(*(owner.client.get(path) for path in paths * 5))
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 503)
    assert [await settled(owner, path) for path in paths] == [200] * len(paths)


async def test_rights_are_heard_of_again_after_the_connection_was_cut(
    fragile: Any, server: Server
) -> None:
    owner = await registered(fragile)
    made = (await owner.client.post("/api/projects", json={"name": "x"})).json()
    url = f"/api/projects/{made['slug']}"
    member = await invited(fragile, owner.client, url, "viewer")
    callers = fragile.services.callers
    key = member.headers["Authorization"]

    await cut_all_connections(server, fragile)
    await asyncio.sleep(1.5)  # the listener comes back after a second
    assert await settled(member, url) == 200
    await callers.resolve(key, made["slug"])
    await owner.client.delete(f"{url}/members/{member.id}")
    await until(lambda: callers.cached(key, made["slug"]) is None)


async def test_what_needs_no_database_is_answered_when_every_connection_is_taken(
    fragile: Any,
) -> None:
    owner = await registered(fragile)
    pool = fragile.services.database.owner
    taken = [await pool.acquire() for _ in range(pool.get_max_size() - pool.get_size())]
    while pool.get_idle_size():
        taken.append(await pool.acquire())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            forged = {"Authorization": "Bearer forged.token.here"}
            assert (await owner.client.get("/livez")).status_code == 200
            assert (await owner.client.get("/nowhere")).status_code == 404
            answer = await owner.client.get("/api/auth/me", headers=forged)
            assert answer.status_code == 401
    finally:
        for connection in taken:
            await pool.release(connection)
