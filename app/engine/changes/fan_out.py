"""From the numbered log to its readers: each gets a project's events once, in log order.

A reader's position stands in the control plane and moves in the transaction in which the reader
keeps what it made of the events, so that a killed process neither loses nor repeats any.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.connection_errors import AWAY, as_unavailable
from app.core.db import Database
from app.core.event import Event, LogReader
from app.core.ids import project_schema
from app.core.json_text import parse_json
from app.engine.changes.compile_relay import last_seq, read_events, read_numbered

BATCH = 500
LEAST_BATCH = 10
LONG_SECONDS = 0.3
"""A reader that takes longer over a batch gets smaller ones: its position stands in an open
transaction, and moves with each."""

MOST_BATCHES = 20
TURN_SECONDS = 2.0
"""After so many batches of one project, or so long, it is the others' turn."""

WORKERS = 2
Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy | asyncpg.Pool

_FOLLOW = """
INSERT INTO backendify.log_cursors (project_id, reader, seq) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
"""
_UNFOLLOW = "DELETE FROM backendify.log_cursors WHERE project_id = $1 AND reader = $2"
_READERS = "SELECT reader FROM backendify.log_cursors WHERE project_id = $1 ORDER BY reader"
_CLAIM = """
SELECT seq FROM backendify.log_cursors WHERE project_id = $1 AND reader = $2
FOR UPDATE SKIP LOCKED
"""
_MOVE = "UPDATE backendify.log_cursors SET seq = $3 WHERE project_id = $1 AND reader = $2"

log = structlog.get_logger(__name__)


async def follow(connection: Connection, database: Database, project_id: UUID, reader: str) -> None:
    """Let a reader have the project's events from now on; nothing where it has them already."""
    pools = await database.placement(project_id)
    now = await pools.data.fetchval(last_seq(project_schema(project_id)))
    await connection.execute(_FOLLOW, project_id, reader, now)


async def unfollow(connection: Connection, project_id: UUID, reader: str) -> None:
    """Tell a reader no more of the project."""
    await connection.execute(_UNFOLLOW, project_id, reader)


async def read_log(database: Database, project_id: UUID, since: int, limit: int) -> list[Event]:
    """The project's events behind ``since``, in log order."""
    pools = await database.placement(project_id)
    rows = await pools.data.fetch(read_events(project_schema(project_id)), since, limit)
    return [as_event(project_id, row) for row in rows]


async def read_positions(
    database: Database, project_id: UUID, positions: Sequence[int]
) -> list[Event]:
    """The project's events at these positions that are still in the log, in log order."""
    pools = await database.placement(project_id)
    rows = await pools.data.fetch(read_numbered(project_schema(project_id)), list(positions))
    return [as_event(project_id, row) for row in rows]


def as_event(project_id: UUID, row: Any) -> Event:
    """A row of the log as an event."""
    images = (None if each is None else parse_json(each) for each in row[9:11])
    return Event(project_id, *row[:9], *images)


def next_size(size: int, seconds: float) -> int:
    """How many events a reader is given after it took so long over so many."""
    if seconds > LONG_SECONDS:
        return max(LEAST_BATCH, size // 2)
    return min(BATCH, size * 2) if seconds < LONG_SECONDS / 3 else size


class FanOut:
    """Gives numbered events to the readers. ``context`` is handed to each of them."""

    def __init__(self, database: Database, readers: Iterable[LogReader], context: Any) -> None:
        self._database = database
        self._readers = {reader.name: reader for reader in readers}
        self._context = context
        self._due: dict[UUID, None] = {}
        self._busy: set[UUID] = set()
        self._sizes: dict[tuple[UUID, str], int] = {}
        self._wake = asyncio.Event()

    def wake(self, project_id: UUID) -> None:
        """The project's log has, or may have, events that were not taken."""
        self._due[project_id] = None
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(WORKERS):
                tasks.create_task(self._work())

    async def deliver(self, project_id: UUID) -> None:
        """Let every reader of a project take what it has not taken; a failure is its own."""
        for row in await self._database.owner.fetch(_READERS, project_id):
            reader = self._readers.get(row[0])
            if reader is None:
                continue
            try:
                if await self._turn(project_id, reader):
                    self.wake(project_id)
            except Exception as error:
                if as_unavailable(error) is not None:
                    raise
                log.exception("reader_failed", reader=reader.name, project_id=str(project_id))

    async def _turn(self, project_id: UUID, reader: LogReader) -> bool:
        """Let one reader take what there is, for a while; whether there may be more."""
        key, until = (project_id, reader.name), time.monotonic() + TURN_SECONDS
        for _ in range(MOST_BATCHES):
            size, began = self._sizes.pop(key, BATCH), time.monotonic()
            taken = await self._advance(project_id, reader, size)
            now = time.monotonic()
            changed = next_size(size, now - began)
            if changed < BATCH:
                self._sizes[key] = changed
            if taken < size:
                return False
            if now >= until:
                break
        return True

    async def _advance(self, project_id: UUID, reader: LogReader, size: int) -> int:
        async with self._database.owner.acquire() as connection, connection.transaction():
            seq = await connection.fetchval(_CLAIM, project_id, reader.name)
            if seq is None:
                return 0  # another process is at it, or it follows no more
            events = await read_log(self._database, project_id, seq, size)
            if events:
                await reader.take(self._context, connection, project_id, events)
                await connection.execute(_MOVE, project_id, reader.name, events[-1].seq)
            return len(events)

    async def _work(self) -> None:
        while True:
            project_id = self._next()
            if project_id is None:
                self._wake.clear()
                await self._wake.wait()
                continue
            self._busy.add(project_id)
            try:
                await self.deliver(project_id)
            except AWAY as error:
                log.warning("fan_out_failed", project_id=str(project_id), error=str(error))
            finally:
                self._busy.discard(project_id)
                self._wake.set()

    def _next(self) -> UUID | None:
        """A project that is due and that no other worker is at."""
        for project_id in self._due:
            if project_id not in self._busy:
                del self._due[project_id]
                return project_id
        return None
