"""Webhook endpoints: making, showing, changing and deleting them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.api.paging import PageInfo, Paging, fetch_page
from app.api.services import Services
from app.core.clock import utc_now
from app.core.engine import driver_connection
from app.core.ids import uuid7
from app.engine.catalog.model import Catalog
from app.engine.changes.control_log import append_control_entry
from app.engine.changes.fan_out import follow, unfollow
from app.engine.identity.principal import Caller
from app.features.policies.service.acting import check_run_as
from app.features.projects.service import lock_project
from app.features.webhooks.definition import (
    check_address,
    collections_to_ids,
    conditions_to_ids,
    shown_collections,
    shown_condition,
)
from app.features.webhooks.errors import TooManyWebhooksError, WebhookNotFoundError
from app.features.webhooks.fan_out import READER
from app.features.webhooks.models import WebhookEndpoint
from app.features.webhooks.schemas import (
    WebhookCreate,
    WebhookCreated,
    WebhookRead,
    WebhookUpdate,
)
from app.features.webhooks.sending import sealed_for
from app.features.webhooks.signatures import make_secret

MOST_ENDPOINTS: Final = 100
ROTATION: Final = timedelta(hours=24)
"""How long the secret before a rotation signs as well."""

# Who makes the first endpoint and who deletes the last one must not pass each other.
_OF_ROLE = """
SELECT url FROM backendify.webhook_endpoints WHERE project_id = $1 AND run_as = $2 LIMIT 1
"""
_PLAIN = ("url", "events", "enabled", "run_as", "description")
_NEVER_NULL = frozenset({"url", "events", "enabled", "run_as"})


async def create_endpoint(
    session: AsyncSession, services: Services, caller: Caller, data: WebhookCreate
) -> WebhookCreated:
    """Make an endpoint, which gets the events from now on.

    Raises InvalidWebhookError, ActorError, TooManyWebhooksError.
    """
    project_id = caller.project.id
    catalog = await services.catalogs.refresh(project_id)
    check_address(data.url, services.http)
    await check_run_as(services, project_id, data.run_as)
    collections = collections_to_ids(data.collections, catalog)
    endpoint_id, secret = uuid7(), make_secret()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        project_id=project_id,
        collections=collections,
        conditions=conditions_to_ids(data.where, collections, catalog),
        sealed=_seal(services, endpoint_id, secret),
        created_by=caller.principal.id,
        **{name: getattr(data, name) for name in _PLAIN},
    )
    await _lock_and_count(session, project_id)
    session.add(endpoint)
    await follow(await driver_connection(session), services.database, project_id, READER)
    await _settle(session, caller, endpoint, "webhook.created")
    return WebhookCreated(**_read(endpoint, catalog).model_dump(), secret=secret)


async def list_endpoints(
    session: AsyncSession, services: Services, caller: Caller, paging: Paging
) -> tuple[list[WebhookRead], PageInfo]:
    """The newest first."""
    catalog = await services.catalogs.refresh(caller.project.id)
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.project_id == caller.project.id)
        .order_by(WebhookEndpoint.id.desc())
    )
    rows, page = await fetch_page(session, query, paging)
    return [_read(row[0], catalog) for row in rows], page


async def get_endpoint(
    session: AsyncSession, services: Services, caller: Caller, endpoint_id: UUID
) -> WebhookRead:
    """Raises WebhookNotFoundError."""
    catalog = await services.catalogs.refresh(caller.project.id)
    return _read(await find_endpoint(session, caller, endpoint_id), catalog)


async def update_endpoint(
    session: AsyncSession,
    services: Services,
    caller: Caller,
    endpoint_id: UUID,
    data: WebhookUpdate,
) -> WebhookRead:
    """Change what is given. An endpoint that is enabled, or moved, begins anew without failures.

    Raises WebhookNotFoundError, InvalidWebhookError, ActorError.
    """
    catalog = await services.catalogs.refresh(caller.project.id)
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    given = data.model_fields_set
    if data.url is not None:
        check_address(data.url, services.http)
    if data.run_as is not None:
        await check_run_as(services, caller.project.id, data.run_as)
    if given & {"collections", "where"}:
        _choose(endpoint, data, catalog)
    for name in given.intersection(_PLAIN):
        value = getattr(data, name)
        if value is not None or name not in _NEVER_NULL:
            setattr(endpoint, name, value)
    if data.url is not None or data.enabled:
        forgive(endpoint)
        endpoint.disabled_reason = None
    await _settle(session, caller, endpoint, "webhook.updated", changed=sorted(given))
    return _read(endpoint, catalog)


async def rotate_secret(
    session: AsyncSession, services: Services, caller: Caller, endpoint_id: UUID
) -> WebhookCreated:
    """Give an endpoint a new secret; the one before signs as well for a day."""
    catalog = await services.catalogs.refresh(caller.project.id)
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    secret = make_secret()
    endpoint.former_sealed, endpoint.sealed = endpoint.sealed, _seal(services, endpoint.id, secret)
    endpoint.former_until = utc_now() + ROTATION
    await _settle(session, caller, endpoint, "webhook.rotated")
    return WebhookCreated(**_read(endpoint, catalog).model_dump(), secret=secret)


async def delete_endpoint(session: AsyncSession, caller: Caller, endpoint_id: UUID) -> None:
    """Delete an endpoint with its deliveries; without any, the log is followed no more."""
    project_id = caller.project.id
    left = await _lock_and_count(session, project_id, most=None) - 1
    endpoint = await find_endpoint(session, caller, endpoint_id, lock=True)
    await session.delete(endpoint)
    _log(session, caller, endpoint, "webhook.deleted", {})
    await session.flush()
    if left == 0:
        await unfollow(await driver_connection(session), project_id, READER)


async def find_endpoint(
    session: AsyncSession, caller: Caller, endpoint_id: UUID, *, lock: bool = False
) -> WebhookEndpoint:
    """Raises WebhookNotFoundError."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.id == endpoint_id, WebhookEndpoint.project_id == caller.project.id
    )
    endpoint = await session.scalar(query.with_for_update() if lock else query)
    if endpoint is None:
        raise WebhookNotFoundError
    return endpoint


async def find_role_use(services: Services, project_id: UUID, role: str) -> str | None:
    """Which endpoint sees with a role's eyes, as a sentence; None where none does."""
    url = await services.database.owner.fetchval(_OF_ROLE, project_id, f"role:{role}")
    return None if url is None else f"The webhook to {url} runs as the role {role!r}."


def forgive(endpoint: WebhookEndpoint) -> None:
    """Forget its failures: whoever asks for an attempt wants it now."""
    endpoint.failures = endpoint.pauses = 0
    endpoint.paused_until = None


def _choose(endpoint: WebhookEndpoint, data: WebhookUpdate, catalog: Catalog) -> None:
    """Which records it gets: what is not given stays, and is checked with what is."""
    if "collections" in data.model_fields_set:
        collections: Sequence[str] | None = collections_to_ids(data.collections, catalog)
    else:
        collections = endpoint.collections
    if "where" in data.model_fields_set:
        where = data.where
    else:
        where, _ = shown_condition(endpoint.conditions, catalog)
    endpoint.conditions = conditions_to_ids(where, collections, catalog)
    endpoint.collections = None if collections is None else list(collections)


async def _lock_and_count(
    session: AsyncSession, project_id: UUID, most: int | None = MOST_ENDPOINTS
) -> int:
    await lock_project(session, project_id)
    of_project = WebhookEndpoint.project_id == project_id
    count = await session.scalar(select(func.count()).where(of_project)) or 0
    if most is not None and count >= most:
        raise TooManyWebhooksError(most)
    return count


def _seal(services: Services, endpoint_id: UUID, secret: str) -> str:
    return services.sealer.seal(secret.encode(), sealed_for(str(endpoint_id)))


async def _settle(
    session: AsyncSession, caller: Caller, endpoint: WebhookEndpoint, action: str, **detail: Any
) -> None:
    _log(session, caller, endpoint, action, detail)
    await session.flush()
    await session.refresh(endpoint)


def _read(endpoint: WebhookEndpoint, catalog: Catalog) -> WebhookRead:
    where, broken = shown_condition(endpoint.conditions, catalog)
    made = {
        "collections": shown_collections(endpoint.collections, catalog),
        "where": where,
        "broken": broken,
        "former_secret_until": endpoint.former_until,
    }
    plain = {name: getattr(endpoint, name) for name in WebhookRead.model_fields if name not in made}
    return WebhookRead(**plain | made)


def _log(
    session: AsyncSession,
    caller: Caller,
    endpoint: WebhookEndpoint,
    action: str,
    detail: dict[str, Any],
) -> None:
    append_control_entry(
        session,
        caller.principal.actor,
        action,
        project_id=caller.project.id,
        target=str(endpoint.id),
        detail={"url": endpoint.url} | detail,
    )
