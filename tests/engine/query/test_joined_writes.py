"""Writes that meet are done by one statement, and each is answered for itself.

The scheduling is tested on statements that are held back; what they do is tested on Postgres in
tests/features/data/test_joined_writes.py.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from app.engine.query import joined_writes
from app.engine.query.coalescing import APART_FOR, LONE_GROUPS
from app.engine.query.joined_writes import JoinedWrites, Part
from tests.waiting import until

CLEAN = None


class Held:
    """A pool whose statements take until they are let go, and which remembers them."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.asked: list[tuple[Any, ...]] = []
        self.said: list[str] = []
        self.refusal: Exception | str | None = None

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Held"]:
        yield self

    async def execute(self, text: str) -> None:
        self.said.append(text)

    async def fetch(self, text: str, *args: Any) -> list[Any]:
        self.asked.append((text, *args))
        await self.go.wait()
        if text == "single":
            return [(CLEAN, 1, args[0])]
        if isinstance(self.refusal, Exception):
            raise self.refusal
        return [(self.refusal, 1, row) for row in json.loads(args[0])]

    @property
    def joined(self) -> list[list[str]]:
        return [json.loads(args[0]) for text, *args in self.asked if text != "single"]


async def _write(
    writes: JoinedWrites, pool: Held, row: str, *others: Any, key: Any = None, text: str = "joined"
) -> Any:
    part = Part(text, others, json.dumps(row).encode(), key)
    [(_, _, answer)] = await writes.fetch(pool, "single", [row], lambda: part)
    return answer


def _start(writes: JoinedWrites, pool: Held, rows: Sequence[str]) -> list["asyncio.Task[Any]"]:
    return [asyncio.create_task(_write(writes, pool, row)) for row in rows]


async def test_those_that_come_while_others_fly_go_together_and_in_order() -> None:
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "abcde")
    await asyncio.sleep(0)
    assert pool.asked == [("single", "a"), ("single", "b")]
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcde")
    assert pool.joined == [["c", "d", "e"]]


async def test_nobody_waits_for_long_for_statements_that_do_not_land() -> None:
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "abcd")
    await until(lambda: pool.joined, every=0.001)
    assert pool.joined == [["c", "d"]]
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcd")


async def test_no_more_than_so_many_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined_writes, "MOST_TOGETHER", 3)
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "abcdefgh")
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcdefgh")
    assert pool.joined == [["c", "d", "e"], ["f", "g", "h"]]


async def test_what_differs_by_more_than_its_row_is_never_mixed() -> None:
    """Such as the schema's version, and what policies ask about the caller."""
    writes, pool = JoinedWrites(), Held()
    tasks = [
        asyncio.create_task(_write(writes, pool, f"{n}", n % 2, text="one" if n % 3 else "other"))
        for n in range(14)
    ]
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*tasks) == [f"{n}" for n in range(14)]
    for text, document, *others in (each for each in pool.asked if each[0] != "single"):
        numbers = [int(row) for row in json.loads(document)]
        assert {("one" if n % 3 else "other", n % 2) for n in numbers} == {(text, *others)}


async def test_a_kind_without_company_waits_no_more_until_it_is_tried_again() -> None:
    """Such as writes whose policies speak of their callers, each of whom writes alone."""
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "ab")  # both stay under way
    await asyncio.sleep(0)

    def ask(number: int, caller: int) -> "asyncio.Task[Any]":
        return asyncio.create_task(_write(writes, pool, str(number), caller))

    asked += [ask(n, caller=n) for n in range(LONE_GROUPS)]
    await until(lambda: len(pool.asked) == 2 + LONE_GROUPS, every=0.001)
    asked += [ask(n, caller=n) for n in range(APART_FOR)]
    await asyncio.sleep(0)
    assert len(pool.asked) == 2 + LONE_GROUPS + APART_FOR
    assert {each[0] for each in pool.asked} == {"single"}
    asked += [ask(n, caller=0) for n in range(3)]
    await asyncio.sleep(0)
    assert len(pool.asked) == 2 + LONE_GROUPS + APART_FOR
    pool.go.set()
    await asyncio.gather(*asked)
    assert pool.joined == [["0", "1", "2"]]


async def test_one_record_is_changed_once_by_a_statement() -> None:
    writes, pool = JoinedWrites(), Held()
    rows = [("a", 1), ("b", 1), ("c", 1), ("d", 2), ("e", 1), ("f", 2)]
    asked = [asyncio.create_task(_write(writes, pool, row, key=key)) for row, key in rows]
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcdef")
    assert pool.joined == [["c", "d"]]


async def test_a_large_row_goes_by_itself() -> None:
    writes, pool = JoinedWrites(), Held()
    large = "x" * joined_writes.LARGEST_ROW_BYTES
    asked = _start(writes, pool, ["a", "b", large, "c", "d"])
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == ["a", "b", large, "c", "d"]
    assert pool.joined == [["c", "d"]]


async def test_one_whom_nobody_joins_costs_one_round_trip() -> None:
    writes, pool = JoinedWrites(), Held()
    asked = [asyncio.create_task(_write(writes, pool, row, row)) for row in "abcd"]
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcd")
    assert pool.asked == [("single", row) for row in "abcd"]
    assert pool.said == []


@pytest.mark.parametrize(
    "refusal",
    [
        "policy_check_failed:1",
        "stale_catalog",
        asyncpg.UniqueViolationError("x"),
        asyncpg.NumericValueOutOfRangeError("x"),
        asyncpg.ProgramLimitExceededError("x"),
        asyncpg.LockNotAvailableError("x"),
        asyncpg.QueryCanceledError("x"),
        asyncpg.DeadlockDetectedError("x"),
        asyncpg.InvalidCachedStatementError("x"),
    ],
)
async def test_what_cannot_be_done_together_is_done_one_by_one(refusal: Any) -> None:
    writes, pool = JoinedWrites(), Held()
    pool.refusal = refusal
    asked = _start(writes, pool, "abcd")
    await asyncio.sleep(0)
    pool.go.set()
    assert await asyncio.gather(*asked) == list("abcd")
    assert [each[1] for each in pool.asked if each[0] == "single"] == list("abcd")
    assert pool.said[-1] == ("ROLLBACK" if isinstance(refusal, Exception) else "COMMIT")


@pytest.mark.parametrize(
    "lost", [ConnectionResetError(), asyncpg.ConnectionDoesNotExistError("x"),
             asyncpg.AdminShutdownError("x")],
)  # fmt: skip
async def test_where_nobody_knows_what_was_done_nothing_is_done_again(lost: Exception) -> None:
    writes, pool = JoinedWrites(), Held()
    pool.refusal = lost
    asked = _start(writes, pool, "abcd")
    await asyncio.sleep(0)
    pool.go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert found == ["a", "b", lost, lost]
    assert len(pool.asked) == 3
    pool.refusal = None
    assert await _write(writes, pool, "later") == "later"


async def test_one_who_leaves_does_not_hold_up_the_others() -> None:
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "abcde")
    await asyncio.sleep(0)
    asked[3].cancel()
    pool.go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [found[n] for n in (0, 1, 2, 4)] == ["a", "b", "c", "e"]


async def test_nobody_is_left_waiting_where_a_statement_answers_too_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def one_row(group: Any) -> list[Any]:
        return [(CLEAN, 1, json.loads(group.items[0].row))]

    monkeypatch.setattr(joined_writes._Writes, "do", one_row)
    writes, pool = JoinedWrites(), Held()
    asked = _start(writes, pool, "abcd")
    await asyncio.sleep(0)
    pool.go.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert found[:3] == ["a", "b", "c"]
    assert isinstance(found[3], ValueError)
