"""Writers that come at the same rows from opposite ends: some may be told no, nobody fails."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.core.db import Database
from tests.conftest import Admin, TestProject
from tests.schemas import apply_schema, field

ROWS = 40
ROUNDS = 3
WRITERS = 4
PARENTS: dict[str, Any] = {
    "name": "parents",
    "fields": [
        field("slug", "string", unique=True),
        field("hits", "int", default=0),
        field("friends", "relation", kind="many_to_many", to="parents"),
    ],
}
CHILDREN: dict[str, Any] = {
    "name": "children",
    "fields": [
        field("slug", "string", unique=True),
        field("hits", "int", default=0),
        field("parent", "relation", to="parents", on_delete="cascade"),
        field("second", "relation", to="parents", on_delete="set_null"),
    ],
}


class Bench:
    """A project whose writers are let loose at the same moment."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.client, self.url = client, url

    async def together(self, *requests: tuple[str, str, Any]) -> Counter[int]:
        """The statuses of requests that run at once; none may be a fault of the server."""
        headers = {"prefer": "max-affected=1000"}

        async def ask(method: str, path: str, body: Any) -> int:
            answer = await self.client.request(method, self.url + path, json=body, headers=headers)
            assert answer.status_code < 500, answer.text
            return answer.status_code

        return Counter(await asyncio.gather(*(ask(*request) for request in requests)))

    async def total(self, path: str, **conditions: str) -> int:
        wanted = {"count": "exact", "limit": "1"} | conditions
        answer = await self.client.get(f"{self.url}{path}", params=wanted)
        return int(answer.json()["total"])


@pytest.fixture
async def bench(admin: Admin, project: TestProject) -> Bench:
    await apply_schema(admin, project, PARENTS, CHILDREN)
    return Bench(admin.client, f"{project.url}/data")


def both_ways(rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    return rows if number % 2 else rows[::-1]


async def test_of_bulk_creates_in_opposite_orders_one_wins_and_the_others_conflict(
    bench: Bench,
) -> None:
    for turn in range(ROUNDS):
        rows = [{"slug": f"{turn}-{n}"} for n in range(ROWS)]
        seen = await bench.together(
            *(("POST", "/parents", both_ways(rows, n)) for n in range(WRITERS))
        )
        assert seen == {201: 1, 409: WRITERS - 1}
    assert await bench.total("/parents") == ROWS * ROUNDS


async def test_bulk_upserts_in_opposite_orders_all_succeed(bench: Bench) -> None:
    for turn in range(ROUNDS):
        rows = [{"slug": f"{turn}-{n}", "hits": n} for n in range(ROWS)]
        path = "/parents?on_conflict=slug"
        seen = await bench.together(*(("POST", path, both_ways(rows, n)) for n in range(WRITERS)))
        assert seen == {200: WRITERS}
    assert await bench.total("/parents") == ROWS * ROUNDS


@pytest.mark.parametrize("way", ["create", "upsert", "import"])
async def test_a_deadlock_is_run_again_unseen(
    bench: Bench, project: TestProject, database: Database, way: str
) -> None:
    """Two writers of the same keys, each held up half-way by a third: then they cross."""
    rows = [{"slug": f"s{n:03}", "hits": n} for n in range(ROWS)]
    path = {"create": "", "upsert": "?on_conflict=slug", "import": IMPORT}[way]
    held_up = f"INSERT INTO p_{project.id.hex}.parents (id, slug) VALUES ($1, 's020')"
    async with database.owner.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(held_up, uuid4())
        racing = asyncio.create_task(
            bench.together(*(("POST", f"/parents{path}", both_ways(rows, n)) for n in (0, 1)))
        )
        await asyncio.sleep(0.4)
        await transaction.rollback()
        seen = await racing
    assert seen == {201: 1, 409: 1} if way == "create" else seen == {200: 2}
    assert await bench.total("/parents") == ROWS


async def test_who_waits_too_long_for_a_lock_is_told_to_come_again(
    bench: Bench, project: TestProject, database: Database
) -> None:
    made = await bench.client.post(f"{bench.url}/parents", json=[{"slug": s} for s in "abc"])
    record = made.json()["data"][0]["id"]
    rows = [{"slug": slug, "hits": 1} for slug in "xyzb"]
    async with database.owner.acquire() as connection, connection.transaction():
        await connection.execute(f"SELECT FROM p_{project.id.hex}.parents FOR UPDATE")
        seen = await bench.together(
            ("PATCH", f"/parents/{record}", {"hits": 5}),
            ("POST", f"/parents{IMPORT}", rows),
            ("DELETE", "/parents?slug=c", None),
        )
        assert seen == {409: 3}
    assert await bench.total("/parents", hits="0") == 3


IMPORT = "/import?mode=upsert&on_conflict=slug"


async def test_overlapping_bulk_updates_and_deletes_never_fail(bench: Bench) -> None:
    for _ in range(ROUNDS):
        rows = [{"slug": f"s{n:03}", "hits": n} for n in range(ROWS)]
        await bench.together(("POST", "/parents?on_conflict=slug", rows))
        add = {"hits": {"$inc": 1}}
        seen = await bench.together(
            ("PATCH", "/parents?hits__gte=0", add),
            ("PATCH", "/parents?slug__gte=s010", add),
            ("POST", "/parents?on_conflict=slug", rows[::-1]),
            ("PATCH", "/parents?slug__lt=s030", add),
            ("DELETE", "/parents?slug__between=s015,s025", None),
            ("POST", "/parents?on_conflict=slug", rows),
        )
        assert set(seen) <= {200}, seen


async def test_deletes_that_cascade_meet_writes_of_the_children(bench: Bench) -> None:
    for _ in range(ROUNDS):
        parents = [{"slug": f"p{n}"} for n in range(6)]
        path = f"{bench.url}/parents?on_conflict=slug"
        made = (await bench.client.post(path, json=parents)).json()["data"]
        ids = [parent["id"] for parent in made]
        children = [
            {"slug": f"c{n}", "parent_id": ids[n % 6], "second_id": ids[(n + 1) % 6]}
            for n in range(ROWS)
        ]
        upsert = "/children?on_conflict=slug"
        await bench.together(("POST", upsert, children))
        seen = await bench.together(
            ("POST", upsert, children[::-1]),
            ("DELETE", f"/parents/{ids[0]}", None),
            ("PATCH", "/children?hits__gte=0", {"hits": {"$inc": 1}}),
            ("DELETE", f"/parents/{ids[5]}", None),
            ("PATCH", f"/parents/{ids[3]}", {"friends": ids[:3]}),
            ("DELETE", "/parents?slug__in=p1,p2", None),
            ("PATCH", f"/parents/{ids[4]}", {"friends": ids[1:4]}),
            ("POST", upsert, children),
        )
        assert set(seen) <= {200, 204, 409, 422}, seen
        assert await bench.total("/children", parent__isnull="true") == 0
        await bench.together(("DELETE", "/children?hits__gte=0", None))


async def test_one_record_that_all_write_at_once_counts_every_write(bench: Bench) -> None:
    made = await bench.client.post(f"{bench.url}/parents", json={"slug": "hot"})
    path = f"/parents/{made.json()['id']}"
    friends = (await bench.client.post(f"{bench.url}/parents", json=[{}, {}])).json()["data"]
    lists = [[friends[0]["id"]], [friends[1]["id"]], []]
    add = ("PATCH", path, {"hits": {"$inc": 1}})
    seen = await bench.together(
        *([add] * 40), *(("PATCH", path, {"friends": lists[n % 3]}) for n in range(20))
    )
    assert seen == {200: 60}
    answer = await bench.client.get(f"{bench.url}{path}")
    assert answer.json()["hits"] == 40
