"""The bodies of deliveries: an event as whoever the endpoint runs as may see it now."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import structlog

from app.api.services import Services
from app.core.clock import utc_now
from app.core.connection_errors import as_unavailable
from app.core.errors import BackendifyError, UnavailableError
from app.core.event import Event
from app.core.json_text import dump_json
from app.engine.changes.fan_out import read_positions
from app.features.data.service import show_events
from app.features.policies.service.acting import caller_acting_as
from app.features.webhooks.queue import Due, Held, keep_payloads, skip_deliveries

UNSEEN: Final = "The endpoint's run_as may not see this event."
GONE: Final = "The change log has the event no more."

log = structlog.get_logger(__name__)


class PayloadError(Exception):
    """The bodies cannot be made now; the message is for the endpoint's admins."""


async def make_payloads(
    services: Services, endpoint: Held, deliveries: Sequence[Due]
) -> dict[UUID, str]:
    """The body of each delivery that has one, kept before it is answered; the others are skipped.

    Raises PayloadError.
    """
    made = {each.id: each.payload for each in deliveries if each.payload is not None}
    missing = [each for each in deliveries if each.payload is None]
    if not missing:
        return made
    shown, present = await _shown(services, endpoint, missing)
    pool = services.database.owner
    new = [(each.id, shown[each.seq]) for each in missing if each.seq in shown]
    made |= await keep_payloads(pool, new) if new else {}
    unseen = [each.id for each in missing if each.seq in present and each.seq not in shown]
    gone = [each.id for each in missing if each.seq not in present]
    for ids, reason in ((unseen, UNSEEN), (gone, GONE)):
        if ids:
            await skip_deliveries(pool, ids, reason)
    return made


def make_test_payload(project_id: UUID, endpoint_id: UUID, message_id: str) -> str:
    """The body of a test."""
    data = {"id": message_id, "project_id": str(project_id), "webhook_id": str(endpoint_id)}
    return dump_json({"type": TEST, "timestamp": utc_now().isoformat(), "data": data})


TEST: Final = "webhook.test"


async def _shown(
    services: Services, endpoint: Held, missing: Sequence[Due]
) -> tuple[dict[int, str], set[int]]:
    """Bodies by position in the log, and the positions that the log still has."""
    try:
        positions = [each.seq for each in missing]
        events = await read_positions(services.database, endpoint.project_id, positions)
        name = f"webhook:{endpoint.id}"
        caller = await caller_acting_as(services, endpoint.project_id, endpoint.run_as, name)
        seen = await show_events(services, caller, events)
    except UnavailableError:
        raise
    except BackendifyError as error:
        raise PayloadError(error.detail) from None
    except Exception as error:
        if as_unavailable(error) is not None:
            raise
        log.exception("webhook_payload_failed", endpoint_id=str(endpoint.id))
        raise PayloadError("The event cannot be told.") from None
    pairs = zip(events, seen, strict=True)
    bodies = {event.seq: _body(event, told) for event, told in pairs if told is not None}
    return bodies, {event.seq for event in events}


def _body(event: Event, told: Mapping[str, Any]) -> str:
    data = {
        "id": event.id,
        "seq": event.seq,
        "project_id": str(event.project_id),
        "collection": told["collection"],
        "record_id": told["record_id"],
        "record": told["after"],
        "previous": told["before"],
        "actor": _actor(told["actor"]),
        "request_id": told["request_id"],
    }
    body = {"type": f"record.{event.action}", "timestamp": event.at.isoformat(), "data": data}
    return dump_json(body)


def _actor(actor: str | None) -> dict[str, str | None] | None:
    if actor is None:
        return None
    kind, _, named = actor.partition(":")
    return {"type": kind, "id": named or None}
