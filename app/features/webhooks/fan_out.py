"""From the change log to deliveries: which endpoints want an event, and a row for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from app.api.services import Services
from app.core.event import Event
from app.core.ids import uuid7
from app.core.json_text import parse_json
from app.engine.policy.event_conditions import BrokenConditionError, EventConditions
from app.features.webhooks.queue import NOTIFY, New, insert_deliveries

READER: Final = "webhooks"
ANY: Final = frozenset({"*", "record.*"})

_ENDPOINTS = """
SELECT id, events, collections, conditions FROM backendify.webhook_endpoints
WHERE project_id = $1 AND enabled
"""

_FIRST_NEEDED = """
SELECT min(d.seq) FROM backendify.webhook_deliveries d
JOIN backendify.webhook_endpoints e ON e.id = d.endpoint_id AND e.enabled
WHERE d.project_id = $1 AND d.payload IS NULL AND d.status IN ('pending', 'failed')
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an endpoint asks for."""

    id: UUID
    events: frozenset[str]
    collections: frozenset[str] | None
    conditions: Mapping[str, Any]

    def takes(self, event: Event) -> bool:
        """By its type and its collection alone."""
        if self.collections is not None and event.collection not in self.collections:
            return False
        return bool(self.events & ANY) or f"record.{event.action}" in self.events


async def take(
    services: Services, connection: Any, project_id: UUID, events: Sequence[Event]
) -> None:
    """Queue each event for the endpoints that want it, in the transaction of the log's position."""
    endpoints = [_wanted(row) for row in await connection.fetch(_ENDPOINTS, project_id)]
    if not endpoints:
        return
    catalog = await services.catalogs.current(project_id)
    if catalog.version < max(event.schema_version for event in events):
        newest = max(event.schema_version for event in events)
        catalog = await services.catalogs.refresh(project_id, newest)
    delay = services.settings.webhook_schedule[0]
    conditions = EventConditions(services.database, catalog)
    new = [
        New(uuid7(), endpoint.id, event)
        for event in events
        for endpoint in endpoints
        if event.collection in catalog.by_id and endpoint.takes(event)
        and await _meets(conditions, endpoint, event)
    ]  # fmt: skip
    await insert_deliveries(connection, project_id, new, delay)
    for endpoint_id in {each.endpoint_id for each in new}:
        await connection.execute(NOTIFY, str(endpoint_id))


async def needs(connection: Any, project_id: UUID) -> int | None:
    """The first event whose body has not been made yet, of endpoints that are still sent any."""
    first: int | None = await connection.fetchval(_FIRST_NEEDED, project_id)
    return first


def _wanted(row: asyncpg.Record) -> Wanted:
    held = None if row["collections"] is None else frozenset(row["collections"])
    return Wanted(row["id"], frozenset(row["events"]), held, parse_json(row["conditions"]))


async def _meets(conditions: EventConditions, endpoint: Wanted, event: Event) -> bool:
    """A condition that cannot be used lets nothing through."""
    document = endpoint.conditions.get(event.collection)
    if document is None:
        return True
    try:
        return await conditions.meets(endpoint.id, document, event)
    except BrokenConditionError:
        log.warning("webhook_condition_broken", endpoint_id=str(endpoint.id))
    except (ValueError, TypeError, ArithmeticError) as error:
        log.warning("webhook_condition_failed", endpoint_id=str(endpoint.id), error=repr(error))
    return False
