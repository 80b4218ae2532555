"""Faults in the middle of a change: killed, blocked, raced. Nothing half-done is ever left."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from app.core.db import Database
from app.engine.catalog.cache import Catalogs
from app.engine.schema.apply import apply_schema
from app.engine.schema.errors import SchemaBusyError, SchemaConflictError
from tests.engine.schema.conftest import Subject, wish_for
from tests.engine.schema.test_apply import BLOG, POSTS, TAGS, field_of, insert_posts
from tests.waiting import until


class KilledConnection:
    """A connection whose server process is ended just before its ``nth`` statement."""

    def __init__(self, connection: asyncpg.Connection, nth: int) -> None:
        self._connection, self._left = connection, nth

    def transaction(self, **options: Any) -> Any:
        return self._connection.transaction(**options)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._connection, name)

        async def counted(*args: Any) -> Any:
            self._left -= 1
            if self._left == 0:
                killer = await asyncpg.connect(self._dsn())
                pid = self._connection.get_server_pid()
                await killer.execute("SELECT pg_terminate_backend($1, 5000)", pid)
                await killer.close()
            return await method(*args)

        return counted

    def _dsn(self) -> str:
        return str(self._connection.dsn)  # type: ignore[attr-defined]  # set below


class KillingPool:
    """Hands out one such connection."""

    def __init__(self, dsn: str, nth: int) -> None:
        self.dsn, self.nth = dsn, nth
        self.killed = False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        class Connection(asyncpg.Connection):
            dsn = self.dsn

        connection = await asyncpg.connect(self.dsn, connection_class=Connection)
        held = KilledConnection(connection, self.nth)
        try:
            yield held
        finally:
            self.killed = held._left <= 0
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.close(timeout=1)


async def test_a_change_killed_at_any_statement_is_there_or_not_at_all(subject: Subject) -> None:
    """And the same request, sent again, succeeds or finds it done."""
    base = (await subject.catalog()).hash
    wish = wish_for(BLOG, base=base)
    nth = 0
    while True:
        nth += 1
        pool: Any = KillingPool(subject.database.dsn, nth)
        with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await apply_schema(pool, subject.id, wish)
        assert await subject.drift() == [], nth
        if not pool.killed:
            break
        assert (await subject.catalog()).version == 1, nth
    assert nth > 20
    assert (await apply_schema(subject.pool, subject.id, wish)).catalog.version == 2


async def test_a_long_transaction_makes_a_change_answer_busy_and_holds_nobody_up(
    subject: Subject,
) -> None:
    await subject.apply(BLOG)
    await insert_posts(subject, "one")
    document = await subject.document()
    field_of(document, "posts", "title")["name"] = "headline"
    blocker = await asyncpg.connect(subject.database.dsn)
    longest, stop = 0.0, asyncio.Event()

    async def read() -> None:
        nonlocal longest
        while not stop.is_set():
            started = time.perf_counter()
            await subject.fetch("SELECT count(*) FROM {s}.posts")
            longest = max(longest, time.perf_counter() - started)
            await asyncio.sleep(0.01)

    async with blocker.transaction():
        await blocker.execute(f'SELECT count(*) FROM "p_{subject.id.hex}".posts')
        reader = asyncio.create_task(read())
        with pytest.raises(SchemaBusyError):
            await subject.apply(document)
        stop.set()
        await reader
    await blocker.close()

    assert longest < 4.0, "no shorter than the whole wait for the lock"
    assert (await subject.apply(document)).catalog.version == 3


async def test_an_add_waits_out_a_short_transaction(subject: Subject) -> None:
    await subject.apply({"collections": [TAGS]})
    document = await subject.document()
    tags = next(c for c in document["collections"] if c["name"] == "tags")
    tags["fields"].append({"name": "n", "type": "int"})
    blocker = await asyncpg.connect(subject.database.dsn)

    async with blocker.transaction():
        await blocker.execute(f'SELECT count(*) FROM "p_{subject.id.hex}".tags')
        applying = asyncio.create_task(subject.apply(document))
        await asyncio.sleep(1)
        assert not applying.done()
    applied = await applying
    await blocker.close()

    assert applied.catalog.version == 3


async def test_of_two_changes_on_one_base_exactly_one_wins(subject: Subject) -> None:
    """Rename against drop, and two adds, fifty rounds: always one of the serial orders."""
    await subject.apply({"collections": [TAGS]})
    for number in range(50):
        base = (await subject.catalog()).hash
        renamed, added = await subject.document(), await subject.document()
        field_of(renamed, "tags", (await _name(subject)))["name"] = f"name{number}"
        tags = next(c for c in added["collections"] if c["name"] == "tags")
        tags["fields"].append({"name": f"added{number}", "type": "int"})

        results = await asyncio.gather(
            subject.apply(renamed, base=base),
            subject.apply(added, base=base),
            return_exceptions=True,
        )

        kinds = sorted(type(result).__name__ for result in results)
        assert kinds == ["Applied", "SchemaConflictError"], results
        assert any(isinstance(result, SchemaConflictError) for result in results)
    assert await subject.drift() == []


async def _name(subject: Subject) -> str:
    tags = (await subject.catalog()).collections["tags"]
    return next(f.name for f in tags.fields.values() if f.name.startswith("name"))


async def test_another_node_sees_a_change(subject: Subject, database: Database) -> None:
    node = Catalogs(database)
    node.start()
    try:
        assert (await node.current(subject.id)).version == 1
        await subject.apply({"collections": [TAGS]})

        async def is_known() -> bool:
            return (await node.current(subject.id)).version == 2

        await until(is_known)
    finally:
        await node.stop()


async def test_a_statement_made_for_the_old_schema_finds_the_fence_down(subject: Subject) -> None:
    """Two fields swap names under a prepared, fenced read: it gets no row, never the wrong one."""
    fields = [{"name": "a", "type": "text"}, {"name": "b", "type": "text"}]
    await subject.apply({"collections": [{"name": "t", "fields": fields}]})
    await subject.execute("INSERT INTO {s}.t (id, a, b) VALUES (gen_random_uuid(), 'a', 'b')")
    version = (await subject.catalog()).version
    node = await asyncpg.connect(subject.database.dsn)
    schema = f'"p_{subject.id.hex}"'
    read = await node.prepare(
        f"SELECT a FROM {schema}.t WHERE EXISTS "
        f"(SELECT FROM {schema}._meta WHERE version = {version})"
    )
    for _ in range(7):  # long enough for a generic plan
        assert await read.fetchval() == "a"
    document = await subject.document()
    field_of(document, "t", "a")["name"] = "c"
    field_of(document, "t", "b")["name"] = "a"
    field_of(document, "t", "c")["name"] = "b"

    await subject.apply(document)

    assert await read.fetchval() is None
    await node.close()


async def test_a_change_of_one_collection_does_not_wait_for_another(subject: Subject) -> None:
    await subject.apply({"collections": [POSTS | {"fields": POSTS["fields"][:3]}, TAGS]})
    document = await subject.document()
    field_of(document, "tags", "name")["label"] = "The name"
    field_of(document, "tags", "name")["required"] = True
    blocker = await asyncpg.connect(subject.database.dsn)

    async with blocker.transaction():
        await blocker.execute(f'SELECT count(*) FROM "p_{subject.id.hex}".posts')
        await subject.apply(document)
    await blocker.close()
