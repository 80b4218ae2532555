"""Five times as many slow requests as there are connections: refused in time, and soon over."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.nodes import Node, observer, serving
from tests.faults.world import ENTRIES, Account, Home, ask, busy, client_of, home_at
from tests.waiting import until

POOL = 4
WAIT_SECONDS = 2
SLOW = 5 * POOL


@pytest.fixture
def small(data: Path) -> Iterator[Node]:
    """A node whose requests wait for a connection for two seconds."""
    wait = {"pool_timeout_seconds": str(WAIT_SECONDS), "data_pool_size": str(POOL)}
    with serving(data, rate_limits="off", log_level="warning", **wait) as node:
        yield node
    assert node.faults() == []


async def test_a_used_up_pool_refuses_in_time_and_heals(small: Node) -> None:
    async with home_at(small, ENTRIES, {"name": "other", "fields": []}) as home:
        await home.ok("POST", "/data/entries", json={"mark": "x"})
        path, slow, probes = f"{home.data}/entries", Account(), Account()

        async def probe() -> None:
            await ask(probes, home.client, "GET", "/livez")
            await asyncio.sleep(0.05)

        async with busy(probe), observer(small.data) as connection:
            async with connection.transaction():
                await connection.execute(f"LOCK TABLE {home.schema}.entries")
                asked = [
                    asyncio.create_task(ask(slow, home.client, "GET", path)) for _ in range(SLOW)
                ]
                await asyncio.sleep(0.3)
                await _ask_what_needs_no_connection(small, home)

                async def are_refused() -> bool:
                    return sum(task.done() for task in asked) == SLOW - POOL

                await until(are_refused)
            answers = [answer for answer in await asyncio.gather(*asked) if answer is not None]
            assert (await home.client.get(path)).status_code == 200

        told = sorted(answer.status_code for answer in answers)
        assert told == [200] * POOL + [503] * (SLOW - POOL)
        assert {a.json()["code"] for a in answers if a.status_code == 503} == {"database_busy"}
        assert slow.odd == []
        assert set(probes.statuses) == {200}


async def _ask_what_needs_no_connection(node: Node, home: Home) -> None:
    async with client_of(node, "forged.token.here") as forger:
        forged = await forger.get(f"{home.data}/entries")
    answers = {
        "forged": forged,
        "no route": await home.client.get("/api/nothing"),
        "no collection": await home.client.get(f"{home.data}/nothing"),
        "unknown field": await home.client.get(f"{home.data}/entries?nothing=1"),
        "bad id": await home.client.get(f"{home.data}/entries/nothing"),
        "invalid body": await home.client.post(f"{home.data}/entries", json={"nothing": 1}),
    }
    assert {what: answer.status_code for what, answer in answers.items()} == {
        "forged": 401,
        "no route": 404,
        "no collection": 404,
        "unknown field": 400,
        "bad id": 404,
        "invalid body": 422,
    }


async def test_a_statement_that_runs_too_long_is_ended_and_told(data: Path) -> None:
    with serving(data, log_level="warning", statement_timeout_seconds="1") as node:
        async with home_at(node, ENTRIES) as home:
            async with observer(node.data) as connection, connection.transaction():
                await connection.execute(f"LOCK TABLE {home.schema}.entries")
                answer: httpx.Response = await home.client.get(f"{home.data}/entries")
            assert (answer.status_code, answer.json()["code"]) == (408, "query_timeout")
            assert (await home.client.get(f"{home.data}/entries")).status_code == 200
    assert node.faults() == []
