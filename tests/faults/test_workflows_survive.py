"""Workflows where processes die and work side by side: no run is lost, none is done twice."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.nodes import observer
from tests.faults.test_webhooks_survive import sending
from tests.faults.world import ENTRIES, Home, home_at, seen_from
from tests.features.webhooks.receiver import Receiver, receiving
from tests.schemas import field
from tests.waiting import PATIENCE_SECONDS

AFTER_A_LEASE = PATIENCE_SECONDS
ENDED = ("succeeded", "failed", "cancelled", "stopped")
LINES: dict[str, Any] = {"name": "lines", "fields": [field("mark", "string")]}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def flow(home: Home, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"name": f"flow {time.monotonic_ns()}", "trigger": {"type": "manual"}} | more
    made: dict[str, Any] = await home.ok("POST", "/workflows", json=body | {"steps": list(steps)})
    return made


def line(id: str, mark: str) -> dict[str, Any]:
    given = {"collection": "lines", "data": {"mark": mark}}
    return {"id": id, "action": "data.create", "with": given}


def call(receiver: Receiver, path: str) -> dict[str, Any]:
    given = {"url": receiver.url(path), "method": "POST", "timeout_seconds": 60}
    return {"id": "call", "action": "http.request", "with": given, "timeout_seconds": 60}


async def ended(home: Home, run_id: str, seconds: float = AFTER_A_LEASE) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        run: dict[str, Any] = await home.ok("GET", f"/runs/{run_id}")
        if run["status"] in ENDED:
            return run
        assert time.monotonic() < deadline, run
        await asyncio.sleep(0.1)


async def all_ended(home: Home, made: dict[str, Any], count: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 2 * AFTER_A_LEASE
    while True:
        path = f"/workflows/{made['id']}/runs?limit=1000"
        runs: list[dict[str, Any]] = (await home.ok("GET", path))["data"]
        if len(runs) >= count and all(run["status"] in ENDED for run in runs):
            return runs
        assert time.monotonic() < deadline, Counter(run["status"] for run in runs)
        await asyncio.sleep(0.2)


async def marks(home: Home) -> Counter[str]:
    listed = await home.ok("GET", "/data/lines?limit=1000")
    return Counter(row["mark"] for row in listed["data"])


async def test_a_run_goes_on_at_the_step_its_process_died_at(
    data: Path, receiver: Receiver
) -> None:
    with sending(data, receiver) as node:
        async with home_at(node, ENTRIES, LINES) as home:
            made = await flow(home, line("first", "a"), call(receiver, "died"), line("last", "b"))
            started = await home.ok("POST", f"/workflows/{made['id']}/run")
            receiver.seconds = 60
            await receiver.wait("died")
            node.kill()
            receiver.seconds = 0
            node.start()
            first, second = await receiver.wait("died", 2, AFTER_A_LEASE)
            assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
            run = await ended(home, started["id"])
            assert run["status"] == "succeeded"
            assert await marks(home) == {"a": 1, "b": 1}


async def test_a_run_that_sleeps_needs_no_process(data: Path, receiver: Receiver) -> None:
    with sending(data, receiver) as node:
        async with home_at(node, ENTRIES, LINES) as home:
            rest = {"id": "rest", "action": "delay", "with": {"seconds": 3}}
            made = await flow(home, line("first", "a"), rest, line("last", "b"))
            started = await home.ok("POST", f"/workflows/{made['id']}/run")
            await asyncio.sleep(1)
            node.kill()
            node.start()
            run = await ended(home, started["id"])
            assert run["status"] == "succeeded"
            assert await marks(home) == {"a": 1, "b": 1}


async def test_processes_that_die_at_random_do_every_step_once(
    data: Path, receiver: Receiver
) -> None:
    """Each order starts a run of two writes; the only process is killed again and again."""
    with sending(data, receiver) as node:
        async with home_at(node, ENTRIES, LINES) as home:
            trigger = {"type": "record.created", "collection": "entries"}
            made = await flow(
                home, line("one", "1 {{record.mark}}"), line("two", "2 {{record.mark}}"),
                trigger=trigger,
            )  # fmt: skip
            for round in range(3):
                rows = [{"mark": f"{round}-{number}"} for number in range(25)]
                await home.ok("POST", "/data/entries", json=rows)
                await asyncio.sleep(0.1 * round)
                node.kill()
                node.start()
            runs = await all_ended(home, made, 75)
            assert Counter(run["status"] for run in runs) == {"succeeded": 75}
            expected = [f"{n} {r}-{i}" for n in (1, 2) for r in range(3) for i in range(25)]
            assert await marks(home) == Counter(expected)


async def test_nodes_share_runs_and_start_each_once(data: Path, receiver: Receiver) -> None:
    with sending(data, receiver) as one, sending(data, receiver) as other:
        async with home_at(one, ENTRIES, LINES) as home, seen_from(other, home) as there:
            trigger = {"type": "record.created", "collection": "entries"}
            made = await flow(home, line("one", "{{record.mark}}"), trigger=trigger)
            rows = [{"mark": f"m{number}"} for number in range(200)]
            for start in range(0, 200, 10):
                at = (home, there)[start // 10 % 2]
                await at.ok("POST", "/data/entries", json=rows[start : start + 10])
            runs = await all_ended(there, made, 200)
            assert Counter(run["status"] for run in runs) == {"succeeded": 200}
            assert await marks(home) == {row["mark"]: 1 for row in rows}


async def test_a_schedule_fires_once_however_many_nodes_there_are(
    data: Path, receiver: Receiver
) -> None:
    """Ten workflows that missed sixty minutes each, and two processes that look at them."""
    hourly = {"type": "schedule", "cron": "* * * * *", "missed": "all"}
    with sending(data, receiver) as one, sending(data, receiver):
        async with home_at(one, ENTRIES, LINES) as home:
            made = [
                await flow(home, line("at", f"{number} {{{{trigger.at}}}}"), trigger=hourly)
                for number in range(10)
            ]
            async with observer(data) as database:
                ids = [each["id"] for each in made]
                await database.execute(
                    "UPDATE backendify.workflows"
                    " SET next_fire_at = date_trunc('minute', now()) - interval '59 minutes'"
                    " WHERE id = ANY($1)",
                    ids,
                )
            for each in made:
                runs = await all_ended(home, each, 60)
                assert Counter(run["status"] for run in runs) == {"succeeded": len(runs)}
            written = await marks(home)
            assert set(written.values()) == {1}
            assert len(written) in range(600, 631), "a minute may have gone by meanwhile"
