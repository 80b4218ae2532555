"""What a running job works with: its connection, its progress, its transactions.

A job's phase is written in the transaction that reaches it, so that whoever resumes it knows what
has been done.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from app.engine.catalog.model import Catalog, Collection
from app.engine.schema import ddl
from app.engine.schema.apply import lock_project, set_lock_wait
from app.engine.schema.changes.alter import AlterField
from app.engine.schema.changes.change import Change
from app.engine.schema.digest import catalog_hash
from app.engine.schema.job_store import Job, get_job, save_progress
from app.engine.schema.physical import IndexShape, default_sql
from app.engine.schema.record import Connection, Version, record_version
from app.engine.schema.store import load_current

# Short first, for whoever waits behind us waits as long; the last is longer than the second after
# which Postgres ends an autovacuum that is in the way.
LOCK_WAITS = (0.1, 0.1, 0.3, 1.3)
BUSY_PAUSE = 0.3
CANCEL_CHECK = 1.0
BATCH, SMALLEST_BATCH = 1_000, 100
PAUSE = 0.005
SLOW_BATCH = 0.05
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
_INDEX = """
SELECT i.indisvalid FROM pg_class x JOIN pg_namespace n ON n.oid = x.relnamespace
JOIN pg_index i ON i.indexrelid = x.oid WHERE n.nspname = $1 AND x.relname = $2
"""


class CancelledJobError(Exception):
    """Someone asked the job to stop; it undoes what it did."""


@dataclass(slots=True)
class Session:
    """``connection`` is the job's own; ``pool`` is for what has to happen beside it."""

    pool: asyncpg.Pool
    connection: Connection
    job: Job
    tries: int = 0

    async def catalog(self) -> Catalog:
        return await load_current(self.connection, self.job.project_id)

    async def collection(self) -> tuple[Catalog, Collection]:
        catalog = await self.catalog()
        return catalog, catalog.by_id[self.job.collection_id]

    async def reach(self, phase: str, *, cursor: str | None = None, done: int = 0) -> None:
        """Note how far the job is, in the caller's transaction if there is one."""
        self.job = replace(self.job, phase=phase, cursor=cursor, done=done)
        if await save_progress(self.connection, self.job):
            raise CancelledJobError

    async def check_cancelled(self) -> None:
        async with self.pool.acquire() as connection:
            seen = await get_job(connection, self.job.project_id, self.job.id)
        if seen.cancel_requested:
            raise CancelledJobError

    @asynccontextmanager
    async def briefly(self, *, tables: Iterable[str] = ()) -> AsyncIterator[Catalog]:
        """A transaction that holds the project and (exclusively) some tables for a moment."""
        async with self.connection.transaction():
            await set_lock_wait(self.connection, LOCK_WAITS[self.tries % len(LOCK_WAITS)])
            await lock_project(self.connection, self.job.project_id)
            catalog = await self.catalog()
            for table in sorted(tables):
                await self.connection.execute(ddl.lock_table(catalog.schema, table))
            yield catalog

    async def retry_while_busy(self, act: Callable[[], Awaitable[None]]) -> None:
        """Try again and again while somebody else holds what is needed, unless cancelled."""
        self.tries = 0
        while True:
            try:
                return await act()
            except _BUSY:
                self.tries += 1
                await self.check_cancelled()
                await asyncio.sleep(BUSY_PAUSE)

    async def record(self, catalog: Catalog, summary: str) -> None:
        """Make a catalog the next version, in the caller's transaction."""
        version = catalog.version + 1
        found = replace(catalog, version=version, hash=catalog_hash(catalog))
        plan: dict[str, Any] = {"job": str(self.job.id), "summary": summary, "steps": []}
        await record_version(self.connection, found, Version(plan, self.job.actor, summary))

    async def execute(self, *statements: str) -> None:
        for sql in statements:
            await self.connection.execute(sql)

    async def validate(self, table: str, names: Iterable[str]) -> None:
        """Check constraints against the stored rows while they are read and written."""
        catalog = await self.catalog()
        for name in names:
            await self._patiently(ddl.validate(catalog.schema, table, name))

    async def drop_index(self, name: str) -> None:
        """Drop an index, if it is there, while the table is read and written."""
        schema = (await self.catalog()).schema
        await self._patiently(ddl.drop_index(schema, name, online=True))

    async def ensure_index(self, table: str, index: IndexShape) -> None:
        """Build an index unless it is there; a half-built one is removed first."""
        schema = (await self.catalog()).schema
        valid = await self.connection.fetchval(_INDEX, schema, index.name)
        if valid:
            return
        if valid is False:
            await self.drop_index(index.name)
        await self._patiently(ddl.create_index(schema, table, index, online=True))

    async def in_batches(self, phase: str, statement: Callable[[bool], str]) -> None:
        """Run a batch statement from the kept cursor to the end of the table.

        ``statement`` gives the text for the first batch (True) or a later one.
        """
        size, clock = BATCH, asyncio.get_running_loop().time
        cursor, done = self.job.cursor, self.job.done
        while True:
            started = clock()
            arguments = (size,) if cursor is None else (size, cursor)
            row = await self.connection.fetchrow(statement(cursor is None), *arguments)
            if row is None or not row["rows"]:
                return
            cursor, done = row["last"], done + row["rows"]
            await self.reach(phase, cursor=cursor, done=done)
            took = clock() - started
            slow = took > SLOW_BATCH
            size = max(SMALLEST_BATCH, size // 2) if slow else min(BATCH, size * 2)
            await asyncio.sleep(took if slow else PAUSE)  # a busy machine is left to its traffic

    async def _patiently(self, sql: str) -> None:
        """A statement that may take long and waits for others' transactions; can be cancelled."""
        running = asyncio.ensure_future(self.connection.execute(sql))
        try:
            while not (await asyncio.wait({running}, timeout=CANCEL_CHECK))[0]:
                await self.check_cancelled()
            await running
        finally:
            if not running.done():
                running.cancel()
                with suppress(asyncio.CancelledError, asyncpg.PostgresError):
                    await running


async def finish(session: Session) -> None:
    """Record the catalog that the change leads to, with what the column still lacks of it."""

    async def record() -> None:
        async with session.briefly() as catalog:
            for sql in _default_statements(session.job.change, catalog):
                await session.execute(sql)
            await session.record(session.job.change.applied(catalog), session.job.summary)
            await session.reach("done")

    await session.retry_while_busy(record)


def _default_statements(change: Change, catalog: Catalog) -> list[str]:
    if not isinstance(change, AlterField) or change.aspect != "checks":
        return []
    collection = catalog.by_id[change.collection_id]
    where = (catalog.schema, collection.table, collection.by_id[change.after.id].column)
    old, new = default_sql(change.before), default_sql(change.after)
    if old == new:
        return []
    return [ddl.drop_default(*where) if new is None else ddl.set_default(*where, new)]
