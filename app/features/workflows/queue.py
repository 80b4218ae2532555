"""The queue of runs: started once for each key, leased while they go on, resumed when due.

A run's own row is its place in the queue. Whoever holds its lease is the one process that goes on
with it; one that dies lets the lease run out, and the next goes on from the steps that were kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.ids import uuid7
from app.core.json_text import dump_json
from app.core.pools import Pool

CHANNEL: Final = "backendify_workflows"
NOTIFY: Final = f"SELECT pg_notify('{CHANNEL}', $1)"
LEASE: Final = timedelta(seconds=15)
KEPT: Final = timedelta(days=30)
MOST_TAKEOVERS: Final = 10
WORKFLOWS_AT_ONCE: Final = 50
MOST_OF_PROJECT: Final = 64
"""How many runs of one project go on at once, in all processes: no project takes every place."""
SWEPT_AT_ONCE: Final = 1_000

_INSERT: Final = """
INSERT INTO backendify.workflow_runs
  (id, project_id, workflow_id, version, status, reason, error, trigger, trigger_key, actor,
   acts_as, depth, key_id, retry_of, next_at, finished_at)
SELECT t.id, $1, t.workflow_id, t.version, t.status, t.reason, t.error::jsonb, t.trigger::jsonb,
       t.trigger_key, t.actor, t.acts_as, t.depth, coalesce(t.key_id, t.id), t.retry_of, now(),
       CASE WHEN t.status <> 'queued' THEN now() END
FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::text[], $12::bigint[], $13::uuid[], $14::uuid[])
  AS t(id, workflow_id, version, status, reason, error, trigger, trigger_key, actor, acts_as,
       depth, key_id, retry_of)
ON CONFLICT (workflow_id, trigger_key) DO NOTHING
"""
_RECENT: Final = """
SELECT count(*) FROM (
  SELECT FROM backendify.workflow_runs
  WHERE project_id = $1 AND created_at > now() - interval '1 minute' AND status <> 'stopped'
  LIMIT $2) AS r
"""
# The workflows are locked by a statement of their own: the next one sees every lease that another
# process took before it let go of the lock, so that no workflow has more runs than it may.
_LOCK: Final = """
SELECT w.id FROM backendify.workflows w JOIN backendify.projects p ON p.id = w.project_id
WHERE p.state = 'active' AND EXISTS (
  SELECT FROM backendify.workflow_runs r
  WHERE r.workflow_id = w.id AND r.status IN ('queued', 'running', 'waiting')
    AND r.next_at <= now() AND (r.leased_until IS NULL OR r.leased_until <= now()))
ORDER BY w.claimed_at NULLS FIRST LIMIT $1 FOR NO KEY UPDATE OF w SKIP LOCKED
"""
_CLAIM: Final = """
WITH touched AS (
  UPDATE backendify.workflows SET claimed_at = now() WHERE id = ANY($2)
  RETURNING id, project_id, max_concurrent
), ready AS (
  SELECT w.project_id, r.* FROM touched w CROSS JOIN LATERAL (
    SELECT r.id, r.next_at FROM backendify.workflow_runs r
    WHERE r.workflow_id = w.id AND r.status IN ('queued', 'running', 'waiting')
      AND r.next_at <= now() AND (r.leased_until IS NULL OR r.leased_until <= now())
    ORDER BY r.next_at, r.id
    LIMIT greatest(0, w.max_concurrent - (
      SELECT count(*) FROM backendify.workflow_runs a
      WHERE a.workflow_id = w.id AND a.status IN ('queued', 'running', 'waiting')
        AND a.leased_until > now()))
  ) r
), due AS (
  SELECT id FROM (
    SELECT ready.*, row_number() OVER (PARTITION BY project_id ORDER BY next_at, id) + (
      SELECT count(*) FROM backendify.workflow_runs a
      WHERE a.project_id = ready.project_id AND a.leased_until > now()) AS place
    FROM ready) AS placed
  WHERE place <= $5 ORDER BY next_at, id LIMIT $3
)
UPDATE backendify.workflow_runs r
SET takeovers = r.takeovers + (r.status = 'running')::int, status = 'running', leased_by = $1,
    leased_until = now() + $4, started_at = coalesce(r.started_at, now())
FROM due WHERE r.id = due.id
RETURNING r.id, r.project_id, r.workflow_id, r.version, r.trigger, r.actor, r.acts_as, r.depth,
          r.key_id, r.takeovers, r.created_at, r.next_at
"""
_EXTEND: Final = """
UPDATE backendify.workflow_runs SET leased_until = now() + $3
WHERE id = ANY($1) AND leased_by = $2 AND status = 'running'
"""
_RELEASE: Final = """
UPDATE backendify.workflow_runs SET status = 'waiting', leased_by = NULL, leased_until = NULL
WHERE id = $1 AND leased_by = $2 AND status = 'running'
"""
_STUMBLE: Final = """
UPDATE backendify.workflow_runs
SET status = 'waiting', leased_by = NULL, leased_until = NULL, takeovers = takeovers + 1,
    next_at = now() + least(interval '1 second' * 2 ^ takeovers, interval '1 minute')
WHERE id = $1 AND leased_by = $2 AND status = 'running'
"""
_SUSPEND: Final = """
UPDATE backendify.workflow_runs
SET status = 'waiting', next_at = greatest($3, now()), takeovers = 0, leased_by = NULL,
    leased_until = NULL
WHERE id = $1 AND leased_by = $2 AND status = 'running'
"""
_FINISH: Final = """
UPDATE backendify.workflow_runs
SET status = $3, error = $4::text::jsonb, finished_at = now(), leased_by = NULL, leased_until = NULL
WHERE id = $1 AND leased_by = $2 AND status = 'running'
"""
_SWEEP: Final = """
DELETE FROM backendify.workflow_runs WHERE id IN (
  SELECT id FROM backendify.workflow_runs
  WHERE finished_at < now() - $1::interval AND status NOT IN ('queued', 'running', 'waiting')
  LIMIT $2)
"""
_BACKLOG: Final = """
SELECT count(*) FROM backendify.workflow_runs
WHERE status IN ('queued', 'running', 'waiting') AND next_at <= now()
  AND (leased_until IS NULL OR leased_until <= now())
"""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be started; ``status`` other than queued: it ends before it began."""

    workflow_id: UUID
    version: int
    trigger: Mapping[str, Any]
    acts_as: str
    trigger_key: str | None = None
    actor: str | None = None
    depth: int = 0
    status: str = "queued"
    reason: str | None = None
    error: Mapping[str, Any] | None = None
    key_id: UUID | None = None
    retry_of: UUID | None = None
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that this process goes on with. ``trigger`` is JSON text."""

    id: UUID
    project_id: UUID
    workflow_id: UUID
    version: int
    trigger: str
    actor: str | None
    acts_as: str
    depth: int
    key_id: UUID
    takeovers: int
    created_at: datetime
    next_at: datetime
    """A moment that has come by the database's clock, whatever this process's says."""


async def insert_runs(connection: Any, project_id: UUID, runs: Sequence[NewRun]) -> None:
    """Queue the runs, each trigger's key once for a workflow, and wake the workers."""
    if not runs:
        return
    await connection.execute(
        _INSERT,
        project_id,
        [run.id for run in runs],
        [run.workflow_id for run in runs],
        [run.version for run in runs],
        [run.status for run in runs],
        [run.reason for run in runs],
        [None if run.error is None else dump_json(run.error) for run in runs],
        [dump_json(run.trigger) for run in runs],
        [run.trigger_key for run in runs],
        [run.actor for run in runs],
        [run.acts_as for run in runs],
        [run.depth for run in runs],
        [run.key_id for run in runs],
        [run.retry_of for run in runs],
    )
    await connection.execute(NOTIFY, str(project_id))


async def count_recent(connection: Any, project_id: UUID, most: int) -> int:
    """Runs of the project that began within a minute, counted up to ``most``."""
    return int(await connection.fetchval(_RECENT, project_id, most))


async def claim_runs(pool: Pool, worker: UUID, most: int) -> list[Claimed]:
    """Lease runs that are due, of the workflows that waited longest."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(_LOCK, WORKFLOWS_AT_ONCE)
        if not rows:
            return []
        ids = [row[0] for row in rows]
        claimed = await connection.fetch(_CLAIM, worker, ids, most, LEASE, MOST_OF_PROJECT)
    return [Claimed(**row) for row in claimed]


async def extend_leases(pool: Pool, worker: UUID, runs: Sequence[UUID]) -> None:
    await pool.execute(_EXTEND, list(runs), worker, LEASE)


async def release_run(pool: Pool, worker: UUID, run_id: UUID) -> None:
    """Let another process go on with it."""
    await pool.execute(_RELEASE, run_id, worker)


async def stumble(pool: Pool, worker: UUID, run_id: UUID) -> None:
    """Let go of a run at which this process failed; later each time, and not for ever."""
    await pool.execute(_STUMBLE, run_id, worker)


async def suspend_run(connection: Any, worker: UUID, run_id: UUID, until: datetime) -> None:
    """Go on then, in whichever process."""
    await connection.execute(_SUSPEND, run_id, worker, until)


async def finish_run(
    connection: Any,
    worker: UUID,
    run_id: UUID,
    status: str,
    error: Mapping[str, Any] | None = None,
) -> None:
    told = None if error is None else dump_json(error)
    await connection.execute(_FINISH, run_id, worker, status, told)


async def sweep_runs(pool: Pool) -> None:
    """Forget runs that ended long ago."""
    deleted = f"DELETE {SWEPT_AT_ONCE}"
    while await pool.execute(_SWEEP, KEPT, SWEPT_AT_ONCE) == deleted:
        pass


async def count_backlog(pool: Pool) -> int:
    """Runs that are due and that nobody goes on with."""
    return int(await pool.fetchval(_BACKLOG))
