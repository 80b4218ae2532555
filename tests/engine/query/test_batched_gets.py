"""Gets that meet are answered by one statement, each with its own record or none.

The scheduling is tested on statements that are held back; the last test runs on Postgres.
"""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.engine.query.batched_gets import BatchedGets
from app.engine.query.compile import CompiledRead
from tests.features.data.shop import Shop, shop

__all__ = ["shop"]

SINGLE, BATCHED = CompiledRead("single", (), None), CompiledRead("batched", (), None)


class Held:
    """A pool whose statements take until they are let go, and which remembers them."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None

    async def fetch(self, text: str, *args: Any) -> list[Any]:
        self.asked.append((text, *args))
        await self.go.wait()
        if self.error is not None:
            raise self.error
        if text == "single":
            return [(args[0], None, None, 1, args[1])]
        return [(args[0], None, [key], 1, key) for key in args[1] if key != "gone"]


async def _ask(gets: BatchedGets, pool: Held, key: str, version: int = 1) -> Any:
    rows = await gets.fetch(pool, SINGLE, BATCHED, (version, key))
    return rows[0][4]


async def test_those_that_come_while_others_fly_go_together() -> None:
    gets, pool = BatchedGets(), Held()
    asked = [
        asyncio.create_task(_ask(gets, pool, key)) for key in ("a", "b", "c", "d", "gone", "c")
    ]
    await asyncio.sleep(0)
    assert pool.asked == [("single", 1, "a"), ("single", 1, "b")]
    pool.go.set()
    assert await asyncio.gather(*asked) == ["a", "b", "c", "d", None, "c"]
    assert len(pool.asked) == BatchedGets.most_in_flight + 1
    assert set(pool.asked[2][2]) == {"c", "d", "gone"}


async def test_gets_of_two_callers_are_never_mixed() -> None:
    """What policies ask about the caller stands behind the id."""
    gets, pool = BatchedGets(), Held()

    async def ask(key: str, user: str) -> Any:
        rows = await gets.fetch(pool, SINGLE, BATCHED, (1, key, user))
        return rows[0][4]

    asked = [asyncio.create_task(ask(str(n), "ann" if n % 2 else "bob")) for n in range(8)]
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == [str(n) for n in range(8)]
    batches = {(each[3], frozenset(each[2])) for each in pool.asked if each[0] == "batched"}
    assert batches == {("bob", frozenset("246")), ("ann", frozenset("357"))}


async def test_gets_of_two_schema_versions_are_never_mixed() -> None:
    gets, pool = BatchedGets(), Held()
    asked = [asyncio.create_task(_ask(gets, pool, str(n), version=1 + n % 2)) for n in range(6)]
    await asyncio.sleep(0)
    pool.go.set()
    await asyncio.gather(*asked)
    for text, version, keys in pool.asked:
        assert text == "single" or {1 + int(key) % 2 for key in keys} == {version}


async def test_a_failure_reaches_all_who_wait_and_nobody_else() -> None:
    gets, pool = BatchedGets(), Held()
    asked = [asyncio.create_task(_ask(gets, pool, str(n))) for n in range(5)]
    await asyncio.sleep(0)
    pool.error = ConnectionResetError()
    pool.go.set()
    assert all(
        isinstance(found, ConnectionResetError)
        for found in await asyncio.gather(*asked, return_exceptions=True)
    )
    pool.error = None
    assert await _ask(gets, pool, "later") == "later"


async def test_one_who_leaves_does_not_hold_up_the_others() -> None:
    gets, pool = BatchedGets(), Held()
    asked = [asyncio.create_task(_ask(gets, pool, str(n))) for n in range(5)]
    await asyncio.sleep(0)
    asked[3].cancel()
    pool.go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [found[n] for n in (0, 1, 2, 4)] == ["0", "1", "2", "4"]


@pytest.mark.parametrize("missing", [0, 7])
async def test_many_clients_get_their_own_records(shop: Shop, missing: int) -> None:
    made = [await shop.create("shelves", name=str(n)) for n in range(20)]
    keys = [record["id"] for record in made] * 3 + [10_000 + n for n in range(missing)]

    async def get(key: int) -> tuple[int, Any]:
        answer = await shop.client.get(f"{shop.url}/shelves/{key}")
        return answer.status_code, answer.json().get("id")

    found = await asyncio.gather(*(get(key) for key in keys))
    assert found == [(200, k) if k < 10_000 else (404, None) for k in keys]
    odd = await asyncio.gather(*(shop.client.get(f"{shop.url}/books/{x}") for x in ("x", uuid4())))
    assert [answer.status_code for answer in odd] == [404, 404]
