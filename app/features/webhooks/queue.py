"""The queue: endpoints are leased, their due deliveries read, outcomes written.

One process at a time sends to an endpoint, so that events start in order and no more requests are
under way than it is good for. A process that dies lets its lease run out, and the next one sends
what has no outcome again: the same body under the same id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.event import Event
from app.core.pools import Pool
from app.features.webhooks.schedule import BREAK_AFTER

CHANNEL: Final = "backendify_webhooks"
NOTIFY: Final = f"SELECT pg_notify('{CHANNEL}', $1)"
LEASE: Final = timedelta(seconds=15)
KEPT: Final = timedelta(days=30)
SWEPT_AT_ONCE: Final = 2_000
MOST_OF_PROJECT: Final = 16
"""How many endpoints of one project that do not fail are served at once, in all processes, and as
many again of those that do: no project takes every place."""

_INSERT: Final = """
INSERT INTO backendify.webhook_deliveries
  (id, project_id, endpoint_id, event_n, seq, message_id, type, collection, record_id,
   next_attempt_at)
SELECT t.id, $1, t.endpoint_id, t.n, t.seq, t.message_id, t.type, t.collection, t.record_id,
       now() + $2
FROM unnest($3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
            $9::text[], $10::text[])
  AS t(id, endpoint_id, n, seq, message_id, type, collection, record_id)
ON CONFLICT (endpoint_id, event_n) DO NOTHING
"""
# Endpoints that fail wait behind those that do not, and get places of their own; and projects take
# turns, none having more than its share.
_CLAIM: Final = """
WITH ready AS (
  SELECT e.id, e.project_id, e.leased_until FROM backendify.webhook_endpoints e
  WHERE e.enabled AND (e.leased_until IS NULL OR e.leased_until <= now())
    AND (e.paused_until IS NULL OR e.paused_until <= now())
    AND (e.failures > 0) = $3
    AND EXISTS (SELECT FROM backendify.webhook_deliveries d WHERE d.endpoint_id = e.id
                AND d.status IN ('pending', 'failed') AND d.next_attempt_at <= now())
), placed AS (
  SELECT id, leased_until, (
    SELECT count(*) FROM backendify.webhook_endpoints a
    WHERE a.project_id = ready.project_id AND a.leased_until > now() AND (a.failures > 0) = $3
  ) + row_number() OVER (PARTITION BY project_id ORDER BY leased_until NULLS FIRST, id) AS place
  FROM ready
), due AS (
  SELECT e.id FROM placed JOIN backendify.webhook_endpoints e USING (id)
  WHERE placed.place <= $5 AND (e.leased_until IS NULL OR e.leased_until <= now())
  ORDER BY placed.place, placed.leased_until NULLS FIRST LIMIT $2 FOR UPDATE OF e SKIP LOCKED
)
UPDATE backendify.webhook_endpoints e SET leased_by = $1, leased_until = now() + $4
FROM due WHERE e.id = due.id RETURNING e.id
"""
_HOLD: Final = """
UPDATE backendify.webhook_endpoints SET leased_until = now() + $3
WHERE id = $1 AND leased_by = $2 AND enabled AND (paused_until IS NULL OR paused_until <= now())
RETURNING id, project_id, url, run_as, sealed,
  CASE WHEN former_until > now() THEN former_sealed END AS former_sealed, failures, pauses
"""
_EXTEND: Final = """
UPDATE backendify.webhook_endpoints SET leased_until = now() + $3
WHERE id = ANY($1) AND leased_by = $2
"""
_RELEASE: Final = """
UPDATE backendify.webhook_endpoints SET leased_by = NULL, leased_until = now()
WHERE id = ANY($1) AND leased_by = $2
"""
_DUE: Final = """
SELECT id, seq, event_n, message_id, record_id, payload, attempts, tries
FROM backendify.webhook_deliveries
WHERE endpoint_id = $1 AND status IN ('pending', 'failed') AND next_attempt_at <= now()
ORDER BY next_attempt_at, seq LIMIT $2
"""
# What is kept first stays: every attempt, by whichever process, sends one body.
_KEEP: Final = """
UPDATE backendify.webhook_deliveries d SET payload = coalesce(d.payload, t.payload)
FROM unnest($1::uuid[], $2::text[]) AS t(id, payload) WHERE d.id = t.id
RETURNING d.id, d.payload
"""
_SKIP: Final = """
UPDATE backendify.webhook_deliveries SET status = 'skipped', finished_at = now(), error = $2
WHERE id = ANY($1) AND status IN ('pending', 'failed')
"""
# Whoever lost the lease meanwhile, and was overtaken, writes nothing.
_FINISH: Final = """
WITH o AS (
  SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::interval[], $5::timestamptz[],
                       $6::bigint[], $7::bigint[], $8::text[], $9::text[])
    AS t(id, attempts, status, delay, at, duration_ms, response_status, response, error)
), done AS (
  UPDATE backendify.webhook_deliveries d
  SET status = o.status, attempts = d.attempts + 1, tries = d.tries + 1,
      next_attempt_at = now() + coalesce(o.delay, '0'), response_status = o.response_status,
      error = o.error, finished_at = CASE WHEN o.delay IS NULL THEN now() END
  FROM o WHERE d.id = o.id AND d.attempts = o.attempts AND d.status IN ('pending', 'failed')
  RETURNING d.id, d.attempts
)
INSERT INTO backendify.webhook_attempts
  (delivery_id, number, at, duration_ms, response_status, response, error)
SELECT o.id, done.attempts, o.at, o.duration_ms, o.response_status, o.response, o.error
FROM o JOIN done ON done.id = o.id
"""
_HEALTH: Final = """
UPDATE backendify.webhook_endpoints
SET failures = $2, pauses = $3, paused_until = now() + $4::interval
WHERE id = $1
"""
_SWEEP: Final = """
DELETE FROM backendify.webhook_deliveries WHERE id IN (
  SELECT id FROM backendify.webhook_deliveries
  WHERE created_at < now() - $1::interval AND status NOT IN ('pending', 'failed') LIMIT $2)
"""
_BACKLOG: Final = """
SELECT count(*) FROM backendify.webhook_deliveries
WHERE status IN ('pending', 'failed') AND next_attempt_at <= now()
"""


@dataclass(frozen=True, slots=True)
class New:
    """An event for an endpoint that wants it."""

    id: UUID
    endpoint_id: UUID
    event: Event


@dataclass(frozen=True, slots=True)
class Held:
    """An endpoint that this process may send to, as it is now."""

    id: UUID
    project_id: UUID
    url: str
    run_as: str
    sealed: str
    former_sealed: str | None
    failures: int
    pauses: int

    @property
    def is_suspect(self) -> bool:
        """It failed so often in a row that one delivery at a time tries whether it is back."""
        return self.failures >= BREAK_AFTER


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose time has come."""

    id: UUID
    seq: int
    event_n: int | None
    message_id: str
    record_id: str | None
    payload: str | None
    attempts: int
    tries: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; ``delay`` None: there is no further one."""

    delivery: Due
    status: str
    delay: timedelta | None
    at: datetime
    duration_ms: int
    response_status: int | None = None
    response: str | None = None
    error: str | None = None

    @property
    def is_gone(self) -> bool:
        """The endpoint said that it is there no more."""
        return self.response_status == 410


async def insert_deliveries(
    connection: Any, project_id: UUID, new: Sequence[New], seconds: float
) -> None:
    """Queue events, each once for each endpoint, the first attempt after ``seconds``."""
    if not new:
        return
    events = [each.event for each in new]
    await connection.execute(
        _INSERT,
        project_id,
        timedelta(seconds=seconds),
        [each.id for each in new],
        [each.endpoint_id for each in new],
        [event.n for event in events],
        [event.seq for event in events],
        [event.id for event in events],
        [f"record.{event.action}" for event in events],
        [event.collection for event in events],
        [event.record_id for event in events],
    )


async def claim_endpoints(pool: Pool, worker: UUID, most: int, *, failing: bool) -> list[UUID]:
    """Lease endpoints that have due deliveries: those of projects that have the fewest places
    first, then whoever waited longest."""
    rows = await pool.fetch(_CLAIM, worker, most, failing, LEASE, MOST_OF_PROJECT)
    return [row[0] for row in rows]


async def hold_endpoint(pool: Pool, worker: UUID, endpoint_id: UUID) -> Held | None:
    """The endpoint, its lease prolonged; None where it is not to be sent to any more."""
    row = await pool.fetchrow(_HOLD, endpoint_id, worker, LEASE)
    return None if row is None else Held(**row)


async def extend_leases(pool: Pool, worker: UUID, endpoints: Sequence[UUID]) -> None:
    await pool.execute(_EXTEND, list(endpoints), worker, LEASE)


async def release_endpoints(pool: Pool, worker: UUID, endpoints: Sequence[UUID]) -> None:
    await pool.execute(_RELEASE, list(endpoints), worker)


async def due_deliveries(pool: Pool, endpoint_id: UUID, most: int) -> list[Due]:
    return [Due(**row) for row in await pool.fetch(_DUE, endpoint_id, most)]


async def keep_payloads(pool: Pool, payloads: Sequence[tuple[UUID, str]]) -> dict[UUID, str]:
    """Keep what is about to be sent; answers what is to be sent: what was kept first."""
    ids, bodies = [each[0] for each in payloads], [each[1] for each in payloads]
    return {row[0]: row[1] for row in await pool.fetch(_KEEP, ids, bodies)}


async def skip_deliveries(pool: Pool, deliveries: Sequence[UUID], reason: str) -> None:
    await pool.execute(_SKIP, list(deliveries), reason)


async def finish_attempts(pool: Pool, outcomes: Sequence[Outcome]) -> None:
    """Write down what came of attempts."""
    await pool.execute(
        _FINISH,
        [each.delivery.id for each in outcomes],
        [each.delivery.attempts for each in outcomes],
        [each.status for each in outcomes],
        [each.delay for each in outcomes],
        [each.at for each in outcomes],
        [each.duration_ms for each in outcomes],
        [each.response_status for each in outcomes],
        [each.response for each in outcomes],
        [each.error for each in outcomes],
    )


async def write_health(
    pool: Pool, endpoint_id: UUID, failures: int, pauses: int, seconds: float | None
) -> None:
    """Failures in a row, and a pause where they are too many."""
    paused = None if seconds is None else timedelta(seconds=seconds)
    await pool.execute(_HEALTH, endpoint_id, failures, pauses, paused)


async def sweep_deliveries(pool: Pool) -> None:
    """Forget deliveries that are done with and old."""
    deleted = f"DELETE {SWEPT_AT_ONCE}"
    while await pool.execute(_SWEEP, KEPT, SWEPT_AT_ONCE) == deleted:
        pass


async def count_backlog(pool: Pool) -> int:
    """Deliveries whose time has come."""
    return int(await pool.fetchval(_BACKLOG))
