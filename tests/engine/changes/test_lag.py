"""How far behind the log's relay and readers are, and that a long backlog holds nobody up."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from app.core.db import Database
from app.engine.changes import relay as relays
from app.engine.changes.fan_out import follow
from app.engine.changes.lag import Lag, reader_lags, relay_lag
from app.engine.changes.relay import Relay, backlog, number
from tests.conftest import Admin, TestProject
from tests.waiting import until


async def append(database: Database, project: TestProject, count: int, age: str = "0s") -> None:
    """Changes that nobody is told of."""
    await database.owner.execute(
        f'INSERT INTO "p_{project.id.hex}"._changes (at, schema_version, collection, record_id,'
        " action, after) SELECT now() - $2::text::interval, 1, 'c', (x % 7)::text, 'created', '{}'"
        " FROM generate_series(1, $1::int) x",
        count, age,
    )  # fmt: skip


async def _is_numbered(database: Database, project: TestProject) -> bool:
    return await backlog(database, project.id) == 0


async def other_project(admin: Admin) -> TestProject:
    slug = f"p-{UUID(int=0).hex[:4]}-{id(object())}"
    answer = await admin.client.post("/api/projects", json={"name": slug, "slug": slug})
    return TestProject(UUID(answer.json()["id"]), slug)


async def test_what_waits_for_the_relay_is_counted_and_timed(
    project: TestProject, database: Database
) -> None:
    assert await relay_lag(database, project.id) == Lag(0, 0)
    await append(database, project, 3, age="90s")
    lag = await relay_lag(database, project.id)
    assert lag.changes == 3
    assert 90 <= lag.seconds < 120
    await number(database, project.id)
    assert await relay_lag(database, project.id) == Lag(0, 0)


async def test_what_a_reader_has_not_taken_is_counted_and_timed(
    project: TestProject, database: Database
) -> None:
    await follow(database.owner, database, project.id, "slow")
    assert await reader_lags(database, project.id) == {"slow": Lag(0, 0)}
    await append(database, project, 5, age="2h")
    await number(database, project.id)
    lag = (await reader_lags(database, project.id))["slow"]
    assert (lag.changes, 7_200 <= lag.seconds < 7_300) == (5, True)


def test_lags_of_projects_add_up() -> None:
    assert Lag(1, 5.0).with_other(Lag(2, 3.0)) == Lag(3, 5.0)


async def test_a_long_backlog_is_numbered_in_turns_with_the_others(
    admin: Admin, project: TestProject, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "BATCH", 10)
    monkeypatch.setattr(relays, "MOST_AT_ONCE", 20)
    light = await other_project(admin)
    await append(database, project, 2_000)
    await append(database, light, 1)
    turns: list[UUID] = []
    relay = Relay(database, turns.append)
    relay.wake(project.id)
    running = asyncio.create_task(relay._follow())
    try:
        relay.wake(light.id)
        await until(partial(_is_numbered, database, light), every=0.001)
        assert await backlog(database, project.id) > 0
        await until(partial(_is_numbered, database, project))
    finally:
        running.cancel()
    assert turns.count(project.id) >= 10


async def test_several_relays_number_without_a_gap_and_in_order(
    project: TestProject, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "BATCH", 25)

    async def write() -> None:
        for _ in range(10):
            await append(database, project, 20)

    writing: Any = asyncio.gather(*(write() for _ in range(4)))
    while not writing.done():
        await asyncio.gather(*(number(database, project.id) for _ in range(4)))
    await writing
    while await backlog(database, project.id):
        await number(database, project.id)
    text = f'SELECT seq, record_id, n FROM "p_{project.id.hex}"._changes ORDER BY seq'
    rows = await database.owner.fetch(text)
    assert [row["seq"] for row in rows] == list(range(1, 801))
    for record in "0123456":
        own = [row["n"] for row in rows if row["record_id"] == record]
        assert own == sorted(own)
