"""Notifications: one connection for all who listen, and what happens when it is lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.core.config import Settings
from app.core.db import Database
from app.core.tasks import end_tasks
from tests.waiting import until

_LISTENING = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND query ~ '^LISTEN' AND pid <> pg_backend_pid()
"""


class Ear:
    """What one listener was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.missed = 0

    def miss(self) -> None:
        self.missed += 1


@pytest.fixture
async def own(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(settings)
    yield database
    await database.close()


@asynccontextmanager
async def listening(database: Database, channel: str) -> AsyncIterator[Ear]:
    ear = Ear()
    task = asyncio.create_task(database.notices.listen(channel, ear.heard.append, ear.miss))
    await until(lambda: ear.missed > 0)
    try:
        yield ear
    finally:
        await end_tasks(task)


async def say(database: Database, channel: str, payload: str) -> None:
    await database.owner.execute("SELECT pg_notify($1, $2)", channel, payload)


async def connections(own: Database) -> set[int]:
    """The server processes that listen for ``own`` alone: it is found by its channel."""
    return {row[0] for row in await own.owner.fetch(_LISTENING + "AND query ~ 'notify_test'")}


async def test_all_listeners_of_a_process_share_one_connection(own: Database) -> None:
    async with (
        listening(own, "notify_test_a") as a,
        listening(own, "notify_test_a") as twin,
        listening(own, "notify_test_b") as b,
    ):
        await say(own, "notify_test_a", "1")
        await say(own, "notify_test_b", "2")
        await until(lambda: bool(a.heard and twin.heard and b.heard))
        assert (a.heard, twin.heard, b.heard) == (["1"], ["1"], ["2"])
        assert len(await connections(own)) == 1
        assert own.owner.get_size() - own.owner.get_idle_size() == 0


async def test_who_listens_no_more_is_told_no_more_and_the_others_still_are(own: Database) -> None:
    async with listening(own, "notify_test_a") as a:
        async with listening(own, "notify_test_a") as gone, listening(own, "notify_test_b"):
            pass
        await say(own, "notify_test_a", "1")
        await until(lambda: bool(a.heard))
        assert gone.heard == []
    async with listening(own, "notify_test_a") as again:
        await say(own, "notify_test_a", "2")
        await until(lambda: bool(again.heard))
        assert again.heard == ["2"]


async def test_after_a_lost_connection_all_are_told_to_sweep_and_hear_again(own: Database) -> None:
    async with listening(own, "notify_test_a") as a, listening(own, "notify_test_b") as b:
        for round_ in (2, 3):
            (pid,) = await connections(own)
            await own.owner.execute("SELECT pg_terminate_backend($1)", pid)
            await until(lambda r=round_: (a.missed, b.missed) == (r, r))  # type: ignore[misc]
            await say(own, "notify_test_a", str(round_))
            await until(lambda r=round_: str(r) in a.heard)  # type: ignore[misc]
        assert len(await connections(own)) == 1


async def test_a_receiver_that_fails_fails_nobody_else(own: Database) -> None:
    def fail(payload: str) -> None:
        raise ValueError(payload)

    failing = asyncio.create_task(own.notices.listen("notify_test_a", fail, lambda: None))
    async with listening(own, "notify_test_a") as ear:
        await say(own, "notify_test_a", "1")
        await say(own, "notify_test_a", "2")
        await until(lambda: ear.heard == ["1", "2"])
    await end_tasks(failing)
