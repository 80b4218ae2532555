"""A table too large for one transaction is changed under traffic, and killed half-way."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count
from typing import Any

from tests.faults.nodes import Node, observer
from tests.faults.test_two_processes import confirmed
from tests.faults.world import Account, Home, ask, busy, home_at
from tests.schemas import field
from tests.waiting import PATIENCE_SECONDS, until

ROWS = 20_000
WAIT_SECONDS = 5.0
WRITERS = 3
THINGS: dict[str, Any] = {
    "name": "things",
    "fields": [
        field("n", "int", index=True),
        field("code", "string"),
        field("word", "string"),
        field("owner", "uuid"),
    ],
}
FIELDS = "/collections/things/fields"
CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("PATCH", f"{FIELDS}/n", {"required": True, "default": 0}),
    ("PATCH", f"{FIELDS}/code", {"type": "int"}),
    ("PATCH", f"{FIELDS}/word", {"index": True, "max_length": 50}),
    ("POST", FIELDS, {"name": "user", "type": "relation", "to": "users"}),
    ("PATCH", f"{FIELDS}/n", {"unique": True}),
]


class Traffic:
    """Clients that write numbers which nobody else writes, and read them back."""

    def __init__(self, home: Home, ids: list[str]) -> None:
        self.home, self.ids = home, ids
        self.account = Account()
        self.told: dict[str, int] = {}
        self.maybe: dict[str, set[int]] = {}
        self._numbers = count(10 * ROWS)

    def clients(self) -> list[Callable[[], Awaitable[None]]]:
        things = f"{self.home.data}/things"
        writers = [self._writer(self.ids[n::WRITERS]) for n in range(WRITERS)]
        return [
            *writers,
            lambda: self._ask("GET", f"{things}?limit=10&sort=-created_at"),
            lambda: self._ask("GET", f"{things}?fields=id&n__gte=5&limit=5&sort=n"),
            lambda: self._ask("PATCH", f"{things}/{self.ids[0]}", {"word": "x"}),
            lambda: self._ask("POST", things, {"n": next(self._numbers), "code": "7"}),
        ]

    def _writer(self, ids: list[str]) -> Callable[[], Awaitable[None]]:
        turns = count()

        async def write() -> None:
            key, number = ids[next(turns) % len(ids)], next(self._numbers)
            answer = await self._ask("PATCH", f"{self.home.data}/things/{key}", {"n": number})
            if answer is not None:
                self.told[key] = number
                self.maybe.pop(key, None)
            else:
                self.maybe.setdefault(key, set()).add(number)

        return write

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await ask(self.account, self.home.client, method, path, json=body)
        await asyncio.sleep(0.005 if answer is not None else 0.05)
        return answer

    async def check(self) -> None:
        """Nothing failed, and what was acknowledged is there."""
        assert set(self.account.statuses) <= {200, 201}, self.account.statuses
        async with observer(self.home.node.data) as connection:
            found = await connection.fetch(f"SELECT id, n FROM {self.home.schema}.things")
        held = {str(row["id"]): int(row["n"]) for row in found}
        wrong = {
            key: (number, held[key])
            for key, number in self.told.items()
            if held[key] != number and held[key] not in self.maybe.get(key, ())
        }
        assert wrong == {}
        assert len(self.told) > 20
        assert (await self.home.ok("GET", "/schema/drift"))["in_sync"]


JOB = "SELECT state, done FROM backendify.schema_jobs WHERE project_id = $1"


async def make_large(home: Home, rows: int) -> list[str]:
    """Fill the table; the ids of some of its rows."""
    async with observer(home.node.data) as connection:
        await connection.execute(
            f"INSERT INTO {home.schema}.things (id, n, code, word) "
            "SELECT gen_random_uuid(), i, i::text, 'w' || i FROM generate_series(1, $1::int) i",
            rows,
        )
        some = await connection.fetch(f"SELECT id FROM {home.schema}.things ORDER BY id LIMIT 600")
        await connection.execute(f"ANALYZE {home.schema}.things")
    return [str(row["id"]) for row in some]


async def jobs_of(home: Home) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await home.ok("GET", "/schema/jobs"))["data"]
    return found


async def until_done(home: Home) -> None:
    async def is_done() -> bool:
        return all(job["status"] not in ("pending", "running") for job in await jobs_of(home))

    await until(is_done, 2 * PATIENCE_SECONDS)
    assert {job["status"] for job in await jobs_of(home)} == {"succeeded"}


async def test_no_request_fails_or_waits_while_a_large_table_is_changed(node: Node) -> None:
    async with home_at(node, THINGS) as home:
        traffic = Traffic(home, await make_large(home, ROWS))
        async with busy(*traffic.clients()):
            for method, path, body in CHANGES:
                await confirmed(home, method, path, json=body)
                await until_done(home)
        assert len(await jobs_of(home)) >= len(CHANGES)
        assert traffic.account.lost == 0
        assert traffic.account.slowest() < WAIT_SECONDS
        await traffic.check()


async def test_a_killed_type_change_goes_on_where_it_was(node: Node) -> None:
    async with home_at(node, THINGS) as home:
        traffic = Traffic(home, await make_large(home, 3 * ROWS))
        async with busy(*traffic.clients()):
            async with observer(node.data) as connection:
                job = partial(connection.fetch, JOB, home.project)

                async def is_on_the_way() -> bool:
                    return any(row["done"] > 0 for row in await job())

                change = confirmed(home, "PATCH", f"{FIELDS}/n", json={"type": "decimal"})
                changing = asyncio.create_task(change)
                await until(is_on_the_way)
                node.kill()  # at once: a fast machine soon has copied the rest
                left = (await job())[0]
                await asyncio.gather(changing, return_exceptions=True)  # answered or cut off
            await asyncio.to_thread(node.start)
            await until_done(home)
            await asyncio.sleep(0.2)
        assert (left["state"], left["done"] < 3 * ROWS) == ("running", True)
        assert (await jobs_of(home))[0]["done"] >= left["done"]
        assert traffic.account.lost > 0
        assert (await home.ok("GET", f"{FIELDS}/n"))["type"] == "decimal"
        await traffic.check()
