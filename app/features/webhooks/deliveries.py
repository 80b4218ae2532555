"""What was sent and what came of it: the log of deliveries, tests, and sending again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.deps import has_role
from app.api.paging import CursorPage
from app.api.services import Services
from app.core.clock import utc_now
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import append_control_entry
from app.engine.identity.principal import Caller
from app.features.webhooks.errors import DeliveryNotFoundError
from app.features.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from app.features.webhooks.payloads import TEST, make_test_payload
from app.features.webhooks.queue import CHANNEL
from app.features.webhooks.schemas import (
    Attempt,
    DeliveryDetail,
    DeliveryPage,
    DeliveryRead,
    DeliveryStatus,
    Redeliver,
    Redelivered,
)
from app.features.webhooks.service import find_endpoint, forgive

_WAKE = text("SELECT pg_notify(:channel, :payload)")
_OPEN = ("pending", "failed")


async def list_deliveries(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    endpoint_id: UUID,
    status: DeliveryStatus | None,
    limit: int,
    cursor: UUID | None,
) -> DeliveryPage:
    """The newest first. Raises WebhookNotFoundError."""
    catalog = await services.catalogs.current(caller.project.id)
    await find_endpoint(session, caller, endpoint_id)
    query = _of(endpoint_id).order_by(WebhookDelivery.id.desc()).limit(limit + 1)
    if status is not None:
        query = query.where(WebhookDelivery.status == status)
    if cursor is not None:
        query = query.where(WebhookDelivery.id < cursor)
    rows = (await session.scalars(query)).all()
    more = len(rows) > limit
    shown = [DeliveryRead(**_shown(row, catalog)) for row in rows[:limit]]
    last = str(rows[limit - 1].id) if more else None
    return DeliveryPage(data=shown, page=CursorPage(limit=limit, has_more=more, next_cursor=last))


async def get_delivery(
    session: AsyncSession, services: Services, caller: Caller, endpoint_id: UUID, delivery_id: UUID
) -> DeliveryDetail:
    """One with its attempts. What was sent, and what was answered to it, is for admins: others
    may see less of the record. Raises WebhookNotFoundError, DeliveryNotFoundError."""
    catalog = await services.catalogs.current(caller.project.id)
    delivery = await _find(session, caller, endpoint_id, delivery_id)
    query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery.id)
    attempts = await session.scalars(query.order_by(WebhookAttempt.number))
    admin = has_role(caller, "admin")
    log = [
        Attempt(
            number=each.number,
            at=each.at,
            duration_ms=each.duration_ms,
            response_status=each.response_status,
            response_body=each.response if admin else None,
            error=each.error,
        )
        for each in attempts
    ]
    payload = delivery.payload if admin else None
    return DeliveryDetail(**_shown(delivery, catalog), payload=payload, log=log)


async def send_test(
    session: AsyncSession, services: Services, caller: Caller, endpoint_id: UUID
) -> DeliveryRead:
    """Queue a test event; to a disabled endpoint it goes once that is enabled."""
    catalog = await services.catalogs.current(caller.project.id)
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    delivery_id = uuid7()
    message_id = f"test_{delivery_id.hex}"
    delivery = WebhookDelivery(
        id=delivery_id,
        project_id=endpoint.project_id,
        endpoint_id=endpoint.id,
        message_id=message_id,
        type=TEST,
        payload=make_test_payload(endpoint.project_id, endpoint.id, message_id),
        next_attempt_at=utc_now(),
    )
    session.add(delivery)
    await session.flush()
    await _hurry(session, caller, endpoint, "webhook.tested", {})
    await session.refresh(delivery)
    return DeliveryRead(**_shown(delivery, catalog))


async def redeliver(
    session: AsyncSession, services: Services, caller: Caller, endpoint_id: UUID, delivery_id: UUID
) -> DeliveryRead:
    """Send a delivery again at once: the same body under the same id, by the schedule anew."""
    catalog = await services.catalogs.current(caller.project.id)
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    delivery = await _find(session, caller, endpoint_id, delivery_id)
    await session.execute(
        update(WebhookDelivery).where(WebhookDelivery.id == delivery.id).values(_anew())
    )
    detail = {"delivery_id": str(delivery.id)}
    await _hurry(session, caller, endpoint, "webhook.redelivered", detail)
    await session.refresh(delivery)
    return DeliveryRead(**_shown(delivery, catalog))


async def redeliver_many(
    session: AsyncSession, caller: Caller, endpoint_id: UUID, asked: Redeliver
) -> Redelivered:
    """Send all of an endpoint's deliveries again that came to this end."""
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    changed = update(WebhookDelivery).where(
        WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.status == asked.status
    )
    if asked.since is not None:
        changed = changed.where(WebhookDelivery.created_at >= asked.since)
    done = await session.execute(changed.values(_anew()).returning(WebhookDelivery.id))
    count = len(done.all())
    detail = {"status": asked.status, "since": _iso(asked.since), "count": count}
    await _hurry(session, caller, endpoint, "webhook.redelivered", detail)
    return Redelivered(count=count)


def _anew() -> dict[str, Any]:
    return {
        "status": "pending",
        "tries": 0,
        "next_attempt_at": func.now(),
        "finished_at": None,
        "error": None,
    }


async def _hurry(
    session: AsyncSession,
    caller: Caller,
    endpoint: WebhookEndpoint,
    action: str,
    detail: dict[str, Any],
) -> None:
    """Let nothing stand in the way of an attempt that somebody asked for, and note who did."""
    forgive(endpoint)
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(endpoint.id),
        detail={"url": endpoint.url} | detail,
    )
    await session.flush()
    await session.execute(_WAKE, {"channel": CHANNEL, "payload": str(endpoint.id)})


async def _find(
    session: AsyncSession, caller: Caller, endpoint_id: UUID, delivery_id: UUID
) -> WebhookDelivery:
    await find_endpoint(session, caller, endpoint_id)
    delivery = await session.scalar(_of(endpoint_id).where(WebhookDelivery.id == delivery_id))
    if delivery is None:
        raise DeliveryNotFoundError
    return delivery


def _of(endpoint_id: UUID) -> Select[WebhookDelivery]:
    return select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)


def _shown(delivery: WebhookDelivery, catalog: Catalog) -> dict[str, Any]:
    collection = catalog.by_id.get(delivery.collection or "")
    waits = delivery.status in _OPEN
    return {
        "id": delivery.id,
        "webhook_id": delivery.endpoint_id,
        "message_id": delivery.message_id,
        "type": delivery.type,
        "seq": None if delivery.event_n is None else delivery.seq,
        "collection": collection.name if collection else None,
        "record_id": delivery.record_id,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": delivery.next_attempt_at if waits else None,
        "response_status": delivery.response_status,
        "error": delivery.error,
        "created_at": delivery.created_at,
        "finished_at": delivery.finished_at,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
