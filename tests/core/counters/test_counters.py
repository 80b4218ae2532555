"""Counters: one behaviour, wherever they are kept."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from fakeredis import TcpFakeServer
from redis.exceptions import RedisError

from app.core.counters import memory
from app.core.counters import redis as redis_counters
from app.core.counters.counters import Addition, Counters
from app.core.counters.memory import MemoryCounters
from app.core.counters.postgres import PostgresCounters
from app.core.counters.redis import RedisCounters
from app.core.counters.shared import FallingBack, open_counters
from app.core.db import Database
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A server on loopback that speaks Redis's protocol."""
    server = TcpFakeServer(("127.0.0.1", 0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that answers slowly is there all the same."""
    monkeypatch.setattr(redis_counters, "TIMEOUT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(redis_counters, "WAIT_SECONDS", PATIENCE_SECONDS)


@pytest.fixture(params=["memory", "postgres", "redis"])
async def counters(
    request: pytest.FixtureRequest, database: Database, redis_url: str
) -> AsyncIterator[Counters]:
    storage = redis_url if request.param == "redis" else request.param
    opened = open_counters(storage, database.owner)
    yield opened
    await opened.close()


@pytest.fixture
def key() -> str:
    return uuid4().hex


async def test_a_window_begins_with_its_first_count(counters: Counters, key: str) -> None:
    [first] = await counters.add([Addition(key, 1, 60)])
    [second] = await counters.add([Addition(key, 2, 3600)])

    assert (first.value, second.value) == (1, 3)
    assert 55 < second.seconds_left <= first.seconds_left <= 60


async def test_a_window_that_is_over_counts_no_more(counters: Counters, key: str) -> None:
    await counters.add([Addition(key, 5, 1)])
    await asyncio.sleep(1.1)

    assert [count.value for count in await counters.add([Addition(key, 1, 60)])] == [1]


async def test_counts_are_answered_in_the_order_asked(counters: Counters, key: str) -> None:
    asked = [Addition(f"{key}{n}", n, 60) for n in (3, 1, 2)]

    assert [count.value for count in await counters.add(asked)] == [3, 1, 2]


async def test_nothing_is_lost_between_many_at_once(counters: Counters, key: str) -> None:
    await asyncio.gather(*(counters.add([Addition(key, 1, 60)]) for _ in range(50)))

    assert [count.value for count in await counters.add([Addition(key, 1, 60)])] == [51]


async def test_counts_can_be_taken_back_to_nothing_and_no_further(
    counters: Counters, key: str
) -> None:
    await counters.add([Addition(key, 2, 60)])

    assert [count.value for count in await counters.add([Addition(key, -1, 60)])] == [1]
    assert [count.value for count in await counters.add([Addition(key, -5, 60)])] == [0]


async def test_forgetting_says_what_was_held(counters: Counters, key: str) -> None:
    await counters.add([Addition(key, 4, 60)])

    assert await counters.forget(key) == 4
    assert await counters.forget(key) == 0
    assert [count.value for count in await counters.add([Addition(key, 1, 60)])] == [1]


async def test_processes_share_a_shared_store(database: Database, redis_url: str, key: str) -> None:
    for storage in ("postgres", redis_url):
        one, other = (open_counters(storage, database.owner) for _ in range(2))
        await one.add([Addition(key, 2, 60)])

        assert [count.value for count in await other.add([Addition(key, 1, 60)])] == [3]
        await one.close()
        await other.close()


async def test_while_the_shared_store_is_away_each_process_counts_for_itself(key: str) -> None:
    nowhere = FallingBack(RedisCounters("redis://127.0.0.1:1/0"), (OSError, RedisError))

    counts = [(await nowhere.add([Addition(key, 1, 60)]))[0].value for _ in range(3)]
    assert counts == [1, 2, 3]
    assert await nowhere.forget(key) == 3
    await nowhere.close()


async def test_windows_that_are_over_are_cleared_from_the_table(
    database: Database, key: str
) -> None:
    counters = PostgresCounters(database.owner)
    await counters.add([Addition(f"{key}a", 1, 0), Addition(f"{key}b", 1, 60)])
    await counters.clear()

    left = await database.owner.fetch(
        "SELECT key FROM backendify.limit_counters WHERE key LIKE $1", f"{key}%"
    )
    assert [row["key"] for row in left] == [f"{key}b"]


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_KEYS", 10)
    counters = MemoryCounters()
    for n in range(100):
        await counters.add([Addition(str(n), 1, 60)])

    assert await counters.forget("99") == 1
    assert await counters.forget("0") == 0
