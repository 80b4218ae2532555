"""The rows of online changes: what is to be done, how far it is, who asked."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.ids import uuid7
from app.core.json_text import dump_json
from app.engine.schema.changes.change import Change
from app.engine.schema.changes.stored import change_from_stored, change_to_stored
from app.engine.schema.errors import SchemaJobRunningError, SchemaNotFoundError
from app.engine.schema.plan import Plan, Planned
from app.engine.schema.record import Connection

OPEN = ("pending", "running")
_COLUMNS = """
id, project_id, state, kind, collection_id, field_id, change::text AS change, summary, phase,
cursor, done, total, attempts, cancel_requested, error::text AS error, actor, created_at,
updated_at, finished_at
"""
_INSERT = """
INSERT INTO backendify.schema_jobs
  (id, project_id, kind, collection_id, field_id, change, summary, total, actor)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9)
"""
_OPEN = """
SELECT id, collection_id, summary FROM backendify.schema_jobs
WHERE project_id = $1 AND state IN ('pending', 'running')
"""
_ONE = f"SELECT {_COLUMNS} FROM backendify.schema_jobs WHERE project_id = $1 AND id = $2"  # noqa: S608 - fixed columns
_LIST = f"""
SELECT {_COLUMNS} FROM backendify.schema_jobs WHERE project_id = $1
ORDER BY position DESC LIMIT $2
"""  # noqa: S608 - fixed columns
_NEXT = f"""
SELECT DISTINCT ON (project_id) {_COLUMNS} FROM backendify.schema_jobs
WHERE state IN ('pending', 'running') AND (not_before IS NULL OR not_before < now())
ORDER BY project_id, position LIMIT 100
"""  # noqa: S608 - fixed columns
_PROGRESS = """
UPDATE backendify.schema_jobs SET state = $2, phase = $3, cursor = $4, done = $5, total = $6,
  updated_at = now() WHERE id = $1 RETURNING cancel_requested
"""
_FINISH = """
UPDATE backendify.schema_jobs SET state = $2, phase = $3, error = $4::text::jsonb,
  updated_at = now(), finished_at = now() WHERE id = $1
"""
_RETRY = """
UPDATE backendify.schema_jobs SET attempts = attempts + 1, updated_at = now(),
  not_before = now() + $2 * interval '1 second' WHERE id = $1
"""
_CANCEL = """
UPDATE backendify.schema_jobs SET cancel_requested = true, not_before = NULL, updated_at = now()
WHERE project_id = $1 AND id = $2 AND state IN ('pending', 'running') RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One online change. ``cursor`` is the last key that was copied."""

    id: UUID
    project_id: UUID
    state: str
    kind: str
    collection_id: str
    field_id: str | None
    change: Change
    summary: str
    phase: str
    cursor: str | None
    done: int
    total: int
    attempts: int
    cancel_requested: bool
    error: Mapping[str, Any] | None
    actor: str | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "status": self.state,
            "kind": self.kind,
            "collection": self.collection_id,
            "field": self.field_id,
            "summary": self.summary,
            "phase": self.phase,
            "done": self.done,
            "total": self.total,
            "progress": self.progress,
            "error": self.error,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
        }

    @property
    def progress(self) -> float:
        """From 0 to 1, of the rows to be copied."""
        if self.state == "succeeded":
            return 1.0
        return round(min(self.done / self.total, 0.99), 3) if self.total else 0.0


async def insert_jobs(
    connection: Connection, project_id: UUID, planned: Iterable[Planned], actor: str | None
) -> tuple[UUID, ...]:
    """Queue online changes in their order."""
    made = []
    for each in planned:
        made.append(uuid7())
        change = each.change
        await connection.execute(
            _INSERT,
            made[-1],
            project_id,
            change.kind,
            change.collection_id,
            change.subject(),
            dump_json(change_to_stored(change)),
            each.description,
            each.size.rows,
            actor,
        )
    return tuple(made)


async def refuse_open_jobs(connection: Connection, plan: Plan) -> None:
    """Raise SchemaJobRunningError when a collection of the plan is being changed online."""
    touched = {planned.change.collection_id for planned in plan.changes}
    rows = await connection.fetch(_OPEN, plan.before.project_id)
    running = [row for row in rows if row["collection_id"] in touched]
    if running:
        raise SchemaJobRunningError(
            f"An online change is under way: {running[0]['summary']}.",
            hint="Wait until it is done, or cancel it.",
            jobs=[str(row["id"]) for row in running],
        )


async def get_job(connection: Connection, project_id: UUID, job_id: UUID) -> Job:
    """Raises SchemaNotFoundError."""
    row = await connection.fetchrow(_ONE, project_id, job_id)
    if row is None:
        raise SchemaNotFoundError("There is no such job.")
    return _job(row)


async def list_jobs(connection: Connection, project_id: UUID, limit: int) -> list[Job]:
    """The newest first."""
    return [_job(row) for row in await connection.fetch(_LIST, project_id, limit)]


async def list_next_jobs(connection: Connection) -> list[Job]:
    """The first open job of every project: a project's jobs run one after another."""
    return [_job(row) for row in await connection.fetch(_NEXT)]


async def request_cancel(connection: Connection, project_id: UUID, job_id: UUID) -> bool:
    """Ask a job to stop and to undo what it did; False when it is over already."""
    return await connection.fetchval(_CANCEL, project_id, job_id) is not None


async def save_progress(connection: Connection, job: Job) -> bool:
    """Keep how far a job is; True when it was asked to stop."""
    return bool(
        await connection.fetchval(
            _PROGRESS, job.id, job.state, job.phase, job.cursor, job.done, job.total
        )
    )


async def finish_job(
    connection: Connection, job: Job, state: str, error: Mapping[str, Any] | None = None
) -> None:
    text = dump_json(dict(error)) if error else None
    await connection.execute(_FINISH, job.id, state, state, text)


async def postpone_job(connection: Connection, job: Job, seconds: int) -> None:
    """Try a job again later, if its project is still there."""
    await connection.execute(_RETRY, job.id, seconds)


def _job(row: Any) -> Job:
    parts = dict(row)
    parts["change"] = change_from_stored(json.loads(parts["change"]))
    parts["error"] = json.loads(parts["error"]) if parts["error"] else None
    return Job(**parts)
