"""What is kept of a run's steps: before each begins, and as it ends.

Every write holds only while the process still has the run's lease; what came of a step of a run
that was cancelled meanwhile is kept all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.json_text import dump_json, read_json
from app.core.pools import Pool
from app.features.workflows.queue import Claimed

_GROUND: Final = """
SELECT v.definition, w.name AS workflow, p.name AS project, p.slug
FROM backendify.workflow_versions v JOIN backendify.workflows w ON w.id = v.workflow_id
JOIN backendify.projects p ON p.id = w.project_id
WHERE v.workflow_id = $1 AND v.version = $2
"""
_STEPS: Final = """
SELECT path, number, status, attempts, output, error, next_at,
       CASE WHEN status IN ('running', 'waiting') OR action = 'for_each' THEN input END AS input,
       coalesce(length(input::text), 0) + coalesce(length(output::text), 0) AS size
FROM backendify.workflow_steps WHERE run_id = $1
"""
_BEGIN: Final = """
WITH mine AS (
  SELECT FROM backendify.workflow_runs
  WHERE id = $1 AND leased_by = $2 AND status = 'running' FOR KEY SHARE)
INSERT INTO backendify.workflow_steps AS s
  (run_id, path, number, action, status, attempts, input, started_at)
SELECT $1, $3, $4, $5, 'running', $6, $7::text::jsonb, clock_timestamp() FROM mine
ON CONFLICT (run_id, path) DO UPDATE
SET status = 'running', attempts = excluded.attempts, input = excluded.input, error = NULL,
    output = NULL, next_at = NULL, finished_at = NULL
RETURNING s.input
"""
_KEEP: Final = """
WITH mine AS (
  SELECT status FROM backendify.workflow_runs
  WHERE id = $1 AND (leased_by = $2 OR status = 'cancelled') FOR KEY SHARE
), kept AS (
  INSERT INTO backendify.workflow_steps AS s
    (run_id, path, number, action, status, attempts, input, output, error, next_at, started_at,
     finished_at)
  SELECT $1, $3, $4, $5, $6, $7, $8::text::jsonb, $9::text::jsonb, $10::text::jsonb, $11,
         clock_timestamp(), CASE WHEN $11::timestamptz IS NULL THEN clock_timestamp() END
  FROM mine
  ON CONFLICT (run_id, path) DO UPDATE
  SET status = excluded.status, attempts = excluded.attempts,
      input = coalesce(excluded.input, s.input), output = excluded.output, error = excluded.error,
      next_at = excluded.next_at, finished_at = excluded.finished_at
)
SELECT status = 'running' FROM mine
"""


MOST_STEPS: Final = 5_000
MOST_KEPT: Final = 16 * 1_024 * 1_024
"""Characters of inputs and outputs: what a run keeps is read whole when it goes on."""


class RunTooLargeError(Exception):
    """The run did more steps, or keeps more, than one may."""


class LostRunError(Exception):
    """The run is no longer this process's: cancelled, deleted, or taken over."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on: its version's definition, and what its templates know of it."""

    definition: Mapping[str, Any]
    workflow: str
    project: str
    slug: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A step as it is kept."""

    path: str
    number: int
    status: str
    attempts: int = 0
    input: Mapping[str, Any] | None = None
    output: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    next_at: datetime | None = None


async def load_ground(pool: Pool, run: Claimed) -> Ground:
    """Raises LostRunError."""
    row = await pool.fetchrow(_GROUND, run.workflow_id, run.version)
    if row is None:
        raise LostRunError
    return Ground(read_json(row[0]), *row[1:])


class Journal:
    """The steps of one run that this process has leased, by their paths."""

    def __init__(self, pool: Pool, worker: UUID, run_id: UUID) -> None:
        self.pool = pool
        self._worker = worker
        self._run_id = run_id
        self._kept: dict[str, Kept] = {}
        self._size = 0

    async def load(self) -> None:
        """Read what was kept so far."""
        rows = await self.pool.fetch(_STEPS, self._run_id)
        self._kept = {row["path"]: _kept(row) for row in rows}
        self._size = sum(row["size"] for row in rows)

    def find(self, path: str) -> Kept:
        """The step as it is kept, or as one that begins now. Raises RunTooLargeError."""
        held = self._kept.get(path)
        if held is not None:
            return held
        if len(self._kept) >= MOST_STEPS or self._size > MOST_KEPT:
            raise RunTooLargeError
        self._kept[path] = held = Kept(path, len(self._kept), "running")
        return held

    async def begin(self, step: Kept, action: str, connection: Any = None) -> Mapping[str, Any]:
        """Note that an attempt begins; answers its input as it reads from now on. Raises
        LostRunError."""
        given = (step.path, step.number, action, step.attempts, dump_json(step.input))
        to = connection or self.pool
        held = await to.fetchval(_BEGIN, self._run_id, self._worker, *given)
        if held is None:
            raise LostRunError
        self._size += len(given[-1])
        self._kept[step.path] = step
        read: Mapping[str, Any] = read_json(held)
        return read

    async def keep(self, step: Kept, action: str, connection: Any = None) -> Kept:
        """Keep what came of a step. Raises LostRunError."""
        told = (_text(step.input), _text(step.output), _text(step.error), step.next_at)
        given = (step.path, step.number, action, step.status, step.attempts)
        to = connection or self.pool
        if not await to.fetchval(_KEEP, self._run_id, self._worker, *given, *told):
            raise LostRunError
        self._size += len(told[1] or "")
        # What went into a step that has ended is asked for no more, but for the items of a list.
        is_over = step.status == "succeeded" and action != "for_each"
        self._kept[step.path] = replace(step, input=None) if is_over else step
        return step


def _kept(row: Any) -> Kept:
    documents = {name: _parsed(row[name]) for name in ("input", "output", "error")}
    plain = {name: row[name] for name in ("path", "number", "status", "attempts", "next_at")}
    return Kept(**plain, **documents)


def _parsed(text: str | None) -> Any:
    return None if text is None else read_json(text)


def _text(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else dump_json(value)
