"""``kill -9`` of the API in the middle of writes: what was acknowledged is there, and whole."""

import asyncio
import os
import random
from typing import Any
from uuid import uuid4

import asyncpg
import httpx

from tests.faults.nodes import Node, observer, postgres_of
from tests.faults.world import ENTRIES, Account, Home, ask, busy, home_at
from tests.waiting import PATIENCE_SECONDS

KILLS = int(os.environ.get("KILLS", "4"))
BULK = 200
IMPORT = 4_000


class Writers:
    """Clients that write under marks of their own: ``<kind>-<rows>-<unique>``."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.account = Account()
        self.counter_id = ""
        self.added = Account()

    async def single(self) -> None:
        mark = f"single-1-{uuid4().hex}"
        await self._write(mark, json={"mark": mark, "key": mark})

    async def upsert(self) -> None:
        mark = f"upsert-1-{uuid4().hex}"
        await self._write(mark, "?on_conflict=key", json={"mark": mark, "key": mark})

    async def bulk(self) -> None:
        mark = f"bulk-{BULK}-{uuid4().hex}"
        await self._write(mark, json=[{"mark": mark, "hits": n} for n in range(BULK)])

    async def import_file(self) -> None:
        mark = f"import-{IMPORT}-{uuid4().hex}"
        content = "mark,hits\n" + "".join(f"{mark},{n}\n" for n in range(IMPORT))
        headers = {"content-type": "text/csv"}
        await self._write(mark, "/import", content=content, headers=headers)

    async def add(self) -> None:
        """One more hit for the record that all of them share."""
        path = f"{self.home.data}/entries/{self.counter_id}"
        body = {"hits": {"$inc": 1}}
        answer = await ask(self.added, self.home.client, "PATCH", path, json=body)
        self.added.settle(uuid4().hex, answer)
        await _pause(answer)

    async def _write(self, mark: str, path: str = "", **options: Any) -> None:
        url = f"{self.home.data}/entries{path}"
        answer = await ask(self.account, self.home.client, "POST", url, **options)
        self.account.settle(mark, answer)
        await _pause(answer)


async def _pause(answer: httpx.Response | None) -> None:
    if answer is None:  # the node is away
        await asyncio.sleep(0.05)


async def test_what_was_acknowledged_before_a_kill_is_there_once_and_whole(node: Node) -> None:
    chance = random.Random(7)
    async with home_at(node, ENTRIES) as home:
        writers = Writers(home)
        writers.counter_id = (await home.ok("POST", "/data/entries", json={"mark": "x-1-c"}))["id"]
        kinds = (writers.single, writers.single, writers.upsert, writers.bulk, writers.add)
        async with busy(*kinds, writers.add, writers.import_file):
            for number in range(KILLS):
                await asyncio.sleep(chance.uniform(0.3, 1.2))
                node.kill()
                if number % 3 == 2:  # and its Postgres with it
                    os.kill(postgres_of(node.data).pid, 9)
                await asyncio.to_thread(node.start)
        assert writers.account.odd == []
        async with observer(node.data) as connection:
            await _check_marks(connection, home, writers.account)
            await _check_counter(connection, home, writers)
            await _check_log(connection, home)
        await _check_feed(home)


async def _check_marks(connection: asyncpg.Connection, home: Home, account: Account) -> None:
    """Each acknowledged mark has all its rows, every other one all or none; each row its log."""
    found = await connection.fetch(
        f"SELECT mark, count(*) AS rows FROM {home.schema}.entries GROUP BY mark"
    )
    rows = {row["mark"]: row["rows"] for row in found}
    kinds = {mark.split("-")[0] for mark in account.acknowledged}
    assert kinds == {"single", "upsert", "bulk", "import"}
    assert len(account.unknown) >= KILLS
    assert {m: rows.get(m, 0) for m in account.acknowledged if rows.get(m) != _size(m)} == {}
    assert {m: n for m, n in rows.items() if n != _size(m)} == {}
    assert set(rows) <= {*account.acknowledged, *account.unknown, "x-1-c"}


async def _check_counter(connection: asyncpg.Connection, home: Home, writers: Writers) -> None:
    found = await connection.fetch(
        f"SELECT hits, _version FROM {home.schema}.entries WHERE mark = 'x-1-c'"
    )
    hits, version = found[0]
    told = len(writers.added.acknowledged)
    assert told <= hits <= told + len(writers.added.unknown)
    assert version == hits + 1


async def _check_log(connection: asyncpg.Connection, home: Home) -> None:
    """One ``created`` for each row, one ``updated`` for each hit, and nothing of rows not there."""
    s = home.schema
    actions = await connection.fetch(
        f"SELECT action, count(*), count(DISTINCT record_id) AS records FROM {s}._changes "
        f"GROUP BY action ORDER BY action"
    )
    rows = await connection.fetchval(f"SELECT count(*) FROM {s}.entries")
    hits = await connection.fetchval(f"SELECT hits FROM {s}.entries WHERE mark = 'x-1-c'")
    assert [tuple(row) for row in actions] == [("created", rows, rows), ("updated", hits, 1)]
    strays = await connection.fetchval(
        f"SELECT count(*) FROM {s}._changes c WHERE NOT EXISTS "
        f"(SELECT FROM {s}.entries e WHERE e.id::text = c.record_id)"
    )
    assert strays == 0


async def _check_feed(home: Home) -> None:
    """Every change is numbered, without a gap, a record's in the order in which it was written."""
    total = (await home.ok("GET", "/data/entries?count=exact&limit=1"))["total"]
    changes: list[dict[str, Any]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        more = True
        while more or len({change["record_id"] for change in changes}) < total:
            since = changes[-1]["seq"] if changes else 0
            page = await home.ok("GET", f"/changes?since={since}&limit=1000")
            changes += page["data"]
            more = page["page"]["has_more"]
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    order: dict[str, list[int]] = {}
    for change in changes:
        order.setdefault(change["record_id"], []).append(change["n"])
    assert len(order) == total
    assert [n for n in order.values() if n != sorted(n)] == []


def _size(mark: str) -> int:
    return int(mark.split("-")[1])
