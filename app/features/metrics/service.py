"""Reading the figures of a project."""

from datetime import timedelta
from typing import Final

from app.api.services import Services
from app.core.clock import utc_now
from app.core.ids import project_schema
from app.engine.identity.principal import Caller
from app.features.metrics.schemas import (
    CollectionSize,
    RequestPoint,
    RequestSeries,
    StorageRead,
)

MOST_HOURS: Final = 720
_STEPS: Final = ((3, 1), (12, 5), (48, 15), (168, 60))
"""Up to so many hours, a point each so many minutes."""
_LONGEST_STEP: Final = 360
_SINCE_2000: Final = "timestamptz '2000-01-01 00:00Z'"

_REQUESTS: Final = f"""
SELECT point, coalesce(sum(m.requests), 0)::bigint AS requests,
    coalesce(sum(m.client_errors), 0)::bigint AS refused,
    coalesce(sum(m.server_errors), 0)::bigint AS errors,
    sum(m.seconds) / nullif(sum(m.requests), 0) * 1000 AS average_ms,
    max(m.slowest) * 1000 AS slowest_ms
FROM generate_series(date_bin($4, $2, {_SINCE_2000}), $3, $4) AS point
LEFT JOIN backendify.request_minutes m
    ON m.project_id = $1 AND m.minute >= point AND m.minute < point + $4
GROUP BY point ORDER BY point
"""  # noqa: S608 - constants of this module alone
_SIZES: Final = """
SELECT c.relname, pg_total_relation_size(c.oid) AS bytes,
    greatest(c.reltuples, 0)::bigint AS records
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind = 'r'
"""
_LOG: Final = "_changes"


async def read_requests(services: Services, caller: Caller, hours: int) -> RequestSeries:
    """The last hours, up to this minute."""
    minutes = next((step for most, step in _STEPS if hours <= most), _LONGEST_STEP)
    now = utc_now()
    rows = await services.database.owner.fetch(
        _REQUESTS, caller.project.id, now - timedelta(hours=hours), now, timedelta(minutes=minutes)
    )
    return RequestSeries(
        step_minutes=minutes,
        data=[
            RequestPoint(
                at=row["point"],
                requests=row["requests"],
                refused=row["refused"],
                errors=row["errors"],
                average_ms=row["average_ms"],
                slowest_ms=row["slowest_ms"],
            )
            for row in rows
        ],
    )


async def read_storage(services: Services, caller: Caller) -> StorageRead:
    """What the tables take on disk, the largest first."""
    pools = await services.database.placement(caller.project.id)
    rows = await pools.owner.fetch(_SIZES, project_schema(caller.project.id))
    catalog = await services.catalogs.current(caller.project.id)
    held = {
        row["relname"]: CollectionSize(
            collection=row["relname"], bytes=row["bytes"], records=row["records"]
        )
        for row in rows
    }
    shown = [held[name] for name in catalog.collections if name in held]
    log = held.get(_LOG)
    return StorageRead(
        total_bytes=sum(each.bytes for each in held.values()),
        log_bytes=log.bytes if log else 0,
        data=sorted(shown, key=lambda each: -each.bytes),
    )
