"""From the memory of each process into one table: every few seconds a statement for all."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import structlog

from app.api.request_counts import Counts
from app.api.services import Services
from app.core.connection_errors import AWAY, as_unavailable
from app.core.errors import UnavailableError
from app.core.tasks import end_tasks

STORE_SECONDS: Final = 5.0
SWEEP_SECONDS: Final = 3_600.0
KEPT_DAYS: Final = 30
_AT_ONCE: Final = 10_000

_ADD: Final = """
INSERT INTO backendify.request_minutes AS known
    (project_id, minute, requests, client_errors, server_errors, seconds, slowest)
SELECT p.id, g.minute, sum(g.requests), sum(g.client_errors), sum(g.server_errors),
    sum(g.seconds), max(g.slowest)
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::float8[], $8::float8[])
    AS g(id, slug, minute, requests, client_errors, server_errors, seconds, slowest)
JOIN backendify.projects p
    ON p.id = coalesce(g.id, (SELECT s.id FROM backendify.projects s WHERE s.slug = g.slug))
GROUP BY p.id, g.minute
ORDER BY p.id, g.minute
ON CONFLICT (project_id, minute) DO UPDATE SET
    requests = known.requests + excluded.requests,
    client_errors = known.client_errors + excluded.client_errors,
    server_errors = known.server_errors + excluded.server_errors,
    seconds = known.seconds + excluded.seconds,
    slowest = greatest(known.slowest, excluded.slowest)
"""
_FORGET: Final = """
DELETE FROM backendify.request_minutes WHERE (project_id, minute) IN (
    SELECT project_id, minute FROM backendify.request_minutes
    WHERE minute < now() - make_interval(days => $1) LIMIT $2)
"""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def store_counts(services: Services) -> AsyncIterator[None]:
    """Store what this process has counted, as long as the services run, and at their end."""
    task = asyncio.create_task(_keep_storing(services))
    try:
        yield
    finally:
        await end_tasks(task)
        with suppress(*AWAY, UnavailableError):
            await store(services)


async def store(services: Services) -> None:
    """Add what has been counted. What cannot be stored is lost: figures hold up nobody."""
    taken = services.metrics.projects.take()
    if taken:
        await services.database.owner.execute(_ADD, *_columns(taken))


async def sweep_minutes(services: Services) -> None:
    """Forget what is older than a month; every hour, until cancelled."""
    while True:
        await forget_old(services)
        await asyncio.sleep(SWEEP_SECONDS)


async def forget_old(services: Services) -> None:
    """Once."""
    try:
        while await _forget_some(services) == f"DELETE {_AT_ONCE}":
            pass
    except AWAY as error:
        log.warning("request_minutes_not_swept", error=str(error))


async def _forget_some(services: Services) -> str:
    done: str = await services.database.owner.execute(_FORGET, KEPT_DAYS, _AT_ONCE)
    return done


async def _keep_storing(services: Services) -> None:
    while True:
        await asyncio.sleep(STORE_SECONDS)
        try:
            await store(services)
        except Exception as error:
            if as_unavailable(error) is None and not isinstance(error, UnavailableError):
                log.exception("request_counts_not_stored")


def _columns(taken: Mapping[tuple[str, int], Counts]) -> tuple[list[object], ...]:
    slugs: list[object] = [ref for ref, _ in taken]
    ids: list[object] = [_as_id(ref) for ref, _ in taken]
    minutes: list[object] = [datetime.fromtimestamp(m * 60, UTC) for _, m in taken]
    counts = list(taken.values())
    return (
        ids,
        slugs,
        minutes,
        [each.requests for each in counts],
        [each.client_errors for each in counts],
        [each.server_errors for each in counts],
        [each.seconds for each in counts],
        [each.slowest for each in counts],
    )


def _as_id(ref: str) -> UUID | None:
    """No slug reads as an id."""
    try:
        return UUID(ref)
    except ValueError:
        return None
