"""Telling the relays that a project was written: after the commit, and not once per write.

A NOTIFY inside a write's transaction would serialise all writers. This one is a hint; the relay's
sweep is the guarantee.
"""

import asyncio
from uuid import UUID

import asyncpg
import structlog

from app.core.connection_errors import as_unavailable
from app.core.db import Database

CHANNEL = "backendify_changes"
PAUSE_SECONDS = 0.02

log = structlog.get_logger(__name__)


class Wakeups:
    """Collects written projects and notifies of each at most once in ``PAUSE_SECONDS``."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: set[UUID] = set()
        self._task: asyncio.Task[None] | None = None

    def touch(self, project_id: UUID) -> None:
        """The project has just been written: no I/O here."""
        self._written.add(project_id)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._flush())

    async def stop(self) -> None:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _flush(self) -> None:
        while self._written:
            await asyncio.sleep(PAUSE_SECONDS)
            written, self._written = self._written, set()
            try:
                await self._database.owner.execute(
                    "SELECT pg_notify($1, id) FROM unnest($2::text[]) id",
                    CHANNEL,
                    [str(project_id) for project_id in written],
                )
            except Exception as error:
                if as_unavailable(error) is None and not isinstance(error, asyncpg.PostgresError):
                    raise
                log.info("wakeup_missed", error=str(error))
