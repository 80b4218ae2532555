"""Letting the logs of projects forget what they need not keep: now and then, until cancelled."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from app.api.services import Services
from app.core.clock import utc_now
from app.core.connection_errors import AWAY
from app.core.db import Database
from app.core.event import LogReader
from app.engine.changes.retention import forget, passed_by_all, strip

SWEEP_SECONDS = 600.0
IMAGES_KEPT = timedelta(hours=1)
"""How long a collection whose history is ``keys`` keeps the images of its changes."""

_PROJECTS = """
SELECT p.id, (p.settings #>> '{history,retention_days}')::int AS days, ARRAY(
  SELECT c ->> 'id' FROM jsonb_array_elements(v.snapshot -> 'collections') c
  WHERE c ->> 'history' = 'keys' ORDER BY 1) AS bare
FROM backendify.projects p
JOIN backendify.schema_versions v ON v.project_id = p.id AND v.version = p.schema_version
WHERE p.settings #>> '{history,retention_days}' IS NOT NULL
   OR v.snapshot @> '{"collections": [{"history": "keys"}]}'
"""

log = structlog.get_logger(__name__)


async def keep_retention(services: Services) -> None:
    """Every ten minutes, until cancelled."""
    readers = [reader for feature in services.features for reader in feature.log_readers]
    sweeper = LogSweeper(services.database, readers)
    while True:
        await sweeper.sweep(utc_now())
        await asyncio.sleep(SWEEP_SECONDS)


class LogSweeper:
    """Remembers how far images were removed, so that a log is read once by each process."""

    def __init__(self, database: Database, readers: Sequence[LogReader]) -> None:
        self._database = database
        self._readers = readers
        self._stripped: dict[tuple[UUID, tuple[str, ...]], int] = {}

    async def sweep(self, now: datetime) -> None:
        """Once, in every project; what fails in one is for the next time."""
        for row in await self._database.owner.fetch(_PROJECTS):
            try:
                await self._sweep(row["id"], row["days"], row["bare"], now)
            except asyncpg.UndefinedTableError:
                continue  # the project was deleted meanwhile
            except AWAY as error:
                log.warning("log_not_swept", project_id=str(row["id"]), error=str(error))

    async def _sweep(
        self, project_id: UUID, days: int | None, bare: Sequence[str], now: datetime
    ) -> None:
        upto = await passed_by_all(self._database, project_id, self._readers)
        if days is not None:
            gone = await forget(self._database, project_id, now - timedelta(days=days), upto)
            if gone:
                log.info("log_forgotten", project_id=str(project_id), changes=gone)
        if bare:
            key = (project_id, tuple(bare))
            reach = (self._stripped.get(key, 0), upto)
            until = now - IMAGES_KEPT
            self._stripped[key] = await strip(self._database, project_id, bare, until, reach)
