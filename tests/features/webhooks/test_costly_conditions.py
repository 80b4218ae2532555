"""Conditions that cost a lot: the server goes on answering while events are asked them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from app.engine.policy.event_conditions import MOST_TESTS
from tests.features.webhooks.conftest import World
from tests.waiting import PATIENCE_SECONDS, until

ENDPOINTS = int(os.environ.get("COSTLY_ENDPOINTS", "30"))
EVENTS = int(os.environ.get("COSTLY_EVENTS", "1000"))
AT_ONCE = 1_000
FEWEST_ANSWERS = 20
_POSITIONS = """
SELECT c.seq FROM backendify.log_cursors c WHERE c.project_id = $1 AND c.reader = $2
"""

log = structlog.get_logger(__name__)


def costly() -> dict[str, Any]:
    """As many comparisons as there may be; all are asked before the last says no."""
    tests: list[dict[str, Any]] = [
        {"meta__a__icontains" if number % 2 else "total__gte": "0" if number % 2 else -number}
        for number in range(MOST_TESTS - 1)
    ]
    return {"and": [*tests, {"name": "nobody"}]}


async def test_the_server_answers_while_many_events_meet_many_conditions(world: World) -> None:
    for _ in range(ENDPOINTS):
        await world.hook(collections=["orders"], where=costly())
    wanted = await world.hook(collections=["orders"], where={"name": "o7"})
    for first in range(0, EVENTS, AT_ONCE):
        rows = [{"name": f"o{first + n}", "total": n, "meta": {"a": "x0"}} for n in range(AT_ONCE)]
        await world.post("data/orders", 201, rows)
    async with answering(world) as waits:
        await taken(world, "webhooks")
    log.warning("conditions_measured", endpoints=ENDPOINTS, events=EVENTS,
                seconds=round(sum(waits), 2), longest=round(max(waits), 3))  # fmt: skip
    assert len(waits) > FEWEST_ANSWERS, "asked in one go, they would leave room for one or two"
    await until(lambda: len(world.receiver.at(wanted["url"].rpartition("/")[2])) == 1)


async def test_a_condition_of_more_comparisons_than_may_be_is_refused(world: World) -> None:
    where = {"and": [*costly()["and"], {"status": "open"}]}
    body = {"url": world.receiver.url("x"), "events": ["record.*"], "collections": ["orders"]}
    told = await world.post("webhooks", 422, body | {"where": where})
    assert told["errors"][0]["pointer"] == "/where"
    assert str(MOST_TESTS) in told["detail"]


@pytest.mark.parametrize("operator", ["in", "notin"])
async def test_a_condition_of_more_values_than_may_be_is_refused(
    world: World, operator: str
) -> None:
    body = {"url": world.receiver.url("x"), "events": ["record.*"], "collections": ["orders"]}
    where = {f"total__{operator}": list(range(300_000))}
    began = time.process_time()
    told = await world.post("webhooks", 422, body | {"where": where})
    assert "1000 values" in told["detail"]
    assert time.process_time() - began < 3  # binding them all takes many times that
    where = {f"total__{operator}": list(range(1_000))}
    await world.post("webhooks", 201, body | {"where": where})


@asynccontextmanager
async def answering(world: Any) -> AsyncIterator[list[float]]:
    """Ask again and again for as long as the block; how long each answer took, in seconds."""
    waits: list[float] = []
    asking = asyncio.create_task(_ask(world, waits))
    try:
        yield waits
    finally:
        asking.cancel()


async def _ask(world: Any, waits: list[float]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(0.01)
        assert (await world.client.get("/livez")).status_code == 200
        waits.append(time.monotonic() - began)


async def taken(world: Any, reader: str) -> None:
    """Until the reader has been told every event."""
    pool = world.app.services.database.owner
    deadline = time.monotonic() + 5 * PATIENCE_SECONDS
    while await pool.fetchval(_POSITIONS, world.project.id, reader) < EVENTS:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
