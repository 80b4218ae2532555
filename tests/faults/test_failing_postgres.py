"""Postgres dies or drops its clients under traffic: 503s for a moment, and nothing lost."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from app.core.postgres.cluster import Cluster
from tests.faults.nodes import Node, observer, postgres_of
from tests.faults.world import ENTRIES, Account, Home, ask, busy, home_at
from tests.waiting import until

RESTARTS = int(os.environ.get("RESTARTS", "3"))
KINDS = 7


@dataclass
class Traffic:
    """Reads and writes of every kind, and a probe that must never fail."""

    home: Home
    record: str
    account: Account = field(default_factory=Account)
    probes: Account = field(default_factory=Account)
    well: dict[str, float] = field(default_factory=dict)

    def clients(self) -> list[Callable[[], Awaitable[None]]]:
        url = f"{self.home.data}/entries"
        return [
            lambda: self.read("list", f"{url}?limit=5&sort=-created_at"),
            lambda: self.read("get", f"{url}/{self.record}"),
            lambda: self.read("members", f"{self.home.url}/members"),
            lambda: self.read("ready", "/readyz"),
            lambda: self.write("create", 1),
            lambda: self.write("bulk", 20),
            self.patch,
            self.probe,
        ]

    async def read(self, kind: str, path: str) -> None:
        await self._ask(kind, "GET", path)

    async def write(self, kind: str, rows: int) -> None:
        mark = f"{kind}-{rows}-{uuid4().hex}"
        body: Any = {"mark": mark} if rows == 1 else [{"mark": mark}] * rows
        answer = await self._ask(kind, "POST", f"{self.home.data}/entries", json=body)
        self.account.settle(mark, answer)

    async def patch(self) -> None:
        path = f"{self.home.data}/entries/{self.record}"
        await self._ask("patch", "PATCH", path, json={"text": uuid4().hex})

    async def probe(self) -> None:
        await ask(self.probes, self.home.client, "GET", "/livez")
        await asyncio.sleep(0.05)

    async def _ask(self, kind: str, method: str, path: str, **options: Any) -> Any:
        answer = await ask(self.account, self.home.client, method, path, **options)
        assert answer is not None, "the API itself must stay"
        if answer.is_success:
            self.well[kind] = time.monotonic()
        else:
            await asyncio.sleep(0.02)
        return answer

    async def has_begun(self) -> bool:
        return len(self.well) == KINDS

    async def until_well(self, since: float) -> None:
        """Wait until every kind of request has succeeded again after ``since``."""

        async def is_well() -> bool:
            return all(at > since for at in self.well.values())

        await until(is_well)


@asynccontextmanager
async def traffic_at(node: Node) -> AsyncIterator[Traffic]:
    """Traffic for as long as the block; afterwards what every such test demands."""
    async with home_at(node, ENTRIES) as home:
        record = (await home.ok("POST", "/data/entries", json={"mark": "first-1-x"}))["id"]
        traffic = Traffic(home, record)
        async with busy(*traffic.clients()):
            await until(traffic.has_begun)
            yield traffic
        account = traffic.account
        assert account.odd == []
        assert set(account.statuses) <= {200, 201, 503, 504}, account.statuses
        assert set(traffic.probes.statuses) == {200}
        assert traffic.probes.lost == 0
        await _check_rows(node, home, account)


async def test_an_immediate_stop_of_postgres_costs_503s_and_heals(node: Node) -> None:
    async with traffic_at(node) as traffic:
        for _ in range(RESTARTS):
            fault = time.monotonic()
            os.kill(postgres_of(node.data).pid, signal.SIGQUIT)
            await asyncio.sleep(0.7)  # seen, and on the way back
            await traffic.until_well(fault + 0.7)
        assert 503 in traffic.account.statuses
        await _until_listening(node)


async def test_an_operators_own_restart_heals_as_well(node: Node) -> None:
    async with traffic_at(node) as traffic:
        server = postgres_of(node.data)
        done = await asyncio.to_thread(_restart, server.cluster)
        assert "server started" in done, done
        await traffic.until_well(time.monotonic())
    await asyncio.to_thread(node.stop)


@pytest.mark.parametrize("user", ["backendify_data", "backendify"])
async def test_connections_that_are_cut_are_opened_again(node: Node, user: str) -> None:
    async with traffic_at(node) as traffic, observer(node.data) as connection:
        for _ in range(10):
            cut = await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1",
                user,
            )
            assert cut > 0
            await traffic.until_well(time.monotonic())


async def _until_listening(node: Node) -> None:
    """On the one connection that is for it."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    async with observer(node.data) as connection:

        async def do_listen() -> bool:
            return int(await connection.fetchval(listening)) == 1

        await until(do_listen)


def _restart(cluster: Cluster) -> str:
    where = f"--pgdata={cluster.directory}", f"--log={cluster.log}"
    return cluster.run("pg_ctl", *where, "--mode=immediate", "restart").stdout


async def _check_rows(node: Node, home: Home, account: Account) -> None:
    async with observer(node.data) as connection:
        found = await connection.fetch(
            f"SELECT mark, count(*) AS rows FROM {home.schema}.entries GROUP BY mark"
        )
    rows = {row["mark"]: row["rows"] for row in found}
    assert account.acknowledged
    assert [m for m in account.acknowledged if m not in rows] == []
    assert {m: n for m, n in rows.items() if n != int(m.split("-")[1])} == {}
    assert set(rows) <= {*account.acknowledged, *account.unknown, "first-1-x"}
