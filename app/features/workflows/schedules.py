"""Schedules: whichever process comes first starts what is due, and says when it is due next.

Both happen in one transaction that holds the workflow's row, and by the database's clock: no node
starts a time twice, however its own clock goes.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from app.api.services import Services
from app.core.json_text import read_json
from app.features.workflows.queue import NewRun, insert_runs
from app.features.workflows.schedule import due_fires, next_fire
from app.features.workflows.starting import guarded

AT_ONCE: Final = 50
_JUST_BEFORE: Final = timedelta(seconds=1)

_DUE: Final = """
SELECT w.id, w.project_id, w.version, w.definition, w.next_fire_at, now() AS now
FROM backendify.workflows w JOIN backendify.projects p ON p.id = w.project_id
WHERE w.enabled AND w.next_fire_at <= now() AND p.state = 'active'
ORDER BY w.next_fire_at LIMIT $1 FOR NO KEY UPDATE OF w SKIP LOCKED
"""
_MOVE: Final = "UPDATE backendify.workflows SET next_fire_at = $2 WHERE id = $1"

log = structlog.get_logger(__name__)


async def fire_due(services: Services) -> int:
    """Start the schedules that are due; answers how many workflows were looked at."""
    async with services.database.owner.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_DUE, AT_ONCE)
        for row in rows:
            await _fire(connection, row)
    return len(rows)


async def _fire(connection: Any, row: Any) -> None:
    definition = read_json(row["definition"])
    trigger = definition["trigger"]
    cron, zone = trigger["cron"], trigger["timezone"]
    since = row["next_fire_at"] - _JUST_BEFORE
    due = due_fires(cron, zone, since, row["now"], trigger["missed"])
    runs = [_run(row, definition, at) for at in due]
    runs = await guarded(connection, row["project_id"], runs)
    await insert_runs(connection, row["project_id"], runs)
    await connection.execute(_MOVE, row["id"], next_fire(cron, zone, row["now"]))


def _run(row: Any, definition: Any, at: datetime) -> NewRun:
    trigger = {"type": "schedule", "at": at.isoformat()}
    key = f"schedule:{at.isoformat()}"
    return NewRun(row["id"], row["version"], trigger, definition["run_as"], key)
