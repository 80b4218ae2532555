"""The numbered log on its way to its readers: each event once, in log order, whatever fails."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.core.db import Database
from app.core.event import Event, LogReader
from app.engine.changes.fan_out import (
    BATCH,
    LEAST_BATCH,
    LONG_SECONDS,
    FanOut,
    follow,
    next_size,
    unfollow,
)
from app.engine.changes.relay import backlog, number
from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field
from tests.waiting import until

THINGS = {"name": "things", "fields": [field("name", "string"), field("price", "decimal")]}


class Keeper:
    """A reader that keeps what it took in a table of the control plane, as features do."""

    def __init__(self, database: Database, project: TestProject) -> None:
        self.database, self.project = database, project
        self.name = f"keeper_{project.id.hex}"
        self.fails = False
        self.events: list[Event] = []

    def reader(self) -> LogReader:
        return LogReader(self.name, self.take)

    async def take(
        self, context: Any, connection: Any, project_id: UUID, events: Sequence[Event]
    ) -> None:
        assert (context, project_id) == ("context", self.project.id)
        for event in events:
            await connection.execute(
                "INSERT INTO backendify.control_log (id, actor, action, target, detail)"
                " VALUES (gen_random_uuid(), $1, 'kept', $2, '{}')",
                self.name, str(event.seq),
            )  # fmt: skip
        if self.fails:
            raise RuntimeError("killed between taking and keeping")
        self.events.extend(events)

    async def kept(self) -> list[int]:
        rows = await self.database.owner.fetch(
            "SELECT target::bigint FROM backendify.control_log WHERE actor = $1 ORDER BY 1",
            self.name,
        )
        return [row[0] for row in rows]

    async def follow(self) -> None:
        async with self.database.owner.acquire() as connection:
            await follow(connection, self.database, self.project.id, self.name)

    async def deliver(self, *others: LogReader) -> None:
        while await backlog(self.database, self.project.id):  # the application's relay runs too
            await number(self.database, self.project.id)
        fan_out = FanOut(self.database, [self.reader(), *others], "context")
        await fan_out.deliver(self.project.id)


@pytest.fixture
async def keeper(admin: Admin, project: TestProject, database: Database) -> Keeper:
    await apply_schema(admin, project, THINGS)
    return Keeper(database, project)


async def write(admin: Admin, project: TestProject, count: int) -> list[str]:
    bodies = [{"name": str(number), "price": "1.10"} for number in range(count)]
    answer = await admin.client.post(f"{project.url}/data/things", json=bodies)
    assert answer.status_code == 201, answer.text
    return [each["id"] for each in answer.json()["data"]]


async def test_a_reader_gets_what_comes_after_it_began_to_follow(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    await write(admin, project, 3)
    await number(keeper.database, project.id)
    await keeper.follow()
    ids = await write(admin, project, 2)
    await keeper.deliver()
    assert [event.record_id for event in keeper.events] == ids
    first = keeper.events[0]
    assert (first.action, first.before, first.id) == (
        "created", None, f"evt_{project.id.hex}_{first.n}",
    )  # fmt: skip
    assert first.after is not None
    assert first.after["name"] == "0"
    assert str(first.after["price"]) == "1.10"


async def test_many_events_come_in_log_order_and_once(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    await keeper.follow()
    for _ in range(2):
        await write(admin, project, BATCH)
    await write(admin, project, 1)
    await asyncio.gather(*(keeper.deliver() for _ in range(4)))
    await keeper.deliver()
    assert await keeper.kept() == list(range(1, 2 * BATCH + 2))


async def test_what_a_reader_was_killed_over_is_neither_lost_nor_kept_twice(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    await keeper.follow()
    await write(admin, project, 5)
    keeper.fails = True
    await keeper.deliver()
    assert await keeper.kept() == []
    keeper.fails = False
    await keeper.deliver()
    assert await keeper.kept() == [1, 2, 3, 4, 5]


async def test_a_reader_that_fails_holds_no_other_up(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    async def fail(*_: Any) -> None:
        raise ValueError("a reader's fault")

    broken = LogReader("a broken one", fail)
    async with keeper.database.owner.acquire() as connection:
        await follow(connection, keeper.database, project.id, broken.name)
    await keeper.follow()
    await write(admin, project, 2)
    await keeper.deliver(broken)
    assert await keeper.kept() == [1, 2]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("cannot call Transaction.__aexit__(): the connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 11"),
        asyncpg.AdminShutdownError("terminating connection"),
        ConnectionResetError("reset by peer"),
    ],
)
async def test_readers_outlive_a_connection_that_is_cut(
    admin: Admin, project: TestProject, keeper: Keeper, error: Exception
) -> None:
    cut = [error]

    async def take(*given: Any) -> None:
        if cut:
            raise cut.pop()
        await keeper.take(*given)

    await keeper.follow()
    await write(admin, project, 2)
    while await backlog(keeper.database, project.id):
        await number(keeper.database, project.id)
    fan_out = FanOut(keeper.database, [LogReader(keeper.name, take)], "context")
    running = asyncio.create_task(fan_out.run())

    def kept() -> Any:
        fan_out.wake(project.id)
        return keeper.kept()

    await until(kept)
    assert not running.done()
    running.cancel()
    assert await keeper.kept() == [1, 2]


async def test_a_reader_that_follows_no_more_gets_nothing(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    await keeper.follow()
    await unfollow(keeper.database.owner, project.id, keeper.name)
    await write(admin, project, 1)
    await keeper.deliver()
    assert await keeper.kept() == []


async def test_a_deleted_project_leaves_no_position_behind(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    await keeper.follow()
    await admin.client.delete(f"{project.url}?confirm={project.slug}")
    count = "SELECT count(*) FROM backendify.log_cursors WHERE project_id = $1"
    assert await keeper.database.owner.fetchval(count, project.id) == 0


async def test_a_slow_reader_gets_smaller_batches_so_that_its_position_moves(
    admin: Admin, project: TestProject, keeper: Keeper
) -> None:
    sizes: list[int] = []

    async def take(_context: Any, _connection: Any, _id: UUID, events: Sequence[Event]) -> None:
        sizes.append(len(events))
        await asyncio.sleep(LONG_SECONDS * 1.1 if len(events) > 100 else 0)

    slow = LogReader(f"slow_{project.id.hex}", take)
    async with keeper.database.owner.acquire() as connection:
        await follow(connection, keeper.database, project.id, slow.name)
    for _ in range(3):
        await write(admin, project, BATCH)
    await keeper.deliver(slow)
    await keeper.deliver(slow)  # a turn has only so many batches
    assert sizes[:3] == [BATCH, BATCH // 2, BATCH // 4]
    assert sum(sizes) == 3 * BATCH


def test_a_batch_is_halved_when_slow_and_doubled_when_fast() -> None:
    assert next_size(BATCH, 0) == BATCH
    assert next_size(40, LONG_SECONDS / 10) == 80
    assert next_size(40, LONG_SECONDS / 2) == 40
    assert next_size(40, LONG_SECONDS * 2) == 20
    assert next_size(LEAST_BATCH, LONG_SECONDS * 2) == LEAST_BATCH
