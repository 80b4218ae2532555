"""SIGTERM under load: what is in flight finishes whole, and another process goes on."""

import asyncio
import os
import time
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.nodes import Node, observer
from tests.faults.world import ENTRIES, Account, Home, busy, home_at, seen_from
from tests.waiting import PATIENCE_SECONDS, until

TERMS = int(os.environ.get("TERMS", "3"))
ROWS = 9_000
HALF = "without sending complete message body"


class Patient:
    """A client of two nodes: what the one does not take it asks the other, for a while."""

    def __init__(self, homes: list[Home]) -> None:
        self.homes = homes
        self.account = Account()
        self.halves = 0
        self.failed: list[str] = []

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response | None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        turn = 0
        while time.monotonic() < deadline:
            client = self.homes[turn % len(self.homes)].client
            turn += 1
            try:
                answer = await client.request(method, path, **options)
            except httpx.TransportError as error:
                self.halves += HALF in str(error)
                if method == "POST":
                    return None
            else:
                self.account.note(answer, 0.0)
                if answer.status_code != 503:
                    return answer
            await asyncio.sleep(0.02)
        self.failed.append(f"{method} {path}")
        return None

    async def read(self) -> None:
        await self.ask("GET", f"{self.homes[0].data}/entries?limit=20")

    async def replace(self) -> None:
        path = f"{self.homes[0].data}/entries/{self.record}"
        await self.ask("PUT", path, json={"mark": "put", "hits": 1})

    async def create(self) -> None:
        mark = uuid4().hex
        answer = await self.ask("POST", f"{self.homes[0].data}/entries", json={"mark": mark})
        self.account.settle(mark, answer)

    async def export(self) -> None:
        answer = await self.ask("GET", f"{self.homes[0].data}/entries/export?mark=bulk")
        if answer is not None:
            assert len(answer.json()) == ROWS

    record = ""


async def test_two_nodes_are_restarted_in_turn_and_no_client_notices(
    node: Node, other: Node
) -> None:
    async with home_at(node, ENTRIES) as home, seen_from(other, home) as there:
        patient = Patient([home, there])
        rows = [{"mark": "bulk", "text": "x" * 50}] * ROWS
        await home.ok("POST", "/data/entries", json=rows, headers={"prefer": "return=minimal"})
        patient.record = (await home.ok("POST", "/data/entries", json={"mark": "put"}))["id"]
        begun = (patient.read, patient.replace, patient.create, patient.create, patient.export)
        async with busy(*begun):
            for number in range(TERMS):
                await asyncio.sleep(0.3)
                leaving = (node, other)[number % 2]
                assert await asyncio.to_thread(leaving.stop) == 0
                await asyncio.to_thread(leaving.start)
        assert patient.failed == []
        assert patient.halves == 0
        assert set(patient.account.statuses) <= {200, 201, 503}, patient.account.statuses
        await _check_created(node, home, patient.account)


async def _check_created(node: Node, home: Home, account: Account) -> None:
    async with observer(node.data) as connection:
        found = await connection.fetch(
            f"SELECT mark, count(*) AS rows FROM {home.schema}.entries "
            "WHERE mark NOT IN ('bulk', 'put') GROUP BY mark"
        )
    rows = {row["mark"]: row["rows"] for row in found}
    assert set(rows.values()) == {1}
    assert len(account.acknowledged) > TERMS
    assert set(account.acknowledged) <= set(rows)


async def test_a_write_that_waits_for_a_lock_is_finished_before_the_end(node: Node) -> None:
    async with home_at(node, ENTRIES) as home:
        record = (await home.ok("POST", "/data/entries", json={"mark": "x"}))["id"]
        path = f"{home.data}/entries/{record}"
        async with observer(node.data) as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(f"SELECT FROM {home.schema}.entries FOR UPDATE")
            waiting = asyncio.create_task(home.client.patch(path, json={"mark": "y"}))
            waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
            await until(partial(connection.fetchval, waits))
            ending = asyncio.create_task(asyncio.to_thread(node.stop))
            await asyncio.sleep(1)
            assert not waiting.done()
            assert not ending.done()
            await transaction.rollback()
            answer = await waiting
        assert (answer.status_code, answer.json()["mark"]) == (200, "y")
        assert await ending == 0
