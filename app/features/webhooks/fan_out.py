"""From the change log to deliveries: which endpoints want an event, and a row for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from app.api.services import Services
from app.core.clock import utc_now
from app.core.event import Event
from app.core.ids import uuid7
from app.core.json_text import parse_json
from app.engine.catalog.model import Catalog
from app.engine.conditions.evaluate import Facts, matches
from app.engine.conditions.tree import Context
from app.features.webhooks.definition import BrokenConditionError, bind_stored
from app.features.webhooks.queue import NOTIFY, New, insert_deliveries
from app.features.webhooks.rows import rows_of

READER: Final = "webhooks"
ANY: Final = frozenset({"*", "record.*"})

_ENDPOINTS = """
SELECT id, events, collections, conditions FROM backendify.webhook_endpoints
WHERE project_id = $1 AND enabled
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
    new = [
        New(uuid7(), endpoint.id, event)
        for event in events
        for endpoint in endpoints
        if event.collection in catalog.by_id and endpoint.takes(event)
        and await _meets(services, endpoint, event, catalog)
    ]  # fmt: skip
    await insert_deliveries(connection, project_id, new, delay)
    for endpoint_id in {each.endpoint_id for each in new}:
        await connection.execute(NOTIFY, str(endpoint_id))


def _wanted(row: asyncpg.Record) -> Wanted:
    held = None if row["collections"] is None else frozenset(row["collections"])
    return Wanted(row["id"], frozenset(row["events"]), held, parse_json(row["conditions"]))


async def _meets(services: Services, endpoint: Wanted, event: Event, catalog: Catalog) -> bool:
    """Whether the record, as the event leaves it (or found it, where it is deleted), is one the
    endpoint asks for. A condition that cannot be used lets nothing through."""
    document = endpoint.conditions.get(event.collection)
    if document is None:
        return True
    before, after = await rows_of(services, catalog, event)
    row = after if after is not None else before
    try:
        bound = bind_stored(document, catalog.by_id[event.collection], catalog)
        return bound is None or matches(bound, row or {}, _facts(before))
    except BrokenConditionError:
        log.warning("webhook_condition_broken", endpoint_id=str(endpoint.id))
    except (ValueError, TypeError, ArithmeticError) as error:
        log.warning("webhook_condition_failed", endpoint_id=str(endpoint.id), error=repr(error))
    return False


def _facts(before: Mapping[str, Any] | None) -> Facts:
    now = utc_now()
    variables = {"now": now.isoformat(), "today": now.date().isoformat()}
    return Facts(context=Context(variables), rows={"old": before or {}})
